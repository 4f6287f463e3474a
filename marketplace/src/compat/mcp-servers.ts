import { fieldOf, type Fields, foreign, optionalTextOf, quoted, recordOf, refuseMany, textOf, textsOf } from "./foreign-document.ts";
import { addressOf, type Needs, programOf, together, variablesIn } from "./needs.ts";

/** How a format spells what its servers are started with. */
export interface ServerDialect {
  /** The variable that stands for the package's folder. */
  readonly root: string;
  /** All variables that stand for folders of the plugin's own. */
  readonly folders: readonly string[];
}

export interface MappedServers {
  /** By name, as `content.mcpServers` has them: a program of the package is `./…`. */
  readonly servers: Readonly<Record<string, Fields>>;
  readonly needs: Needs;
}

const serverName = /^[A-Za-z0-9][A-Za-z0-9_.@/ -]{0,99}$/;
const urlTypes: Readonly<Record<string, string>> = { http: "http", "streamable-http": "http", sse: "sse", ws: "ws" };

/** Reads the servers of `.mcp.json` and of what looks like it. A server of one name in two places is refused: it would depend on the order. */
export function readServers(sources: readonly unknown[], dialect: ServerDialect, what: string): MappedServers {
  const entries = sources.flatMap((source) => recordOf(source, `${what}: mcpServers`));
  const read = refuseMany(entries, `${what}: its MCP servers`).map(([name, server]) => readServer(name, server, dialect, what));
  const names = read.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw foreign(what, `${what} names the MCP server ${quoted(twice)} twice`);
  return { servers: Object.fromEntries(read.map(({ name, server }) => [name, server])), needs: together(read.map(({ needs }) => needs)) };
}

function readServer(
  name: string,
  fields: Fields,
  { root, folders }: ServerDialect,
  what: string,
): { readonly name: string; readonly server: Fields; readonly needs: Needs } {
  const of = `${what}: the MCP server ${quoted(name)}`;
  if (!serverName.test(name) || ["__proto__", "constructor", "prototype"].includes(name)) throw foreign(what, `${of} has a name that claw cannot use`);
  const type = optionalTextOf(fields, "type", of) ?? (fieldOf(fields, "url") === undefined ? "stdio" : "http");
  const note = `the MCP server ${quoted(name)}: this version connects to no server of a package`;
  if (type === "stdio") {
    const { command, ...program } = programOf(textOf(fields, "command", of), root);
    const args = textsOf(fieldOf(fields, "args"), `${of}: args`);
    const env = textRecordOf(fieldOf(fields, "env"), `${of}: env`);
    const cwd = optionalTextOf(fields, "cwd", of);
    const variables = variablesIn([command, ...args, ...Object.values(env), cwd ?? ""], folders);
    const server = {
      type,
      command,
      ...(args.length === 0 ? {} : { args }),
      ...(Object.keys(env).length === 0 ? {} : { env }),
      ...(cwd === undefined ? {} : { cwd }),
    };
    return { name, server, needs: { ...program, urls: [], variables, inactive: [note] } };
  }
  const transport = Object.hasOwn(urlTypes, type) ? urlTypes[type] : undefined;
  if (transport === undefined) throw foreign(what, `${of} is of the type ${quoted(type)}, which is none of stdio, http, sse and ws`);
  const url = textOf(fields, "url", of);
  const headers = textRecordOf(fieldOf(fields, "headers"), `${of}: headers`);
  const address = addressOf(url);
  const helper = optionalTextOf(fields, "headersHelper", of);
  return {
    name,
    server: { type: transport, url, ...(Object.keys(headers).length === 0 ? {} : { headers }) },
    needs: {
      programs: helper === undefined ? [] : ["*"],
      own: [],
      urls: address === undefined ? [] : [address],
      variables: variablesIn([url, ...Object.values(headers)], folders),
      inactive: [
        note,
        ...(address === undefined
          ? [`the MCP server ${quoted(name)}: its address ${quoted(url)} is only known when it is used, so no permission covers it`]
          : []),
        ...(helper === undefined ? [] : [`the MCP server ${quoted(name)}: a program makes its headers, which claw does not run`]),
      ],
    },
  };
}

function textRecordOf(value: unknown, what: string): Readonly<Record<string, string>> {
  const entries = Object.entries((value ?? {}) as object) as (readonly [string, unknown])[];
  if (typeof (value ?? {}) !== "object" || Array.isArray(value) || !entries.every((entry): entry is [string, string] => typeof entry[1] === "string"))
    throw foreign(what, `${what} must be names and texts`);
  return Object.fromEntries(entries as (readonly [string, string])[]);
}
