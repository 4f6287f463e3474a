import type { ArchiveFile } from "../archive/tree-digest.ts";
import { checkRange } from "../versions.ts";
import { documentOf, fieldOf, type Fields, fieldsOf, foreign, optionalTextOf, quoted, recordOf, textOf, textsOf } from "./foreign-document.ts";
import { type Mapped, mappedOf } from "./mapped.ts";
import { readServers } from "./mcp-servers.ts";
import { noNeeds, together } from "./needs.ts";

const schemas = "https://agent-plugins.org/schemas/1.0.0";
const folders: readonly string[] = ["PLUGIN_ROOT", "PLUGIN_DATA"];

/** The fields that version 1.0.0 of the specification has: its schema is closed. */
const known: readonly string[] = ["$schema", "name", "version", "description", "author", "homepage", "repository", "license", "keywords", "extensions"];
/** Where clients keep what is theirs: `extensions["dev.claw"]`. */
const ownNamespace = "dev.claw";
const ownFields: readonly string[] = ["displayName", "engines", "config"];

/** Whether these are the files of an Agent Plugins package: one `plugin.json` can be another system's. */
export function isAgentPlugin(files: readonly ArchiveFile[]): boolean {
  const file = files.find(({ path }) => path === "plugin.json");
  return file !== undefined && fieldOf(documentOf(file.data, "plugin.json"), "$schema") === `${schemas}/plugin.schema.json`;
}

/** What an Agent Plugins 1.0 package is in claw's terms: its skills and MCP servers. Links never got as far as here. */
export function readAgentPlugin(files: readonly ArchiveFile[], { scope, source }: { readonly scope: string; readonly source: string }): Mapped {
  const file = files.find(({ path }) => path === "plugin.json");
  if (file === undefined) throw foreign(source, `${source} has no plugin.json`);
  const manifest = documentOf(file.data, "plugin.json");
  checkManifest(manifest, source);
  const base = textOf(manifest, "name", "plugin.json");
  const what = `the plugin ${quoted(base)}`;
  const { servers, needs } = serversOf(files, what);
  const hasSkills = files.some(({ path }) => /^skills\/[^/]+\/SKILL\.md$/.test(path));
  if (!hasSkills && Object.keys(servers).length === 0) throw foreign(source, `${what} holds neither a skill nor an MCP server`);
  const extensions = recordOf(fieldOf(manifest, "extensions"), `${what}: extensions`);
  const theirs = extensions.map(([namespace]) => namespace).filter((namespace) => namespace !== ownNamespace);
  const { displayName, engines, config } = ownOf(extensions.find(([namespace]) => namespace === ownNamespace)?.[1] ?? {}, what);
  const inactive = [
    ...(hasSkills ? ["skills: this version gives no skills of a package to the model"] : []),
    ...theirs.map((namespace) => `what it has for ${quoted(namespace)} is for another program`),
  ];
  return mappedOf(
    {
      foreign: "agent-plugin",
      source,
      // Their names may have dots, which a name of claw's cannot.
      name: `${scope}/${base.replaceAll(".", "-")}`,
      version: optionalTextOf(manifest, "version", what) ?? "0.0.0",
      displayName,
      description: optionalTextOf(manifest, "description", what),
      license: optionalTextOf(manifest, "license", what),
      repository: optionalTextOf(manifest, "repository", what),
      engines,
      config,
      content: { ...(hasSkills ? { skills: ["./skills/*/SKILL.md"] } : {}), ...(Object.keys(servers).length === 0 ? {} : { mcpServers: servers }) },
      needs: together([needs, { ...noNeeds, inactive }]),
      more: { "x-variables": { PLUGIN_ROOT: "package", PLUGIN_DATA: "data" } },
    },
    files,
  );
}

function checkManifest(manifest: Fields, source: string): void {
  const schema = fieldOf(manifest, "$schema");
  if (schema !== `${schemas}/plugin.schema.json`)
    throw foreign(source, `plugin.json is of ${quoted(String(schema))}, and version 1.0.0 of Agent Plugins is read`);
  const unknown = Object.keys(manifest).find((field) => !known.includes(field));
  if (unknown !== undefined) throw foreign(source, `plugin.json has the field ${quoted(unknown)}, which Agent Plugins 1.0.0 does not`);
  const name = textOf(manifest, "name", "plugin.json");
  if (!/^[a-z0-9](?:[a-z0-9.-]{0,62}[a-z0-9])?$/.test(name) || /--|\.\./.test(name))
    throw foreign(source, `plugin.json: ${quoted(name)} is no name of a plugin`);
  const author = fieldOf(manifest, "author");
  if (author !== undefined)
    for (const field of Object.keys(fieldsOf(author, "plugin.json: author"))) textOf(fieldsOf(author, "author"), field, "plugin.json: author");
  textsOf(fieldOf(manifest, "keywords"), "plugin.json: keywords");
  optionalTextOf(manifest, "homepage", "plugin.json");
}

const serverFields: readonly string[] = ["type", "command", "args", "env", "cwd", "url", "headers"];

function serversOf(files: readonly ArchiveFile[], what: string): ReturnType<typeof readServers> {
  const file = files.find(({ path }) => path === "mcp.json");
  if (file === undefined) return { servers: {}, needs: noNeeds };
  const document = documentOf(file.data, `${what}: mcp.json`);
  const stray = Object.keys(document).find((field) => field !== "$schema" && field !== "mcpServers");
  if (stray !== undefined || fieldOf(document, "$schema") !== `${schemas}/mcp.schema.json`)
    throw foreign(what, `${what}: mcp.json is not of ${schemas}/mcp.schema.json`);
  for (const [name, server] of recordOf(fieldOf(document, "mcpServers"), `${what}: mcpServers`)) {
    const unknown = Object.keys(server).find((field) => !serverFields.includes(field));
    if (unknown !== undefined)
      throw foreign(what, `${what}: the MCP server ${quoted(name)} has the field ${quoted(unknown)}, which Agent Plugins 1.0.0 does not`);
    textOf(server, "type", `${what}: the MCP server ${quoted(name)}`);
  }
  return readServers([fieldOf(document, "mcpServers")], { root: "PLUGIN_ROOT", folders }, what);
}

/** What an author says to claw alone. It adds no permission: those follow from what the plugin holds. */
function ownOf(own: Fields, what: string): { readonly displayName: string | undefined; readonly engines: string | undefined; readonly config: unknown } {
  const unknown = Object.keys(own).find((field) => !ownFields.includes(field));
  if (unknown !== undefined)
    throw foreign(what, `${what}: extensions["${ownNamespace}"] has the field ${quoted(unknown)}, which is none of ${ownFields.join(", ")}`);
  const engines = fieldOf(own, "engines");
  const range = engines === undefined ? undefined : textOf(fieldsOf(engines, `${what}: engines`), "claw", `${what}: engines`);
  return {
    displayName: optionalTextOf(own, "displayName", what),
    engines: range === undefined ? undefined : checkRange(range, what),
    config: fieldOf(own, "config"),
  };
}
