import { ClawError, type Command, type CommandCall, type ContentBlock, type McpAuthorization, type ServerState } from "@claw/kernel";
import { isJsonObject, jsonFrom } from "@claw/kernel/kit";
import type { AcceptedTools } from "./accepted-tools.ts";
import type { ServerEntry } from "./server-entries.ts";
import type { Servers } from "./servers.ts";
import { toolName } from "./tool-names.ts";

export interface McpCommandParts {
  readonly servers: Servers;
  readonly entries: ReadonlyMap<string, ServerEntry>;
  /** What is wrong with the configuration, one sentence each. */
  readonly problems: readonly string[];
  readonly authorization: McpAuthorization | undefined;
  readonly accepted: AcceptedTools;
}

type Verb = (call: CommandCall, words: readonly string[], parts: McpCommandParts) => Promise<number>;

const usage =
  "claw mcp list | connect SERVER | tools [SERVER] | accept SERVER | resources [SERVER] | call SERVER TOOL [JSON] | read SERVER URI | login SERVER | logout SERVER";
const misused = (what: string): ClawError<"USAGE"> => new ClawError("USAGE", what, {}, { fix: usage });
const tell = (call: CommandCall, text: string): void => call.show({ type: "status", level: "info", text });

const verbs: Readonly<Record<string, Verb>> = {
  async list(call, words, { servers, problems }) {
    refuseMore(words, 0);
    await Promise.allSettled(servers.list().map(({ name }) => servers.connect(name, call.signal)));
    call.signal.throwIfAborted();
    const states = servers.list();
    for (const state of states) call.emit({ type: "mcp-server", ...state });
    for (const text of problems) call.show({ type: "status", level: "warning", text });
    if (states.length === 0) tell(call, "no MCP server is configured: name one in mcp.servers of your settings");
    else call.show({ type: "table", columns: ["server", "how", "state", "tools", "what"], rows: states.map(rowOf) });
    return problems.length > 0 || states.some(({ status }) => status !== "connected") ? 1 : 0;
  },

  async connect(call, words, { servers }) {
    const [name = ""] = exactly(words, 1, "connect takes the name of a server");
    const state = await servers.connect(name, call.signal);
    call.emit({ type: "mcp-server", ...state });
    const { server, protocolVersion = "" } = state;
    tell(
      call,
      `${name}: connected to ${server?.name ?? ""} ${server?.version ?? ""}, protocol ${protocolVersion}, ${state.tools} ${state.tools === 1 ? "tool" : "tools"}`,
    );
    return 0;
  },

  async tools(call, words, { servers }) {
    const rows: (readonly string[])[] = [];
    await eachOf(servers, words, async (name) => {
      for (const tool of await servers.tools(name, call.signal)) {
        call.emit({ type: "mcp-tool", server: name, id: toolName(name, tool.name), ...tool });
        rows.push([toolName(name, tool.name), tool.description.split("\n")[0] ?? ""]);
      }
    });
    if (rows.length === 0) tell(call, "no tools");
    else call.show({ type: "table", columns: ["tool", "what"], rows });
    return 0;
  },

  async accept(call, words, { servers, entries, accepted }) {
    const entry = entryOf(words, "accept", servers, entries);
    const { name } = entry.spec;
    const tools = (await servers.tools(name, call.signal)).filter((tool) => entry.offers(tool.name));
    const found = await Promise.all(tools.map(async (tool) => ({ tool, was: await accepted.of(entry, tool) })));
    const others = found.filter(({ was }) => was !== "same");
    await accepted.accept(entry, tools);
    for (const { tool, was } of others) call.emit({ type: "mcp-accepted", server: name, id: toolName(name, tool.name), was, ...tool });
    if (others.length === 0) tell(call, `${name}: all of its tools are as they were accepted`);
    else
      call.show({ type: "table", columns: ["tool", "was", "what"], rows: others.map(({ tool, was }) => [toolName(name, tool.name), was, tool.description]) });
    return 0;
  },

  async resources(call, words, { servers }) {
    const rows: (readonly string[])[] = [];
    await eachOf(servers, words, async (name) => {
      for (const resource of await servers.resources(name, call.signal)) {
        call.emit({ type: "mcp-resource", server: name, ...resource });
        rows.push([name, resource.uri, resource.name]);
      }
    });
    if (rows.length === 0) tell(call, "no resources");
    else call.show({ type: "table", columns: ["server", "uri", "name"], rows });
    return 0;
  },

  async call(call, words, { servers }) {
    const [name, tool, json = "{}", ...more] = words;
    if (name === undefined || tool === undefined || more.length > 0) throw misused("call takes a server, a tool and its input as one word of JSON");
    const input = jsonFrom(json);
    if (!isJsonObject(input)) throw misused("the input of a tool is a JSON object");
    const result = await servers.call(name, tool, input, { signal: call.signal });
    call.emit({ type: "mcp-result", server: name, tool, ...result });
    showBlocks(call, result.content);
    return result.failed === true ? 1 : 0;
  },

  async read(call, words, { servers }) {
    const [name = "", uri = ""] = exactly(words, 2, "read takes a server and the URI of a resource");
    const content = await servers.read(name, uri, call.signal);
    call.emit({ type: "mcp-content", server: name, uri, content });
    showBlocks(call, content);
    return 0;
  },

  async login(call, words, { authorization, servers, entries }) {
    const entry = entryOf(words, "login", servers, entries);
    await required(authorization).logIn(entry.spec, (url) => tell(call, `log in at ${url.href}`), call.signal);
    const state = await servers.connect(entry.spec.name, call.signal);
    call.emit({ type: "mcp-server", ...state });
    tell(call, `${state.name}: logged in, ${state.tools} ${state.tools === 1 ? "tool" : "tools"}`);
    return 0;
  },

  async logout(call, words, { authorization, servers, entries }) {
    const { spec } = entryOf(words, "logout", servers, entries);
    const wasThere = await required(authorization).logOut(spec, call.signal);
    call.emit({ type: "mcp-logout", server: spec.name, removed: wasThere });
    tell(call, wasThere ? `${spec.name}: logged out` : `${spec.name}: nobody was logged in`);
    return 0;
  },
};

