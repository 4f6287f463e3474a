import { ClawError } from "@claw/kernel";
import { editDistance, fieldOf } from "@claw/kernel/kit";
import type { Endpoint } from "./endpoints.ts";

/** A failure of a connection, in the words of somebody who may have forgotten to start a server. All else is left as it is. */
export function connectionFailure(error: unknown, endpoint: Endpoint, address: { readonly url: string; readonly host: string }): unknown {
  if (!endpoint.isLocal || !isRefused(error)) return error;
  const { origin } = new URL(address.url);
  const start = endpoint.preset?.start;
  return new ClawError(
    "NETWORK_FAILED",
    `nothing answers at ${origin}`,
    { host: address.host },
    { cause: error, retryable: true, fix: start === undefined ? `start the server of endpoints.${endpoint.name}` : `start it with \`${start}\`` },
  );
}

/** Whether somebody answered that nobody listens there. */
function isRefused(error: unknown): boolean {
  const causes = [error, fieldOf(error, "cause")].flatMap((one) => [one, ...[fieldOf(one, "errors")].flat()]);
  return causes.some((one) => typeof one === "object" && one !== null && (one as { readonly code?: unknown }).code === "ECONNREFUSED");
}

/** What to do about a model that is not there, once it is known which are. */
export function missingModel(
  error: ClawError<"MODEL_UNKNOWN">,
  id: string,
  endpoint: Endpoint,
  provider: string,
  ids: readonly string[],
): ClawError<"MODEL_UNKNOWN"> {
  const suggestions = nearest(id, ids).map((one) => addressIn(provider, endpoint, one));
  const hint = suggestions[0] === undefined ? "" : `; did you mean ${suggestions[0]}?`;
  const pull = endpoint.preset?.server === "ollama" ? `ollama pull ${id}` : undefined;
  const fix = pull ?? (suggestions[0] === undefined ? error.fix : `--model ${suggestions[0]}`);
  return new ClawError(
    "MODEL_UNKNOWN",
    `${error.message}${hint}`,
    { ...error.data, suggestions },
    { cause: error, retryable: error.retryable, ...(fix === undefined ? {} : { fix }) },
  );
}

const addressIn = (provider: string, { name }: Endpoint, id: string): string => (provider === name ? `${provider}/${id}` : `${provider}/${name}/${id}`);

/** Ids that are like a name, at most three, best first: nearly the same, or begun by it. */
export function nearest(name: string, ids: readonly string[]): readonly string[] {
  const wanted = name.toLowerCase().slice(0, 128);
  const scored = ids.map((id) => {
    const other = id.toLowerCase().slice(0, 128);
    const distance = editDistance(wanted, other) / Math.max(wanted.length, other.length, 1);
    return { id, score: other.startsWith(wanted) || wanted.startsWith(other) ? Math.min(distance, 0.2) : distance };
  });
  return scored
    .filter(({ score }) => score <= 0.4)
    .sort((a, b) => a.score - b.score)
    .slice(0, 3)
    .map(({ id }) => id);
}
