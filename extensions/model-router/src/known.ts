import type { ModelInfo, Refreshed } from "@claw/kernel";
import { assumed, isWhole, withFacts, type Facts } from "./facts.ts";

/** What the person says of a model in `models.known`. */
export interface KnownModel extends Facts {
  readonly address: string;
}

/** What the person knows of a provider's models, by their names. */
export const knownOf = (known: readonly KnownModel[], provider: string): ReadonlyMap<string, Facts> =>
  new Map(known.flatMap(({ address, ...facts }) => (address.startsWith(`${provider}/`) ? [[address.slice(provider.length + 1), facts] as const] : [])));

/**
 * A provider's models with what the person knows over it, theirs first. One that nobody else knows is taken as one that calls tools
 * and shows no thoughts; it is left out while its context window is unknown.
 */
export function withKnown(
  models: readonly ModelInfo[],
  known: ReadonlyMap<string, Facts>,
  unlisted: (id: string) => ModelInfo | undefined,
  date: string,
): readonly ModelInfo[] {
  if (known.size === 0) return models;
  const own = [...known].map(([id, facts]): Refreshed => {
    const listed = models.find((model) => model.id === id) ?? unlisted(id) ?? assumed(id);
    return withFacts(listed, facts, "models.known of your settings", date);
  });
  return [...own.filter(isWhole), ...models.filter(({ id }) => !known.has(id))];
}
