import { ClawError } from "@claw/kernel/host";
import type { Catalogue, Offers } from "../client/catalogue.ts";
import type { KnownMarketplace } from "../client/state.ts";
import { isName, isSegment } from "../names.ts";
import { foreign } from "./foreign-document.ts";

/** A plugin as the index of another system lists it. */
export interface Listed {
  /** Without a scope. */
  readonly name: string;
  readonly description: string;
  readonly keywords: readonly string[];
}

/** The scope of a marketplace whose packages have none (extensions.md §3.1). */
export function scopeOfForeign({ scopes, url }: KnownMarketplace): string {
  const [scope] = scopes;
  if (scope !== undefined && isSegment(scope)) return scope;
  throw foreign(url, `the plugins of ${url} have no scope of their own`, `claw ext marketplace add ${url} --scope <scope>`);
}

/**
 * The catalogue of a marketplace that is not claw's. A name that claw cannot have is left out, so that it never gets near a path;
 * two plugins of one name are refused, as nobody could say which one was meant.
 */
export function foreignCatalogue<P extends Listed>(
  known: KnownMarketplace,
  plugins: readonly P[],
  offersOf: (plugin: P, name: string, signal: AbortSignal) => Promise<Offers>,
): Catalogue {
  const scope = scopeOfForeign(known);
  const byName = new Map<string, P>();
  for (const plugin of plugins) {
    const name = `${scope}/${plugin.name}`;
    if (!isName(name)) continue;
    if (byName.has(name)) throw new ClawError("E_ID_CLASH", `${known.url} lists ${plugin.name} twice`, { name });
    byName.set(name, plugin);
  }
  const names = [...byName.keys()].sort();
  return {
    id: known.id,
    names,
    revoked: [],
    // Short names are a signed index's to give.
    alias: () => undefined,
    offers: async (name, signal) => {
      const plugin = byName.get(name);
      return plugin === undefined ? undefined : offersOf(plugin, name, signal);
    },
    search: async () => Object.fromEntries(names.map((name) => [name, [byName.get(name)?.description ?? "", byName.get(name)?.keywords ?? []] as const])),
  };
}
