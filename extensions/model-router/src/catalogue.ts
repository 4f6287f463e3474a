import type { Host, ModelInfo, ModelProvider, SlotView } from "@claw/kernel";
import { isStarMatch } from "@claw/kernel/kit";
import { knownOf, withKnown, type KnownModel } from "./known.ts";
import type { withRecalled } from "./recalled-models.ts";

/** The models of every provider, without waking more of them than a question needs. */
export interface Catalogue {
  readonly providers: readonly string[];
  /** Whether a provider's manifest lets it have a model of this name; it has to be asked then. */
  mayServe(provider: string, id: string): boolean;
  /** Whether a provider's manifest names models like this one. */
  claims(provider: string, id: string): boolean;
  /** What came with a provider, and what the person knows. */
  list(provider: string, signal: AbortSignal): Promise<readonly ModelInfo[]>;
  /** The same with what its vendor said at the last refresh; reads a file. */
  listAll(provider: string, signal: AbortSignal): Promise<readonly ModelInfo[]>;
  /** What a provider takes for granted of a model that it does not list. */
  unlisted(provider: string, id: string): Promise<ModelInfo | undefined>;
}

export interface CatalogueParts {
  readonly providers: SlotView<ModelProvider>;
  readonly known: readonly KnownModel[];
  readonly host: Pick<Host, "folders" | "now">;
  /** Told of what was stored and cannot be used. */
  warn(message: string): void;
}

export function catalogueOf({ providers, known, host, warn }: CatalogueParts): Catalogue {
  const patternsOf = (provider: string): readonly string[] | undefined => {
    const patterns: unknown = providers.about(provider)?.["models"];
    return Array.isArray(patterns) ? patterns.filter((pattern) => typeof pattern === "string") : undefined;
  };
  const matches = (patterns: readonly string[], id: string): boolean => patterns.some((pattern) => isStarMatch(pattern.split("*"), id));
  const isKnown = (provider: string, id: string): boolean => known.some(({ address }) => address === `${provider}/${id}`);

  const models = async (provider: string, signal: AbortSignal, recalls: boolean): Promise<readonly ModelInfo[]> => {
    const source = await providers.get(provider);
    if (source === undefined) return [];
    const listed = await source.models(signal);
    const all = recalls ? await recalled(listed, { provider, source, cache: host.folders.cache, warn }, signal) : listed;
    return withKnown(all, knownOf(known, provider), (id) => source.unlisted?.(id), host.now().toISOString().slice(0, 10));
  };

  return {
    get providers() {
      return providers.names;
    },
    mayServe: (provider, id) => isKnown(provider, id) || matches(patternsOf(provider) ?? ["*"], id),
    claims: (provider, id) => isKnown(provider, id) || matches(patternsOf(provider) ?? [], id),
    list: (provider, signal) => models(provider, signal, false),
    listAll: (provider, signal) => models(provider, signal, true),
    unlisted: async (provider, id) => (await providers.get(provider))?.unlisted?.(id),
  };
}

/** What is stored of refreshes is read by nobody who names a model that came with its provider. */
const recalled: typeof withRecalled = async (...parts) => (await import("./recalled-models.ts")).withRecalled(...parts);
