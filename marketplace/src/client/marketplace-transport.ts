import { openTransport } from "../transport/open-transport.ts";
import type { Transport } from "../transport/transport.ts";
import type { ClientContext } from "./context.ts";
import type { KnownMarketplace } from "./state.ts";

/** The way to a marketplace's files, with the credentials that belong to its own address. */
export async function transportTo(
  { url, insecure = false, credential }: Pick<KnownMarketplace, "url" | "insecure" | "credential">,
  { network, credentials }: Pick<ClientContext, "network" | "credentials">,
  mirrors: readonly string[] = [],
): Promise<Transport> {
  return openTransport(url, {
    ...network,
    mirrors: [...(network.mirrors ?? []), ...mirrors],
    ...(insecure ? { insecureLoopback: true } : {}),
    ...(credential === undefined ? {} : { headers: await credentials(credential) }),
  });
}

/** A mirror gets no credentials, and has to be encrypted whatever the marketplace itself is. */
export function mirrorTransport(url: string, { network }: Pick<ClientContext, "network">, mirrors: readonly string[]): Transport {
  const { headers: _, insecure: __, ...rest } = network;
  return openTransport(url, { ...rest, mirrors });
}
