/** Service `http`: the one place that opens sockets. Knows the proxy, the certificate authorities and whether we are offline. */
export interface Http {
  /** As the global `fetch`; throws NETWORK_OFFLINE or NETWORK_FAILED. */
  readonly fetch: typeof fetch;
  /** A WebSocket by the same rules of proxy, authorities and being offline; throws NETWORK_OFFLINE. Absent where an embedder gives only `fetch`. */
  webSocket?(url: URL, options: WebSocketOptions): WebSocket;
  /** The same in an extension's name. An extension is handed what this answers for it. */
  forExtension?(extension: string): Http;
}

export interface WebSocketOptions {
  readonly protocols?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
}
