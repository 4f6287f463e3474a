/** How a Model Context Protocol server is reached. What is meant for a transport that is not asked to connect is ignored. */
export interface ServerSpec {
  readonly name: string;
  /** An entry of the slot `transport`: stdio, http, sse, ws. */
  readonly transport: string;
  readonly command?: string;
  readonly args?: readonly string[];
  /** Added to the clean environment of the program. */
  readonly env?: Readonly<Record<string, string>>;
  /** Absolute: the folder the program runs in. */
  readonly cwd?: string;
  readonly url?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One connection. Disposing ends it, and the program behind it. */
export interface Transport extends AsyncDisposable {
  /** One JSON-RPC message. Resolves once it is handed over, not once it is answered. */
  send(message: object, signal: AbortSignal): Promise<void>;
  /** Every message of the server in its order; ends with the connection, throws a ClawError when it broke. Read once. */
  readonly incoming: AsyncIterable<object>;
  /** Told what both sides agreed on, for transports that say it with every request. */
  agreed?(protocolVersion: string): void;
  /** True if a request's answer comes on a connection of its own, which the signal of `send` ends: that tells the server to stop. */
  readonly requestsEndAlone?: boolean;
  /** The session that the server gave this connection, where the transport has such a thing. */
  readonly session?: string;
}

/** An entry of the slot `transport`. */
export interface TransportFactory {
  /** Throws MCP_UNREACHABLE, or MCP_AUTH_REQUIRED where the server wants to know who asks. */
  connect(server: ServerSpec, signal: AbortSignal): Promise<Transport>;
}
