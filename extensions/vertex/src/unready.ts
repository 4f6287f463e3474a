import { ClawError, type ProviderStatus } from "@claw/kernel";

/** The status of a provider that would fail of this. What is no failure of the person's is thrown. */
export function unready(host: string, error: unknown): ProviderStatus {
  if (!ClawError.is(error)) throw error;
  const { message, fix } = error;
  return { ready: false, host, problem: message, ...(fix === undefined ? {} : { fix }) };
}
