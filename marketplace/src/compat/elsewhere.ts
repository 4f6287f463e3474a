import { ClawError } from "@claw/kernel/host";
import type { ClientContext } from "../client/context.ts";
import { openTransport } from "../transport/open-transport.ts";
import type { Transport } from "../transport/transport.ts";
import { quoted } from "./foreign-document.ts";

/** A file that a document of another system names. */
export interface Wanted {
  /** Relative to the document, or absolute. */
  readonly url: string;
  /** Address of the document. */
  readonly from: string;
  readonly maxBytes: number;
}

/**
 * Fetches a file that a document names: from the marketplace itself, or over https from wherever these formats keep their archives. A marketplace's
 * headers stay with it, and one on the web never reaches a file of this machine.
 */
export async function getNamed({ url, from, maxBytes }: Wanted, transport: Transport, { network }: ClientContext, signal: AbortSignal): Promise<Uint8Array> {
  const address = addressFrom(url, from);
  const bytes = await (isBelow(address, transport.base) ? transport : elsewhere(address, network)).get(address.href, maxBytes, signal);
  if (bytes === undefined)
    throw new ClawError(
      "E_NOT_PUBLISHED",
      `${quoted(address.href)} is not there`,
      { url: address.href.slice(0, 200) },
      { fix: "ask whoever runs the marketplace" },
    );
  return bytes;
}

/** An address that a document at another one names. */
export function addressFrom(url: string, from: string): URL {
  const address = URL.parse(url, from);
  if (address === null) throw new ClawError("E_URL_SCHEME", `${quoted(url)} is no address`, { url: url.slice(0, 200) });
  return address;
}

const isBelow = (address: URL, base: string): boolean => address.href.startsWith(base);

function elsewhere(address: URL, network: ClientContext["network"]): Transport {
  if (address.protocol !== "https:" && address.protocol !== "http:")
    throw new ClawError("E_URL_SCHEME", `${quoted(address.href)} is neither https nor below the marketplace`, { url: address.href.slice(0, 200) });
  const { headers, ...rest } = network;
  return openTransport(new URL(".", address).href, headers === undefined ? network : rest);
}