/** `claw mcp`: the servers, what they offer, and a way to try them without a model. */
export const mcpCommand = (parts: McpCommandParts): Command => ({
  async run(call) {
    const [word = "list", ...words] = call.argv;
    const verb = Object.hasOwn(verbs, word) ? verbs[word] : undefined;
    if (verb === undefined) throw misused(`claw mcp knows no ${JSON.stringify(word)}`);
    const option = words.find((each) => each.startsWith("--"));
    if (option !== undefined) throw misused(`claw mcp ${word} has no option ${option}`);
    return verb(call, words, parts);
  },
});

function refuseMore(words: readonly string[], most: number): void {
  if (words.length > most) throw misused(`${JSON.stringify(words[most])} is one word too many`);
}

function exactly(words: readonly string[], count: number, what: string): readonly string[] {
  if (words.length < count) throw misused(what);
  refuseMore(words, count);
  return words;
}

/** One server's, or all servers' one after the other. */
async function eachOf(servers: Servers, words: readonly string[], work: (name: string) => Promise<void>): Promise<void> {
  refuseMore(words, 1);
  for (const name of words.length === 1 ? words : servers.list().map(({ name: known }) => known)) await work(name);
}

function entryOf(words: readonly string[], verb: string, servers: Servers, entries: ReadonlyMap<string, ServerEntry>): ServerEntry {
  const [name = ""] = exactly(words, 1, `${verb} takes the name of a server`);
  const entry = entries.get(name);
  if (entry !== undefined) return entry;
  throw servers.unknown(name);
}

function required(authorization: McpAuthorization | undefined): McpAuthorization {
  if (authorization !== undefined) return authorization;
  throw new ClawError("SERVICE_MISSING", "no extension here can log in to MCP servers", { service: "mcp-authorization" }, { fix: "claw ext add mcp-oauth" });
}

function rowOf({ name, transport, status, tools, server, failure }: ServerState): readonly string[] {
  const why = failure === undefined ? undefined : [failure.message, failure.fix].filter((part) => part !== undefined).join(": ");
  const what = why ?? (server === undefined ? "" : `${server.name} ${server.version}`);
  return [name, transport, status, status === "connected" ? String(tools) : "", what];
}

function showBlocks(call: CommandCall, blocks: readonly ContentBlock[]): void {
  for (const block of blocks) {
    if (block.type === "text") call.show({ type: "code", text: block.text });
    else if (block.type === "image" || block.type === "document")
      tell(call, `(${block.mediaType}, ${block.data.length} characters of base64; --json shows them)`);
  }
}
