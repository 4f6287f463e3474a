import { ClawError, type LockEntry, type Manifest, parseStrict, validateManifest } from "@claw/kernel/host";
import { limits } from "../archive/limits.ts";
import { executablesOf } from "../archive/pack.ts";
import { byPath, checkCollisions, checkPath } from "../archive/paths.ts";
import { foreignMaxPathBytes } from "../archive/foreign.ts";
import { treeDigest, type ArchiveFile } from "../archive/tree-digest.ts";
import type { Fetched, Offer } from "../client/catalogue.ts";
import type { PublisherPolicy } from "../signature/policy.ts";
import { isVersion } from "../versions.ts";
import { foreign, quoted } from "./foreign-document.ts";
import { type Needs, permissionsOf, unique } from "./needs.ts";

/** A package of another system, said in claw's terms. */
export interface Mapped {
  readonly manifest: Manifest;
  /** With the `extension.json` that was written for it. */
  readonly files: readonly ArchiveFile[];
  /** Parts that claw has no use for yet, in words. */
  readonly inactive: readonly string[];
  readonly foreign: NonNullable<LockEntry["foreign"]>;
}

/** What a format's reader found out about a package. */
export interface Draft {
  readonly foreign: Mapped["foreign"];
  /** Where it came from, for `x-source`. */
  readonly source: string;
  readonly name: string;
  readonly version: string;
  readonly displayName?: string | undefined;
  readonly description?: string | undefined;
  readonly license?: string | undefined;
  readonly repository?: string | undefined;
  readonly engines?: string | undefined;
  readonly config?: unknown;
  readonly content: Readonly<Record<string, unknown>>;
  readonly needs: Needs;
  readonly conversation?: "read" | "write" | undefined;
  readonly models?: boolean;
  /** Whether it ships programs, where that has to be known without its files; what they say when absent. */
  readonly native?: boolean;
  /** Keys that begin with `x-`. */
  readonly more?: Readonly<Record<string, unknown>>;
}

/** Any version of claw: theirs say nothing of it. */
const anyClaw = ">=1.0.0";
/** What fits into a path of a manifest, with its `./`. */
const maxManifestPath = 92;
const document = /\.(?:md|txt|json|ya?ml|toml|html?|css|svg|png|jpe?g|gif)$/i;

/** Writes the `extension.json` of a package that has none. What it does not name is text or data, and may not be executed. */
export function mappedOf(draft: Draft, given: readonly ArchiveFile[]): Mapped {
  refuseUnfit(draft, given);
  const { content, needs } = draft;
  const programs =
    draft.native === false
      ? []
      : unique([
          ...given.filter(({ path, executable }) => path.startsWith("bin/") || (executable && !document.test(path))).map(({ path }) => path),
          ...needs.own,
        ]);
  const there = new Set(given.map(({ path }) => path));
  const bin = programs.filter((path) => there.has(path) && path.length + 2 <= maxManifestPath).map((path) => `./${path}`);
  const inactive = [
    ...needs.inactive,
    ...needs.own.filter((path) => !there.has(path)).map((path) => `${quoted(path)} is started as a program, and the package does not hold it`),
    ...programs.filter((path) => path.length + 2 > maxManifestPath).map((path) => `${quoted(path)} cannot be started: its path is too long`),
    ...(bin.length === 0 ? [] : [`programs of its own (${bin.length}) are not put on anybody's PATH`]),
  ];
  const value = withoutUndefined({
    name: draft.name,
    version: draft.version,
    displayName: cut(draft.displayName, 80),
    description: cut(draft.description, 500),
    license: draft.license !== undefined && draft.license.length <= 100 ? draft.license : undefined,
    repository: draft.repository?.startsWith("https://") === true ? draft.repository : undefined,
    engines: { claw: draft.engines ?? anyClaw },
    content: bin.length === 0 && Object.keys(content).length > 0 ? content : { ...content, bin },
    permissions: permissionsWith(draft, draft.native ?? bin.length > 0),
    config: draft.config,
    "x-source": { format: draft.foreign, from: draft.source },
    "x-inactive": unique(inactive),
    ...draft.more,
  });
  const data = Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
  const manifest = checked(data, draft);
  const executables = executablesOf(manifest);
  const files = given.map(({ path, data: bytes }) => ({ path, data: bytes, executable: executables.has(path) }));
  return { manifest, files: [...files, { path: "extension.json", data, executable: false }].sort(byPath), inactive: unique(inactive), foreign: draft.foreign };
}

function refuseUnfit({ name, version, source }: Draft, files: readonly ArchiveFile[]): void {
  if (!isVersion(version)) throw new ClawError("E_VERSION", `${name}: ${quoted(version)} is no version in its one form`, { version: version.slice(0, 80) });
  if (files.some(({ path }) => path.toLowerCase() === "extension.json"))
    throw foreign(source, `${name} holds an extension.json, so it is a package of claw's own form and has to be added as one`, "claw ext add ./folder");
  for (const { path } of files) checkPath(path, foreignMaxPathBytes);
  checkCollisions(files.map(({ path }) => path));
  if (files.length >= limits.files) throw new ClawError("E_TOO_MANY_FILES", `${name} has more than ${limits.files - 1} files`, {});
}

function permissionsWith({ content, needs, conversation, models }: Draft, native: boolean): Readonly<Record<string, unknown>> {
  const ships = ["skills", "agents", "commands"].some((kind) => Object.hasOwn(content, kind));
  return {
    ...permissionsOf(needs),
    ...(conversation === undefined ? {} : { conversation }),
    ...(models === true ? { models: true } : {}),
    ...(ships ? { prompt: true } : {}),
    ...(native ? { native: true } : {}),
  };
}

/** By the rules that every manifest is held to when it is installed. */
function checked(data: Buffer, { name, source }: Draft): Manifest {
  if (data.length > limits.manifest) throw new ClawError("E_TOO_LARGE", `what ${name} says of itself is larger than ${limits.manifest / 1024} KiB`, {});
  const value = parseStrict(data, { name: `the extension.json for ${name}` });
  const [problem] = validateManifest(value);
  if (problem !== undefined) throw foreign(source, `${name} cannot be said in claw's terms: ${problem.path}: ${problem.message}`);
  return value as Manifest;
}

const withoutUndefined = (value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
const cut = (text: string | undefined, length: number): string | undefined =>
  text === undefined || text.trim() === "" ? undefined : text.length > length ? `${text.slice(0, length - 1).toWellFormed()}…` : text;

/** What stands in the lock for a package that was no archive: the digest of its files by name. */
export const integrityOfFiles = (files: readonly ArchiveFile[]): string => `sha256-${treeDigest(files).slice("ct1-".length)}`;

/** Where a mapped package is offered, and who may have signed it. */
export interface Offering {
  readonly marketplace: string;
  readonly resolved: string;
  readonly publishers: PublisherPolicy;
  readonly warnings: readonly string[];
}

/** A mapped package as its marketplace's catalogue offers it. */
export const offerOf = (
  { manifest, foreign: format }: Pick<Mapped, "manifest" | "foreign">,
  offering: Offering,
  fetch: (signal: AbortSignal) => Promise<Fetched>,
): Offer => {
  const { name, version, engines, permissions, content = {} } = manifest;
  const tree = { name, version, engines, permissions, dependencies: {}, contributes: Object.keys(content).sort(), tier: "declarative" as const };
  return { ...tree, ...offering, native: permissions["native"] === true, foreign: format, fetch };
};
