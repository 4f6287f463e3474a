import type { ModelInfo, ModelProvider, SlotView } from "@claw/kernel";

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
      return !Array.isArray(patterns) || patterns.some((pattern) => typeof pattern === "string" && matches(pattern, id));
    },
    async list(provider, signal) {
      const own = known.flatMap((model) => infoOf(provider, model));
      const listed = (await (await providers.get(provider))?.models(signal)) ?? [];
      return [...own, ...listed.filter(({ id }) => !own.some((one) => one.id === id))];
    },
    unlisted: async (provider, id) => (await providers.get(provider))?.unlisted?.(id),
  };
}

/** A pattern of a manifest: `*` stands for anything. */
function matches(pattern: string, id: string): boolean {
  const [head = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return pattern === id;
  if (!id.startsWith(head)) return false;
  let at = head.length;
  for (const [index, part] of rest.entries()) {
    if (index === rest.length - 1) return id.length - part.length >= at && id.endsWith(part);
    const found = id.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return true;
}

function infoOf(provider: string, { address, ...about }: KnownModel): readonly ModelInfo[] {
  return address.startsWith(`${provider}/`) ? [{ id: address.slice(provider.length + 1), ...about }] : [];
}
