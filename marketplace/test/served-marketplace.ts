import type { Catalogue, Offer } from "../src/client/catalogue.ts";
import type { ClientContext } from "../src/client/context.ts";
import { addMarketplace } from "../src/client/known.ts";
import { openCatalogue, type OpenOptions } from "../src/client/marketplace.ts";
import { type KnownMarketplace, readState, type SeenMarketplace } from "../src/client/state.ts";
import { type ContextOptions, testContext, type TestContext } from "./client-context.ts";
import { type MarketplaceFolder, marketplaceFolder } from "./marketplace-folder.ts";
import { type Authority, type MarketplaceServer, serveFolder } from "./marketplace-server.ts";
import { laterRefusalOf } from "./refusal.ts";

export const { signal } = new AbortController();
/** What the clock of a test context shows. */
export const today = new Date("2026-11-22T12:00:00Z");
export const later = (days: number): Date => new Date(today.getTime() + days * 24 * 3600 * 1000);

/** A marketplace with acme/a and acme/b, served by HTTPS, that a person has added. */
export interface ServedMarketplace extends AsyncDisposable {
  readonly shop: MarketplaceFolder;
  readonly server: MarketplaceServer;
  readonly context: TestContext;
  readonly known: KnownMarketplace;
  /** The person's context, with the network. */
  online(options?: ContextOptions): ClientContext;
  open(options?: OpenOptions, more?: ContextOptions): Promise<Catalogue>;
  /** The code with which `open` refuses. */
  refusal(options?: OpenOptions, more?: ContextOptions): Promise<string>;
  seen(): SeenMarketplace | undefined;
  offersOf(name: string, catalogue?: Catalogue): Promise<readonly Offer[]>;
  offersRefusal(name?: string, catalogue?: Catalogue): Promise<string>;
  /** Nobody answers at its address any more. */
  stop(): Promise<void>;
}

export async function servedMarketplace(authority: Authority): Promise<ServedMarketplace> {
  const shop = await marketplaceFolder();
  shop.publish("acme/a", "1.0.0", { manifest: { permissions: { net: ["https://acme.example"] }, dependencies: { "acme/b": "^1.0.0" } } });
  shop.publish("acme/b", "1.0.0");
  await shop.release(today);
  const server = await serveFolder(shop.path, authority);
  const context = testContext();
  const online: ServedMarketplace["online"] = (options = {}) => context.with({ network: { offline: false, ca: authority.ca, timeoutMs: 2000 }, ...options });
  const known = await addMarketplace(server.url, { scopes: ["acme"], confirm: async () => true }, online(), signal);
  const open: ServedMarketplace["open"] = (options = {}, more = {}) => openCatalogue(known, online(more), signal, options);
  const offersOf: ServedMarketplace["offersOf"] = async (name, catalogue) => (await (catalogue ?? (await open())).offers(name, signal))?.versions ?? [];
  let stopped = false;
  const stop = async (): Promise<void> => {
    if (!stopped) await server[Symbol.asyncDispose]();
    stopped = true;
  };
  return {
    shop,
    server,
    context,
    known,
    online,
    open,
    offersOf,
    stop,
    refusal: (options, more) => laterRefusalOf(open(options, more)),
    seen: () => readState(context.store.at).seen[shop.id],
    offersRefusal: async (name = "acme/a", catalogue) => laterRefusalOf(offersOf(name, catalogue ?? (await open()))),
    async [Symbol.asyncDispose]() {
      await stop();
      context[Symbol.dispose]();
      shop[Symbol.dispose]();
    },
  };
}
