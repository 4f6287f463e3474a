import { ClawError, type Manifest, validateManifest } from "@claw/kernel/host";
import { limits } from "../archive/limits.ts";
import type { PackOptions } from "../archive/pack.ts";
import type { ArchiveFile } from "../archive/tree-digest.ts";
import { similarName } from "../client/similarity.ts";
import { codeFindings, unusedByCode } from "./code-findings.ts";
import { scanCode, type ScannedModule } from "./code-scan.ts";
import { type Finding, findingText, inManifest, problem, warning } from "./finding.ts";
import { manifestFindings, schemaFindings } from "./manifest-findings.ts";
import { type PackedExtension, packExtension, readManifestOf } from "./pack.ts";
import { permissionFindings } from "./permission-findings.ts";
import { powerFindings } from "./power-findings.ts";
import { textFindings } from "./text-findings.ts";

/** What `claw ext check` says of a folder. */
export interface CheckReport {
  readonly name: string;
  readonly version: string;
  readonly findings: readonly Finding[];
  /** Nothing when it cannot be packed. */
  readonly packed?: PackedExtension;
}

export interface CheckOptions extends PackOptions {
  /** Names that others have already. */
  readonly known?: readonly string[];
}

/** From this size on a package is slow to fetch, and nobody reviews it. */
const largeBytes = 4 * 1024 * 1024;

/** Everything about a folder that would be refused, or regretted, once it is published. */
export async function checkExtension(folder: string, { known = [], instead }: CheckOptions, signal: AbortSignal): Promise<CheckReport> {
  const value = await readManifestOf(folder);
  const { name, version } = (typeof value === "object" && value !== null ? value : {}) as Partial<Manifest>;
  const about = { name: typeof name === "string" ? name : "", version: typeof version === "string" ? version : "" };
  const asked = permissionFindings(value);
  if (validateManifest(value).length > 0) {
    // The schema's sentence on a permission is left out where there is a better one.
    const isSaid = ({ where }: Finding): boolean => asked.some((better) => where === better.where || where.startsWith(`${better.where}.`));
    return { ...about, findings: ordered([...schemaFindings(value).filter((each) => !isSaid(each)), ...asked]) };
  }
  const manifest = value as Manifest;
  const findings = [...manifestFindings(manifest), ...asked, ...powerFindings(manifest), ...similarFindings(manifest.name, known)];
  const packed = await packedOr(folder, { instead }, findings, signal);
  if (packed === undefined) return { ...about, findings: ordered(findings) };
  findings.push(...packageFindings(manifest, packed), ...(await sourceFindings(manifest, packed.files)), ...textFindings(packed.files));
  return { ...about, findings: ordered(findings), packed };
}

/** Refuses a package in which something is wrong, with all that is. */
export function refuseProblems({ name, findings }: CheckReport): void {
  const problems = findings.filter(({ level }) => level === "problem").map(findingText);
  const [first] = problems;
  if (first === undefined) return;
  const more = problems.length === 1 ? "" : `, and ${problems.length - 1} more`;
  throw new ClawError("E_LINT", `${name} is not fit to be published: ${first}${more}`, { problems }, { fix: "claw ext check" });
}

const ordered = (findings: readonly Finding[]): readonly Finding[] => [...findings].sort((a, b) => (a.level === b.level ? 0 : a.level === "problem" ? -1 : 1));

/** The packed folder; a finding for what keeps it from being packed. */
async function packedOr(folder: string, options: PackOptions, findings: Finding[], signal: AbortSignal): Promise<PackedExtension | undefined> {
  try {
    return await packExtension(folder, options, signal);
  } catch (error) {
    if (!ClawError.is(error) || !error.code.startsWith("E_")) throw error;
    findings.push(problem(folder, `cannot be packed: ${error.message}`, error.fix ?? "leave it out with a line in .clawignore"));
    return undefined;
  }
}

function similarFindings(name: string, known: readonly string[]): readonly Finding[] {
  const similar = similarName(name, known);
  return similar === undefined
    ? []
    : [warning(inManifest("name"), `${name} is easily taken for ${similar}`, "choose a name that nobody takes for another, or a marketplace may refuse it")];
}

function packageFindings({ main, content = {} }: Manifest, { archive, files }: PackedExtension): readonly Finding[] {
  const paths = files.map(({ path }) => path);
  const found: Finding[] = [];
  if (main !== undefined && !paths.includes(main.slice(2)))
    found.push(problem(inManifest("main"), `${main} is not in the package`, "claw ext pack, which builds it; or take it out of .clawignore"));
  for (const [kind, patterns] of Object.entries(content))
    for (const pattern of typeof patterns === "string" ? [patterns] : Array.isArray(patterns) ? (patterns as readonly string[]) : [])
      if (!paths.some((path) => matches(path, pattern)))
        found.push(problem(inManifest(`content.${kind}`), `${pattern} is no file of the package`, `add ${pattern}, or take it out`));
  if (!paths.some((path) => /^readme(?:\.md)?$/i.test(path)))
    found.push(warning("README.md", "is missing, and it is what people read first", "write what it does and how it is configured"));
  if (archive.length > largeBytes)
    found.push(
      warning(
        "the package",
        `has ${Math.ceil(archive.length / 1024)} KiB of at most ${limits.compressed / 1024}`,
        "leave out what nobody needs, in .clawignore",
      ),
    );
  return found;
}

/** A path of the manifest, in which `*` stands for a part of one segment. */
const matches = (path: string, pattern: string): boolean =>
  new RegExp(
    `^${pattern
      .slice(2)
      .split("**")
      .map((part) =>
        part
          .split("*")
          .map((text) => RegExp.escape(text))
          .join("[^/]*"),
      )
      .join(".*")}$`,
  ).test(path);

/** What the code does. Code that cannot be read cannot be judged, nor run. */
async function sourceFindings(manifest: Manifest, files: readonly ArchiveFile[]): Promise<readonly Finding[]> {
  const main = manifest.main?.slice(2);
  const code = new Map(files.filter(({ path }) => /\.m?js$/.test(path)).map(({ path, data }) => [path, Buffer.from(data).toString("utf8")]));
  if (main === undefined || !code.has(main)) return [];
  let modules: readonly ScannedModule[];
  try {
    modules = await scanCode(main, code);
  } catch (error) {
    return [warning(main, `cannot be analysed: ${(error instanceof Error ? error.message : String(error)).split("\n")[0] ?? ""}`, "see whether node runs it")];
  }
  return [...codeFindings(manifest, modules), ...unusedByCode(manifest, modules, [...code.values()].join("\n"))];
}
