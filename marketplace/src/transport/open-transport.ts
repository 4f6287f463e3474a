import { marketplaceAddress } from "./addresses.ts";
import { openFileTransport } from "./file-transport.ts";
import { openHttpTransport } from "./http-transport.ts";
import type { NetworkOptions, Transport } from "./transport.ts";

/** The way to the files of a marketplace, by its address: a web server's, or a folder's. Nothing is asked for yet. */
export function openTransport(address: string, options: NetworkOptions): Transport {
  const base = marketplaceAddress(address, options);
  return base.protocol === "file:" ? openFileTransport(base) : openHttpTransport(base, options);
}
