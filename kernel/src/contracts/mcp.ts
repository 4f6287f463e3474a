import type { ContentBlock } from "./message.ts";
import type { ToolResult } from "./tool.ts";
import type { ServerSpec } from "./transport.ts";

export type ServerStatus = "disconnected" | "connecting" | "connected" | "auth-required" | "failed";

/** A server as it stands. */
export interface ServerState {
  readonly name: string;
  readonly transport: string;
  readonly status: ServerStatus;
  /** What the server calls itself, once it said so. */
  readonly server?: { readonly name: string; readonly version: string };
  readonly protocolVersion?: string;
  readonly tools: number;
  /** Why it is not connected, when it should be. */
  readonly failure?: { readonly code: string; readonly message: string; readonly fix?: string };
  /** ISO time of the next attempt, when there will be one. */
  readonly retryAt?: string;
}

export interface ServerTool {
  readonly name: string;
  readonly description: string;
  /** Its JSON Schema, whole. */
  readonly input: Readonly<Record<string, unknown>>;
  /** What the server says of it. A server's word: nothing is allowed for it. */
  readonly annotations?: Readonly<Record<string, unknown>>;
}

export interface ServerResource {
  readonly uri: string;
  readonly name: string;
  readonly description?: string;
  readonly mimeType?: string;
}

export interface ServerCall {
  readonly signal: AbortSignal;
  readonly timeoutMs?: number;
  progress?(content: ContentBlock): void;
}

/** Service `mcp`: the servers of the Model Context Protocol that this kernel talks to. Every method throws MCP_SERVER_UNKNOWN for a name it was not given. */
export interface McpServers {
  list(): readonly ServerState[];
  /** Makes a server known, or another under the same name; nothing connects yet. */
  add(server: ServerSpec): Promise<void>;
  remove(name: string): Promise<void>;
  /** Connects, or waits for the attempt on its way. Throws MCP_UNREACHABLE, MCP_AUTH_REQUIRED, MCP_PROTOCOL. */
  connect(name: string, signal: AbortSignal): Promise<ServerState>;
  /** Ends the connection and does not try again until asked to. */
  disconnect(name: string): Promise<void>;
  tools(name: string, signal: AbortSignal): Promise<readonly ServerTool[]>;
  call(name: string, tool: string, input: Readonly<Record<string, unknown>>, call: ServerCall): Promise<ToolResult>;
  resources(name: string, signal: AbortSignal): Promise<readonly ServerResource[]>;
  read(name: string, uri: string, signal: AbortSignal): Promise<readonly ContentBlock[]>;
  /** Every change of a state from now on, until the signal. A slow reader misses the oldest. */
  changes(signal: AbortSignal): AsyncIterable<ServerState>;
}

/** What a server said when it refused: of the response's status and its `WWW-Authenticate`. */
export interface Challenge {
  readonly status: 401 | 403;
  readonly authenticate?: string;
}

/** Service `mcp-authorization`: who this person is to a server. Tokens go to the server they were given for, and nowhere else. */
export interface McpAuthorization {
  /** The headers that say so; none when nobody has logged in. Refreshes a token that has run out; throws REAUTH_REQUIRED when that cannot be done without a person. */
  headers(server: ServerSpec, signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** After a refusal: true when the same request is worth another try with fresh headers. Never opens a browser. */
  challenged(server: ServerSpec, challenge: Challenge, signal: AbortSignal): Promise<boolean>;
  /** Asks the person, in their browser; `show` is told where they log in, in case none opens. Throws AUTHORIZATION_FAILED. */
  logIn(server: ServerSpec, show: (url: URL) => void, signal: AbortSignal): Promise<void>;
  /** Forgets, here and at the server that gave it. True if there was anything. */
  logOut(server: ServerSpec, signal: AbortSignal): Promise<boolean>;
}

/** Service `mcp-authorization-host`: what an embedder decides itself. Absent: a file of the person's, the person's browser, https and loopback. */
export interface McpAuthorizationHost {
  readonly store?: TokenStore;
  /** Whether a request may go there at all, said of every URL that a server names. */
  allows?(url: URL, server: string): boolean;
  /** Shows the person where to log in. */
  open?(url: URL, server: string, signal: AbortSignal): Promise<void>;
}

/** Where tokens are kept; a value is a text that nobody else may read. `update` holds out other processes from reading to writing. */
export interface TokenStore {
  read(key: string): Promise<string | undefined>;
  update(key: string, change: (value: string | undefined) => Promise<string | undefined>): Promise<void>;
}
