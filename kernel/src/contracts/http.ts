/** Service `http`: the one place that opens sockets. Knows the proxy, the certificate authorities and whether we are offline. */
export interface Http {
  /** As the global `fetch`; throws NETWORK_OFFLINE or NETWORK_FAILED. */
  readonly fetch: typeof fetch;
  /** Opens a WebSocket by the same rules of proxy, authorities and being offline; throws NETWORK_OFFLINE or NETWORK_FAILED. Absent where an embedder gives only `fetch`. */
  webSocket?(url: URL, options: WebSocketOptions, signal: AbortSignal): Promise<TextSocket>;
  /** The same in an extension's name. An extension is handed what this answers for it. */
  forExtension?(extension: string): Http;
}

export interface WebSocketOptions {
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** The longest message; a longer one ends the connection. 64 MiB when absent. */
  readonly maxMessageBytes?: number;
}

/** A WebSocket that carries texts. Disposing closes it. */
export interface TextSocket extends AsyncDisposable {
  /** Resolves once the text is handed over; throws NETWORK_FAILED when the connection is gone. */
  send(text: string): Promise<void>;
  /** Every text in its order; ends with the connection, throws NETWORK_FAILED when it broke. Read once. */
  readonly incoming: AsyncIterable<string>;
}
