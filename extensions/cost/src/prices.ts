import { ClawError, type Models, type Price } from "@claw/kernel";

/** What models cost today, by address. One that is not installed any more has no price. */
export async function pricesOf(addresses: Iterable<string>, models: Models | undefined, signal: AbortSignal): Promise<(address: string) => Price | undefined> {
  const prices = new Map<string, Price | undefined>();
  for (const address of new Set(addresses)) prices.set(address, models === undefined ? undefined : await priceOf(address, models, signal));
  return (address) => prices.get(address);
}

async function priceOf(address: string, models: Models, signal: AbortSignal): Promise<Price | undefined> {
  try {
    const model = await models.resolve(address, signal);
    return model.address === address ? model.info.price : undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (ClawError.is(error)) return undefined;
    throw error;
  }
}
