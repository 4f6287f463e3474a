import { basename, join } from "node:path";
import { lstat, realpath } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { ClawError, type Manifest, parseStrict, validateManifest } from "@claw/kernel/host";
import { isArchive } from "../archive/foreign.ts";
import { limits } from "../archive/limits.ts";
import { executablesOf, packFiles, packFolder } from "../archive/pack.ts";
import { readArchive } from "../archive/read.ts";
import { integrityOf, type ArchiveFile } from "../archive/tree-digest.ts";
import { contributionsOf, ownPrograms, tierNeededBy } from "../author/needs-trust.ts";
import type { Catalogue, Fetched, Offer } from "../client/catalogue.ts";
import type { ClientContext } from "../client/context.ts";
import type { PublisherPolicy } from "../signature/policy.ts";
import { isAgentPlugin, readAgentPlugin } from "./agent-plugin.ts";
import { claudeManifestPath, readClaudePlugin } from "./claude-plugin.ts";
import { pluginJsonOf, readClawCodePlugin } from "./claw-code-manifest.ts";
import { readFolder, readPlainFile } from "./folder-files.ts";
import { foreign, quoted } from "./foreign-document.ts";
import { integrityOfFiles, type Mapped, offerOf } from "./mapped.ts";
import { archiveFiles } from "./plugin-sources.ts";

export interface LocalOptions {
  /** Who may have signed an archive in claw's own form. With anybody named, what is not signed is refused. */
  readonly publishers?: PublisherPolicy;
}

/** The scope of plugins that have none and come from no marketplace. */
const localScope = "local";

/**
 * A folder or an archive on this machine as a marketplace of one package: claw's own form with its signature beside it, a Claude Code plugin,
 * an Agent Plugins package or a plugin of claw-code-go.
 */
export async function openLocal(path: string, context: ClientContext, { publishers = [] }: LocalOptions = {}): Promise<Catalogue> {
  const signal = new AbortController().signal;
  const place = await realpath(path).catch((cause: unknown) => {
    throw new ClawError("PATH_NOT_FOUND", `${path} is not there`, { path }, { cause });
  });
  context.progress({ what: "fetch", of: place });
  const found = await lstat(place);
  const offer = found.isDirectory() ? await offerOfFolder(place, publishers, signal) : await offerOfFile(place, publishers);
  const { name, marketplace } = offer;
  return {
    id: marketplace,
    names: [name],
    revoked: [],
    alias: (short) => (name.endsWith(`/${short}`) ? name : undefined),
    offers: async (wanted) => (wanted === name ? { name, versions: [offer] } : undefined),
    search: async () => ({ [name]: ["", []] }),
  };
}

async function offerOfFolder(folder: string, publishers: PublisherPolicy, signal: AbortSignal): Promise<Offer> {
  const isOwn = await lstat(join(folder, "extension.json")).then(
    (stat) => stat.isFile(),
    () => false,
  );
  if (isOwn) {
    const { archive, files } = await packFolder(folder, {}, signal);
    return ownOffer({ archive, bundle: undefined }, files, folder, publishers);
  }
  const files = await readFolder(folder, signal);
  return mappedOffer(mappedFiles(files, folder), folder, integrityOfFiles(files), publishers);
}

async function offerOfFile(path: string, publishers: PublisherPolicy): Promise<Offer> {
  const { data: archive } = await readPlainFile(path, limits.compressed);
  if (!isArchive(archive)) throw foreign(path, `${path} is neither a folder nor a tar archive`, "name the folder, or an archive made by tar czf");
  const own = ownFiles(archive);
  if (own !== undefined) {
    const bundle = await readPlainFile(`${path}.sigstore.json`, 256 * 1024).then(
      ({ data }) => data,
      (error: unknown) => {
        if (ClawError.is(error, "PATH_NOT_FOUND")) return undefined;
        throw error;
      },
    );
    return ownOffer({ archive, bundle }, own, path, publishers);
  }
  const files = await archiveFiles(archive, path);
  const manifest = files.find((file) => file.path === "extension.json");
  if (manifest === undefined) return mappedOffer(mappedFiles(files, path), path, integrityOf(archive), publishers);
  // Packed by another tool: it is packed again, and a signature of the other bytes says nothing of these.
  const executables = executablesOf(manifestOf(manifest.data, path));
  const packed = packFiles(files.map((file) => ({ ...file, executable: executables.has(file.path) })));
  return ownOffer({ archive: packed.archive, bundle: undefined }, packed.files, path, publishers);
}

