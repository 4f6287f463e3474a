import type { ArchiveFile } from "../archive/tree-digest.ts";
import { claudeFolders, readHooks, type MappedHooks } from "./claude-hooks.ts";
import { documentOf, fieldOf, type Fields, fieldsOf, foreign, isFields, namesIn, quoted, refuseMany, textOf } from "./foreign-document.ts";
import { type MappedServers, readServers } from "./mcp-servers.ts";
import { unique } from "./needs.ts";

/** The files of a plugin and what defines it: its `plugin.json`, what its marketplace's entry adds. */
export interface ClaudePlugin {
  readonly what: string;
  readonly files: readonly ArchiveFile[];
  readonly definitions: readonly Fields[];
}

/** A path of a definition without its `./`, nor a slash at its end; empty for the plugin itself. */
export function plainPath(path: string, what: string): string {
  const plain = path.replace(/^\.\//, "").replace(/\/$/, "");
  if (/^\.\/?$/.test(path)) return "";
  if (path.startsWith("./") && !plain.split("/").some((segment) => segment === ".." || segment === "." || segment === "")) return plain;
  throw foreign(what, `${what}: the path ${quoted(path)} does not begin with ./ or leaves the plugin`);
}

const pathsOf = (value: unknown, what: string): readonly string[] => {
  if (typeof value === "string") return [plainPath(value, what)];
  if (Array.isArray(value)) return value.flatMap((one: unknown) => pathsOf(one, what));
  // By name: `{"review": {"source": "./review.md"}}`.
  if (isFields(value)) return Object.values(value).map((one) => plainPath(textOf(fieldsOf(one, what), "source", what), what));
  if (value === undefined || value === null) return [];
  throw foreign(what, `${what} must be paths`);
};

const maxManifestPath = 92;

/** Patterns for the Markdown files under the folders that a kind of part has, and for those that are named one by one. */
export function textPatterns({ what, files, definitions }: ClaudePlugin, kind: "commands" | "agents" | "skills"): readonly string[] {
  const named = refuseMany(
    definitions.flatMap((definition) => pathsOf(fieldOf(definition, kind), `${what}: ${kind}`)),
    `${what}: its ${kind}`,
  );
  const paths = files.map(({ path }) => path);
  const patterns = [kind, ...named].flatMap((place) => {
    if (paths.includes(place)) return place.endsWith(".md") ? [`./${place}`] : [];
    const folder = place === "" ? "" : `${place}/`;
    const inside = paths.filter((path) => path.startsWith(folder)).map((path) => path.slice(folder.length));
    if (kind !== "skills")
      return inside.filter((path) => path.endsWith(".md") && place !== "").map((path) => `./${folder}${path.slice(0, path.lastIndexOf("/") + 1)}*.md`);
    return [
      ...(inside.includes("SKILL.md") && place !== "skills" ? [`./${folder}SKILL.md`] : []),
      ...(inside.some((path) => /^[^/]+\/SKILL\.md$/.test(path)) ? [`./${folder}*/SKILL.md`] : []),
    ];
  });
  const long = patterns.find((pattern) => pattern.length > maxManifestPath);
  if (long !== undefined) throw foreign(what, `${what}: the path ${quoted(long)} is longer than ${maxManifestPath} characters`);
  return unique(patterns);
}

/** What a definition says of a part: files that it names, objects that it holds, and the file that is there without being named. */
function partsOf({ what, files, definitions }: ClaudePlugin, key: string, usual: string): readonly Fields[] {
  const read = (path: string): Fields => {
    const file = files.find((each) => each.path === path);
    if (file === undefined) throw foreign(what, `${what}: ${key} names ${quoted(path)}, which the plugin does not hold`);
    return documentOf(file.data, `${what}: ${path}`);
  };
  const values = refuseMany(
    definitions.flatMap((definition) => [fieldOf(definition, key) ?? []].flat()),
    `${what}: its ${key}`,
  );
  const objects = values.filter((value) => typeof value !== "string").map((value) => fieldsOf(value, `${what}: ${key}`));
  const paths = values.filter((value) => typeof value === "string").map((path) => plainPath(path, `${what}: ${key}`));
  const usualPaths = files.some(({ path }) => path === usual) ? [usual] : [];
  return [...unique([...usualPaths, ...paths]).map(read), ...objects];
}

export const serversOf = (plugin: ClaudePlugin): MappedServers =>
  readServers(
    // A file has them under `mcpServers`; what stands in plugin.json is the servers themselves, and some files do it that way too.
    partsOf(plugin, "mcpServers", ".mcp.json").map((document) => fieldOf(document, "mcpServers") ?? document),
    { root: "CLAUDE_PLUGIN_ROOT", folders: claudeFolders },
    plugin.what,
  );

export const hooksOf = (plugin: ClaudePlugin): MappedHooks => readHooks(partsOf(plugin, "hooks", "hooks/hooks.json"), plugin.what);

/** Parts of other kinds: by the key that defines them, the place where they are, and what they are called. */
const others: readonly (readonly [key: string, place: RegExp, what: string])[] = [
  ["lspServers", /^\.lsp\.json$/, "language servers"],
  ["outputStyles", /^output-styles\//, "output styles"],
  ["monitors", /^monitors\//, "monitors"],
  ["channels", /^channels\//, "channels"],
  ["workflows", /^workflows\//, "workflows"],
  ["themes", /^themes\//, "themes"],
  ["mods", /^mods\//, "mods"],
  ["evals", /^evals\//, "evals"],
  ["userConfig", /^$/, "settings that it asks the person for"],
  ["settings", /^settings\.json$/, "settings of the program it was made for"],
  ["dependencies", /^$/, "other plugins that it needs"],
];

/** Sentences about the parts that claw has no place for. */
export function otherParts({ files, definitions }: ClaudePlugin): readonly string[] {
  const experimental = definitions.map((definition) => fieldOf(definition, "experimental")).filter(isFields);
  return others.flatMap(([key, place, what]) => {
    const values = [...definitions, ...experimental].map((definition) => fieldOf(definition, key)).filter((value) => value !== undefined && value !== null);
    const names = values.flatMap((value) =>
      isFields(value) ? Object.keys(value) : Array.isArray(value) ? value.filter((one) => typeof one === "string") : [],
    );
    if (values.length === 0 && !files.some(({ path }) => place.test(path))) return [];
    return [`${what}${names.length === 0 ? "" : ` (${namesIn(unique(names))})`}: claw has no place for them`];
  });
}
