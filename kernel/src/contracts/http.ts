/** Service `http`: the one place that opens sockets. Knows the proxy, the certificate authorities and whether we are offline. */
export interface Http {
  /** As the global `fetch`; throws NETWORK_OFFLINE or NETWORK_FAILED. */
  readonly fetch: typeof fetch;
  /** The same in an extension's name. An extension is handed what this answers for it. */
  forExtension?(extension: string): Http;
}
