import { ClawError } from "@claw/kernel";
import type { IncomingMessage } from "node:http";
import type { Duplex, Readable } from "node:stream";
import type { WebHeaders } from "./headers.ts";

/** How a body is packed. */
export type Coding = "gzip" | "deflate" | "br" | "zstd";

const codings: Readonly<Record<string, Coding>> = { gzip: "gzip", "x-gzip": "gzip", deflate: "deflate", br: "br", zstd: "zstd" };
/** One on top of another is already rare. */
const mostCodings = 3;

/**
 * How a body was packed, the last coding first; nothing when it was not. What it was is taken from the headers, for whoever reads
 * them reads it unpacked. A coding that nobody here knows is an error.
 */
export function codingsOf(headers: WebHeaders, host: string): readonly Coding[] {
  const names = (headers.get("content-encoding") ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "" && name !== "identity");
  const known = names.flatMap((name) => (Object.hasOwn(codings, name) ? [codings[name] as Coding] : []));
  if (known.length < names.length || names.length > mostCodings) {
    const what = JSON.stringify(names.join(", ").slice(0, 100));
    throw new ClawError("NETWORK_FAILED", `${host} answered with a body packed as ${what}, which claw cannot unpack`, { host });
  }
  headers.delete("content-encoding");
  if (known.length > 0) headers.delete("content-length");
  return known.reverse();
}

/**
 * A message's body as it was before it was packed. No more is unpacked than is taken; a body that ends too soon fails. Some servers
 * say so of a body that they then leave empty.
 */
export async function unpacked(message: IncomingMessage, packed: readonly Coding[]): Promise<Readable> {
  const first = await firstOf(message);
  if (first === undefined) return message;
  const { pipeline } = process.getBuiltinModule("node:stream");
  const steps = packed.map((coding, index) => unpacker(coding, index === 0 ? first : undefined));
  // An end of any kind of one of them, the message's connection included, is heard by the reader of the last.
  pipeline([message, ...steps], () => undefined);
  return steps.at(-1) ?? message;
}

function unpacker(coding: Coding, first: number | undefined): Duplex {
  const zlib = process.getBuiltinModule("node:zlib");
  switch (coding) {
    case "gzip":
      return zlib.createGunzip();
    case "deflate":
      // The standard means zlib's format, and some servers send the bare one: the first byte tells.
      return first === undefined || (first & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw();
    case "br":
      return zlib.createBrotliDecompress();
    case "zstd":
      return zlib.createZstdDecompress();
    default:
      return coding satisfies never;
  }
}

/** The first byte of a message, which stays in it; undefined when it has none. */
async function firstOf(message: IncomingMessage): Promise<number | undefined> {
  for (;;) {
    const bytes = message.read() as Uint8Array | null;
    if (bytes !== null) {
      message.unshift(bytes);
      return bytes[0];
    }
    if (message.readableEnded || message.destroyed) return undefined;
    await new Promise<void>((resolve) => {
      for (const event of ["readable", "end", "close"]) message.once(event, resolve);
    });
  }
}
