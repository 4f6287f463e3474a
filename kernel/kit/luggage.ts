import type { Luggage } from "../src/contracts/message.ts";

type Fields = Readonly<Record<string, unknown>>;

/** What a provider wants back with a block, and which of its models it is for: signatures mean nothing to another one. */
export const stampedLuggage = (provider: string, model: string, value: Fields): Luggage => ({ [provider]: { ...value, model } });

/** What a provider has put into a block's luggage, without the stamp. Another's is invisible to it. */
export function luggageOf(luggage: Luggage | undefined, provider: string): Fields | undefined {
  const value = heldBy(luggage, provider);
  if (value === undefined || !Object.hasOwn(value, "model")) return value;
  const { model: _stamp, ...rest } = value;
  return rest;
}

/** Whether luggage is for this model of a provider's. What bears no stamp is for every model. */
export function isLuggageFor(luggage: Luggage | undefined, provider: string, model: string): boolean {
  const value = heldBy(luggage, provider);
  return value !== undefined && (!Object.hasOwn(value, "model") || value["model"] === model);
}

function heldBy(luggage: Luggage | undefined, provider: string): Fields | undefined {
  const value = luggage !== undefined && Object.hasOwn(luggage, provider) ? luggage[provider] : undefined;
  return typeof value === "object" && value !== null ? (value as Fields) : undefined;
}