/** The files of an archive in claw's own form; undefined where it is any other. */
function ownFiles(archive: Uint8Array): readonly ArchiveFile[] | undefined {
  try {
    const files = readArchive(archive);
    return files.some(({ path }) => path === "extension.json") ? files : undefined;
  } catch (error) {
    if (ClawError.is(error)) return undefined;
    throw error;
  }
}

/** Where nobody is named who may sign, nobody has: a signature that is there proves nothing, which the person is told. */
function ownOffer(
  { archive, bundle }: Omit<Extract<Fetched, { form: "archive" }>, "form">,
  files: readonly ArchiveFile[],
  path: string,
  publishers: PublisherPolicy,
): Offer {
  const data = files.find((file) => file.path === "extension.json")?.data ?? new Uint8Array();
  const manifest = manifestOf(data, path);
  const { name, version, engines, permissions, dependencies = {} } = manifest;
  return {
    name,
    version,
    marketplace: pathToFileURL(path).href,
    resolved: path,
    size: archive.length,
    integrity: integrityOf(archive),
    engines,
    permissions,
    dependencies,
    contributes: contributionsOf(manifest),
    tier: tierNeededBy(manifest),
    native: permissions["native"] === true || ownPrograms(manifest).length > 0,
    publishers,
    warnings: publishers.length > 0 || bundle === undefined ? [] : [`the signature beside ${path} was not checked, as nobody is named who may have made it`],
    fetch: async () =>
      publishers.length > 0
        ? { form: "archive", archive, bundle }
        : { form: "mapped", files, integrity: integrityOf(archive), signature: undefined, inactive: [] },
  };
}

function manifestOf(data: Uint8Array, path: string): Manifest {
  const value = parseStrict(data, { name: `${path}: extension.json`, maxBytes: limits.manifest });
  const problems = validateManifest(value).map(({ path: at, message }) => `${at}: ${message}`);
  if (problems.length > 0)
    throw new ClawError("E_MANIFEST_SCHEMA", `${path}: extension.json is not valid: ${problems[0] ?? ""}`, { problems }, { fix: "claw ext check" });
  return value as Manifest;
}

/** What the files are, by the documents that each system has: the ones that say most come first. */
function mappedFiles(files: readonly ArchiveFile[], source: string): Mapped {
  const has = (path: string): boolean => files.some((file) => file.path === path);
  const origin = { scope: localScope, source };
  if (has(claudeManifestPath)) return readClaudePlugin(files, origin);
  if (has("plugin.json")) return isAgentPlugin(files) ? readAgentPlugin(files, origin) : readClawCodePlugin(pluginJsonOf(files, source), files, origin);
  if (has(".claude-plugin/marketplace.json"))
    throw foreign(source, `${source} is a marketplace of plugins and no plugin`, `claw ext marketplace add ${source}`);
  if (files.some(({ path }) => /^(?:commands|agents|skills)\/.+\.md$/.test(path))) return readClaudePlugin(files, { ...origin, name: baseNameOf(source) });
  throw foreign(source, `${source} holds no extension.json and no plugin.json`, "claw ext new makes one");
}

/** A plugin that does not say what it is called is called as its folder is. */
function baseNameOf(source: string): string {
  const name = basename(source)
    .replace(/\.(?:tar|tgz|tar\.gz)$/, "")
    .toLowerCase();
  if (/^[a-z0-9][a-z0-9-]*$/.test(name)) return name;
  throw foreign(source, `${quoted(name)} is no name of a plugin, and its files say no other`, "give it a .claude-plugin/plugin.json with a name");
}

const mappedOffer = (mapped: Mapped, path: string, integrity: string, publishers: PublisherPolicy): Offer =>
  offerOf(mapped, { marketplace: pathToFileURL(path).href, resolved: path, publishers, warnings: [] }, async () => ({
    form: "mapped",
    files: mapped.files,
    integrity,
    signature: undefined,
    inactive: mapped.inactive,
  }));
