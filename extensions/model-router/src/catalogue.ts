import type { ModelInfo, ModelProvider, SlotView } from "@claw/kernel";
import { isStarMatch } from "@claw/kernel/kit";

export interface KnownModel {
  readonly address: string;
  readonly contextWindow: number;
  readonly maxOutputTokens?: number;
  readonly tools: boolean;
  readonly reasoning: boolean;
  readonly images: boolean;
  readonly efforts: readonly string[];
}

/** The models of every provider, without waking more of them than a question needs. */
export interface Catalogue {
  readonly providers: readonly string[];
  /** Whether a provider's manifest lets it have a model of this name; it has to be asked then. */
  mayServe(provider: string, id: string): boolean;
  list(provider: string, signal: AbortSignal): Promise<readonly ModelInfo[]>;
  /** What a provider takes for granted of a model that it does not list. */
  unlisted(provider: string, id: string): Promise<ModelInfo | undefined>;
}

/** What providers list, with the person's own models before it. */
export function catalogueOf(providers: SlotView<ModelProvider>, known: readonly KnownModel[]): Catalogue {
  return {
    get providers() {
      return providers.names;
    },
    mayServe(provider, id) {
      if (known.some(({ address }) => address === `${provider}/${id}`)) return true;
      const patterns: unknown = providers.about(provider)?.["models"];
      return !Array.isArray(patterns) || patterns.some((pattern) => typeof pattern === "string" && isStarMatch(pattern.split("*"), id));
    },
    async list(provider, signal) {
      const own = known.flatMap((model) => infoOf(provider, model));
      const listed = (await (await providers.get(provider))?.models(signal)) ?? [];
      return [...own, ...listed.filter(({ id }) => !own.some((one) => one.id === id))];
    },
    unlisted: async (provider, id) => (await providers.get(provider))?.unlisted?.(id),
  };
}

function infoOf(provider: string, { address, ...about }: KnownModel): readonly ModelInfo[] {
  return address.startsWith(`${provider}/`) ? [{ id: address.slice(provider.length + 1), ...about }] : [];
}
