import { ClawError } from "../src/errors.ts";

/** What the provider of an address failed of. Providers throw ClawErrors; anything else is a mistake of their own. */
export function providerFailure(thrown: unknown, address: string): ClawError {
  if (ClawError.is(thrown)) return thrown;
  const provider = address.slice(0, address.indexOf("/"));
  const what = thrown instanceof Error ? thrown.message : String(thrown);
  return new ClawError(
    "EXTENSION_FAILED",
    `the provider ${provider} failed: ${what.slice(0, 500)}`,
    { extension: provider, at: `provider ${provider}` },
    { cause: thrown },
  );
}
