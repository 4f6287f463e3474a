import { type Fields, documentOf, fieldOf, fieldsOf, foreign, isFields, listOf, optionalTextOf, quoted, textOf, textsOf } from "./foreign-document.ts";
import { plainPath } from "./claude-components.ts";
import type { Listed } from "./foreign-catalogue.ts";

/** Where a plugin's files are. */
export type ClaudeSource =
  | { readonly type: "path"; readonly path: string }
  | { readonly type: "git"; readonly url: string; readonly under: string; readonly ref: string | undefined; readonly sha: string | undefined }
  | { readonly type: "npm"; readonly registry: string; readonly package: string; readonly version: string }
  | { readonly type: "archive"; readonly url: string; readonly sha256: string };

export interface ClaudeEntry extends Listed {
  /** Its `source`, which is only read when the plugin is asked for: one that cannot be used stops no other. */
  readonly source: unknown;
  /** Folder of the marketplace that paths are relative to. */
  readonly root: string;
  readonly fields: Fields;
}

export const marketplacePath = ".claude-plugin/marketplace.json";

/** Reads `.claude-plugin/marketplace.json` (formats.md §3.5). */
export function readMarketplace(bytes: Uint8Array): readonly ClaudeEntry[] {
  const document = documentOf(bytes, marketplacePath);
  const metadata = fieldOf(document, "metadata");
  const root = isFields(metadata) ? optionalTextOf(metadata, "pluginRoot", marketplacePath) : undefined;
  const rootPath = root === undefined ? "" : plainPath(root, `${marketplacePath}: pluginRoot`);
  if (!Array.isArray(fieldOf(document, "plugins"))) throw foreign(marketplacePath, `${marketplacePath} must have a list of plugins`);
  return listOf(document["plugins"], marketplacePath).map((value, index) => {
    const fields = fieldsOf(value, `${marketplacePath}: plugins[${index}]`);
    const name = textOf(fields, "name", `${marketplacePath}: plugins[${index}]`);
    const what = `${marketplacePath}: ${quoted(name)}`;
    const keywords = [...textsOf(fieldOf(fields, "keywords"), `${what}: keywords`), ...textsOf(fieldOf(fields, "tags"), `${what}: tags`)];
    return { name, description: optionalTextOf(fields, "description", what) ?? "", keywords, source: fieldOf(fields, "source"), root: rootPath, fields };
  });
}

/** Reads where a plugin is, or says in a sentence why claw does not go there. */
export function sourceOf({ name, source, root }: ClaudeEntry): ClaudeSource {
  const what = `the plugin ${quoted(name)}`;
  if (typeof source === "string") {
    const path = plainPath(root === "" || source.startsWith("./") ? source : `./${source}`, what);
    return { type: "path", path: [root, path].filter((part) => part !== "").join("/") };
  }
  const fields = fieldsOf(source, `the source of ${what}`);
  const type = textOf(fields, "source", what);
  const git = (url: string, under: string): ClaudeSource => ({
    type: "git",
    url,
    under,
    ref: optionalTextOf(fields, "ref", what),
    sha: optionalTextOf(fields, "sha", what),
  });
  switch (type) {
    case "github": {
      const repository = textOf(fields, "repo", what);
      if (!/^[A-Za-z0-9][A-Za-z0-9-]*\/[A-Za-z0-9._-]+$/.test(repository) || /\/\.{1,2}$/.test(repository))
        throw foreign(name, `${what}: ${quoted(repository)} is no repository`);
      return git(`https://github.com/${repository.replace(/\.git$/, "")}.git`, "");
    }
    case "url":
      return git(textOf(fields, "url", what), "");
    case "git-subdir":
      return git(textOf(fields, "url", what), plainPath(textOf(fields, "path", what).replace(/^(?!\.\/)/, "./"), what));
    case "npm":
      return npmSource(fields, what);
    case "archive": {
      const sha256 = optionalTextOf(fields, "sha256", what)?.replace(/^sha256:/, "") ?? "";
      if (!/^[0-9a-f]{64}$/i.test(sha256)) throw foreign(name, `${what} is an archive whose sha256 nobody names, so anything could be in it`);
      return { type, url: textOf(fields, "url", what), sha256: sha256.toLowerCase() };
    }
    case "command":
      throw foreign(name, `${what} would be made by running a program, which claw does not do`);
    default:
      throw foreign(name, `${what} comes from ${quoted(type)}, which is none of a path, github, url, git-subdir, npm and archive`);
  }
}

function npmSource(fields: Fields, what: string): ClaudeSource {
  const registry = optionalTextOf(fields, "registry", what);
  const name = textOf(fields, "package", what);
  const version = optionalTextOf(fields, "version", what) ?? "latest";
  if (registry === undefined) throw foreign(what, `${what} is an npm package and its entry names no registry, and claw asks none by itself`);
  if (!/^(?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*$/.test(name) || name.length > 214) throw foreign(what, `${what}: ${quoted(name)} is no npm package`);
  if (!/^[A-Za-z0-9][A-Za-z0-9.-]*$/.test(version))
    throw foreign(what, `${what}: ${quoted(version)} is a range of versions, and one version or a tag is needed`);
  return { type: "npm", registry, package: name, version };
}
