import type { IncomingMessage } from "node:http";
import { ClawError } from "@claw/kernel/host";
import { shown } from "./addresses.ts";

export const tooLarge = (what: string, maxBytes: number): ClawError =>
  new ClawError(
    "E_META_TOO_LARGE",
    `${what} has more than the ${maxBytes} bytes that are allowed`,
    { bytes: maxBytes },
    { fix: "ask whoever runs the marketplace" },
  );

/** The bytes of an answer, as they came over the wire: cut at the limit, and nothing that has to be decoded. `alive` is told of every piece. */
export async function bytesOf(message: IncomingMessage, url: URL, maxBytes: number, alive: () => void): Promise<Uint8Array> {
  const encoding = message.headers["content-encoding"];
  if (encoding !== undefined) {
    const why = `${shown(url)} answers with content-encoding ${JSON.stringify(encoding.slice(0, 40))}, which was not asked for`;
    throw new ClawError("E_CONTENT_ENCODING", why, { url: shown(url) }, { fix: "serve the files as they are" });
  }
  if (Number(message.headers["content-length"] ?? 0) > maxBytes) throw tooLarge(shown(url), maxBytes);
  const pieces: Uint8Array[] = [];
  let length = 0;
  for await (const piece of message as AsyncIterable<Uint8Array>) {
    alive();
    length += piece.length;
    if (length > maxBytes) throw tooLarge(shown(url), maxBytes);
    pieces.push(piece);
  }
  return Buffer.concat(pieces, length);
}

/** Whether an answer holds the file; `absent` when there is none. Every other status is a failure. */
export function kindOf(status: number, url: URL): "file" | "absent" | "redirect" {
  if (status === 200) return "file";
  if (status === 404 || status === 410) return "absent";
  if ([301, 302, 303, 307, 308].includes(status)) return "redirect";
  const retryable = status >= 500 || status === 429 || status === 408;
  const credentials = status === 401 || status === 403 || status === 407;
  throw new ClawError(
    "E_HTTP_STATUS",
    `${shown(url)} was answered with ${status}`,
    { url: shown(url), status },
    { retryable, ...(credentials ? { fix: "name a secret with --credential" } : {}) },
  );
}
