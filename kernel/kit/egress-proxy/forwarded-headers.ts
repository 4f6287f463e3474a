/** Headers between two neighbours only; framing and `host` are written anew. */
const betweenNeighbours: ReadonlySet<string> = new Set([
  "connection",
  "proxy-connection",
  "keep-alive",
  "proxy-authorization",
  "proxy-authenticate",
  "proxy-authentication-info",
  "te",
  "trailer",
  "transfer-encoding",
  "content-length",
  "upgrade",
  "http2-settings",
  "expect",
  "host",
]);

/** The headers of a message that go on to its other side, names and values in turn, as they came in turn. */
export function forwardedHeaders(raw: readonly string[]): readonly string[] {
  const pairs = Array.from({ length: raw.length / 2 }, (_, index) => [raw[2 * index] ?? "", raw[2 * index + 1] ?? ""] as const);
  const named = pairs.filter(([name]) => name.toLowerCase() === "connection").flatMap(([, value]) => value.toLowerCase().split(/[\s,]+/));
  const dropped = new Set([...betweenNeighbours, ...named]);
  return pairs.filter(([name]) => !dropped.has(name.toLowerCase())).flat();
}

interface Framed {
  readonly "transfer-encoding"?: string | undefined;
  readonly "content-length"?: string | undefined;
}

/** How the body's end is told, as the parser that took the message apart understood it. */
export function framing(headers: Framed): readonly string[] {
  if (headers["transfer-encoding"] !== undefined) return ["Transfer-Encoding", "chunked"];
  return headers["content-length"] === undefined ? [] : ["Content-Length", headers["content-length"]];
}
