import {
  ClawError,
  type Logger,
  type McpServers,
  type ServerSpec,
  type ServerState,
  type ServerTool,
  type SlotView,
  type TransportFactory,
} from "@claw/kernel";
import { editDistance } from "@claw/kernel/kit";
import { digestOf } from "./accepted-tools.ts";
import { Changes } from "./changes.ts";
import { Connection } from "./connection.ts";
import type { ServerEntry } from "./server-entries.ts";

export interface ServersParts {
  readonly transports: SlotView<TransportFactory>;
  readonly connectTimeoutMs: number;
  readonly callTimeoutMs: number;
  readonly reconnectAttempts: number;
  readonly version: string;
  readonly log: Logger;
  readonly now: () => Date;
  /** A server's tools, each time they are read anew. */
  readonly onTools: (entry: ServerEntry, tools: readonly ServerTool[]) => void;
}

/** Which extension brings a transport, for those that claw has. */
const providers: Readonly<Record<string, string>> = { stdio: "mcp-stdio", http: "mcp-http", sse: "mcp-http", ws: "mcp-websocket" };

/** All servers by name: the service `mcp`. */
export class Servers implements McpServers, AsyncDisposable {
  readonly #parts: ServersParts;
  readonly #connections = new Map<string, Connection>();
  readonly #changes = new Changes<ServerState>();

  constructor(parts: ServersParts) {
    this.#parts = parts;
  }

  list(): readonly ServerState[] {
    return [...this.#connections.values()].map(({ state }) => state);
  }

  async add(spec: ServerSpec): Promise<void> {
    await this.addEntry({ spec, written: digestOf(JSON.stringify(spec)), offers: () => true });
  }

  async addEntry(entry: ServerEntry): Promise<void> {
    const { name } = entry.spec;
    await this.#connections.get(name)?.disconnect();
    const { onTools, transports, ...rest } = this.#parts;
    const connection = new Connection({
      ...rest,
      entry,
      random: Math.random,
      factory: (transport, server) => factoryOf(transports, transport, server),
      onChange: (state) => this.#changes.say(state),
      onTools: (tools) => onTools(entry, tools),
    });
    this.#connections.set(name, connection);
  }

  async remove(name: string): Promise<void> {
    await this.#get(name).disconnect();
    this.#connections.delete(name);
  }

  async connect(name: string, signal: AbortSignal): Promise<ServerState> {
    const connection = this.#get(name);
    await connection.connect(signal);
    return connection.state;
  }

  disconnect(name: string): Promise<void> {
    return this.#get(name).disconnect();
  }

  async tools(name: string, signal: AbortSignal): Promise<readonly ServerTool[]> {
    const connection = this.#get(name);
    await connection.connect(signal);
    return connection.tools;
  }

  async call(...[name, tool, input, call]: Parameters<McpServers["call"]>): ReturnType<McpServers["call"]> {
    return this.#get(name).call(tool, input, call);
  }

  async resources(name: string, signal: AbortSignal): ReturnType<McpServers["resources"]> {
    return this.#get(name).resources(signal);
  }

  async read(name: string, uri: string, signal: AbortSignal): ReturnType<McpServers["read"]> {
    return this.#get(name).read(uri, signal);
  }

  changes(signal: AbortSignal): AsyncIterable<ServerState> {
    return this.#changes.read(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#connections.values()].map((connection) => connection.disconnect()));
  }

  #get(name: string): Connection {
    const found = this.#connections.get(name);
    if (found === undefined) throw this.unknown(name);
    return found;
  }

  /** Why there is no such server, and which there are. */
  unknown(name: string): ClawError {
    const names = [...this.#connections.keys()];
    const suggestions = names.filter((known) => editDistance(name, known) <= 2);
    const known = names.length === 0 ? "none is configured" : `there ${names.length === 1 ? "is" : "are"} ${names.join(", ")}`;
    return new ClawError(
      "MCP_SERVER_UNKNOWN",
      `there is no MCP server ${JSON.stringify(name.slice(0, 100))}: ${known}`,
      { server: name, suggestions },
      { fix: suggestions[0] === undefined ? "name it in mcp.servers of your settings" : `did you mean ${suggestions[0]}?` },
    );
  }
}

async function factoryOf(transports: SlotView<TransportFactory>, transport: string, server: string): Promise<TransportFactory> {
  const factory = await transports.get(transport);
  if (factory !== undefined) return factory;
  const extension = Object.hasOwn(providers, transport) ? providers[transport] : undefined;
  throw new ClawError(
    "MCP_SERVER_INVALID",
    `the MCP server ${server} is reached by ${transport}, and no extension here knows how`,
    { server, problems: [`no transport ${transport}`] },
    extension === undefined ? { fix: `use one of stdio, http, sse and ws` } : { fix: `claw ext add ${extension}` },
  );
}
