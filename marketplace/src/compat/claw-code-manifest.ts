import { canonicalJson, ClawError } from "@claw/kernel/host";
import type { ArchiveFile } from "../archive/tree-digest.ts";
import {
  type Fields,
  documentOf,
  fieldOf,
  fieldsOf,
  foreign,
  isFields,
  listOf,
  namesIn,
  optionalTextOf,
  quoted,
  refuseMany,
  textOf,
  textsOf,
} from "./foreign-document.ts";
import { type Mapped, mappedOf } from "./mapped.ts";
import { type Needs, noNeeds, programOf, together } from "./needs.ts";

/** A tool of a plugin: a program that reads its input as JSON and prints its answer. */
interface ProgramTool {
  readonly description: string;
  readonly input: Fields;
  readonly command: string;
  readonly args: readonly string[];
}

const hookEvents: readonly string[] = ["PreToolUse", "PostToolUse", "PostToolUseFailure"];
const phases: readonly string[] = ["Init", "Shutdown"];

/** Fields of a plugin.json that say what the plugin is and does. The rest of a marketplace's copy says where its archive is. */
const ownFields: readonly string[] = ["name", "version", "description", "permissions", "defaultEnabled", "hooks", "lifecycle", "tools", "commands"];

/** Refuses a package that says something else of itself than was advertised, and agreed to. */
export function refuseOtherManifest(advertised: Fields, files: readonly ArchiveFile[], name: string): void {
  const own = pluginJsonOf(files, name);
  const differs = ownFields.find((field) => canonicalJson(fieldOf(own, field) ?? null) !== canonicalJson(fieldOf(advertised, field) ?? null));
  if (differs === undefined) return;
  throw new ClawError("E_MANIFEST_MISMATCH", `${name}: the plugin.json in the archive has another ${differs} than the marketplace says`, {
    name,
    field: differs,
  });
}

export function pluginJsonOf(files: readonly ArchiveFile[], name: string): Fields {
  const file = files.find(({ path }) => path === "plugin.json") ?? files.find(({ path }) => path === ".claude-plugin/plugin.json");
  if (file === undefined) throw foreign(name, `${name} has no plugin.json`);
  return documentOf(file.data, `${name}: ${file.path}`);
}

/** What a plugin of claw-code-go is in claw's terms. All it has are programs, and none of them runs in this version. */
export function readClawCodePlugin(manifest: Fields, files: readonly ArchiveFile[], origin: { readonly scope: string; readonly source: string }): Mapped {
  const base = textOf(manifest, "name", "plugin.json");
  const what = `the plugin ${quoted(base)}`;
  const tools = toolsOf(manifest, what);
  const hooks = commandsByName(fieldOf(manifest, "hooks"), hookEvents, `${what}: hooks`);
  const lifecycle = commandsByName(fieldOf(manifest, "lifecycle"), phases, `${what}: lifecycle`);
  const commands = listOf(fieldOf(manifest, "commands"), `${what}: commands`).map((value) => {
    const command = fieldsOf(value, `${what}: a command`);
    return [textOf(command, "name", `${what}: a command`), textOf(command, "command", `${what}: a command`)] as const;
  });
  const hookNames = hooks.map(([name]) => name);
  const inactive = [
    ...(tools.length === 0 ? [] : [`the tools ${namesIn(tools.map(([name]) => name))}: tools need the isolated tier, which this version does not have`]),
    ...(hooks.length === 0 ? [] : [`the hooks of ${namesIn(hookNames)}: this version runs no hooks of a package`]),
    ...(commands.length === 0 ? [] : [`the commands ${namesIn(commands.map(([name]) => name))}: this version runs no command of a package that is a program`]),
    ...(lifecycle.length === 0 ? [] : [`${namesIn(lifecycle.map(([name]) => name))}: claw starts nothing when a package is loaded or unloaded`]),
  ];
  const native = tools.length + hooks.length + commands.length + lifecycle.length > 0;
  const shellCommands = [...hooks, ...lifecycle].flatMap(([, texts]) => texts).concat(commands.map(([, command]) => command));
  return mappedOf(
    {
      foreign: "claw-code-go",
      source: origin.source,
      name: `${origin.scope}/${base}`,
      version: textOf(manifest, "version", what),
      description: optionalTextOf(manifest, "description", what),
      content: {},
      needs: together([...tools.map(([, tool]) => needsOf(tool)), ...shellCommands.map(shellNeeds), { ...noNeeds, inactive }]),
      // The marketplace's copy is agreed to before there are files to look at.
      native,
      conversation: hooks.length === 0 ? undefined : hookNames.includes("PreToolUse") ? "write" : "read",
      more: {
        ...(tools.length === 0 ? {} : { "x-tools": Object.fromEntries(tools) }),
        ...(hooks.length === 0 ? {} : { "x-hooks": Object.fromEntries(hooks) }),
        ...(commands.length === 0 ? {} : { "x-commands": Object.fromEntries(commands) }),
      },
    },
    files,
  );
}

const toolName = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

function toolsOf(manifest: Fields, what: string): readonly (readonly [string, ProgramTool])[] {
  const tools = refuseMany(listOf(fieldOf(manifest, "tools"), `${what}: tools`), `${what}: its tools`).map((value) => {
    const fields = fieldsOf(value, `${what}: a tool`);
    const name = textOf(fields, "name", `${what}: a tool`);
    const of = `${what}: the tool ${quoted(name)}`;
    if (!toolName.test(name)) throw foreign(what, `${of} has a name that no tool can have`);
    const input = fieldOf(fields, "inputSchema");
    const schema = input === undefined || input === null ? { type: "object" } : fieldsOf(input, `${of}: inputSchema`);
    if (fieldOf(schema, "type") !== "object") throw foreign(what, `${of}: its inputSchema must be of type object`);
    const tool = {
      description: optionalTextOf(fields, "description", of) ?? name,
      input: schema,
      command: textOf(fields, "command", of),
      args: textsOf(fieldOf(fields, "args"), `${of}: args`),
    };
    return [name, tool] as const;
  });
  const names = tools.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw foreign(what, `${what} has the tool ${quoted(twice)} twice`);
  return tools;
}

function commandsByName(value: unknown, known: readonly string[], what: string): readonly (readonly [string, readonly string[]])[] {
  if (value !== undefined && value !== null && !isFields(value)) throw foreign(what, `${what} must be an object`);
  const entries = Object.entries(value ?? {}).map(([name, commands]) => [name, textsOf(commands, `${what}: ${name}`)] as const);
  const unknown = entries.find(([name]) => !known.includes(name));
  if (unknown !== undefined) throw foreign(what, `${what}: ${quoted(unknown[0])} is none of ${known.join(", ")}`);
  return entries.filter(([, commands]) => commands.length > 0);
}

/** There a command is a path in the plugin when it has a slash, and looked up otherwise. */
function needsOf({ command }: ProgramTool): Needs {
  const isPath = command.includes("/") && !command.startsWith("/") && !command.startsWith("./");
  const { programs, own } = programOf(isPath ? `./${command}` : command, "CLAWD_PLUGIN_ROOT");
  return { ...noNeeds, programs, own };
}

/** A shell reads it. The package's own program is known where it comes first. */
function shellNeeds(command: string): Needs {
  const [, path] = /^(?:\.\/)?([A-Za-z0-9._@+-]+(?:\/[A-Za-z0-9._@+-]+)+)(?:\s|$)/.exec(command.trim()) ?? [];
  return { ...noNeeds, programs: ["*"], own: path === undefined || path.split("/").includes("..") ? [] : [path] };
}
