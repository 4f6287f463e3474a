import { ClawError } from "@claw/kernel";
import { objectOfJson, redacted } from "@claw/kernel/kit";
import type { Token } from "./token-cache.ts";

const provider = "foundry";

/** What was asked for a token, for messages, and what may not stand in them. */
export interface TokenSource {
  readonly name: string;
  readonly secrets: readonly string[];
  readonly fix: string;
}

/** The token of an answer; `expires_on` is seconds since 1970 or a date, `expires_in` seconds from now. */
export function tokenOf(status: number, body: string, nowMs: number, source: TokenSource): Token {
  const fields = objectOfJson(body);
  const value = fields?.["access_token"] ?? fields?.["accessToken"];
  if (status !== 200 || !isToken(value)) throw tokenFailure(status, status === 200 ? "" : body, source);
  return { value, expiresAt: endOf(fields ?? {}, nowMs) };
}

/** Whether a header can carry it. */
const isToken = (value: unknown): value is string => typeof value === "string" && /^[\x21-\x7e]+$/.test(value);

/** Of a token that does not say how long it counts, nothing is taken for granted: it is asked for again the next time. */
function endOf(fields: Readonly<Record<string, unknown>>, nowMs: number): number {
  const at = fields["expires_on"] ?? fields["expiresOn"];
  const seconds = Number(at);
  if (Number.isFinite(seconds) && seconds > 0) return seconds * 1000;
  const date = typeof at === "string" ? Date.parse(at) : Number.NaN;
  if (!Number.isNaN(date)) return date;
  const left = Number(fields["expires_in"]);
  return Number.isFinite(left) && left > 0 ? nowMs + left * 1000 : nowMs;
}

/** Why there is no token, in the words of who was asked, without what they repeat of the request. */
export function tokenFailure(status: number, body: string, { name, secrets, fix }: TokenSource): ClawError {
  const fields = objectOfJson(body);
  const said = [fields?.["error_description"], fields?.["message"], fields?.["error"]].find((text) => typeof text === "string" && text !== "");
  const text = redacted(String(said ?? ""), secrets)
    .replaceAll(/\s+/g, " ")
    .replace(/ Trace ID:.*$/, "")
    .slice(0, 300)
    .replace(/[.\s]+$/, "");
  const message = `${name} gave no token (${status})${text === "" ? "" : `: ${text}`}`;
  if (status === 429) return new ClawError("MODEL_RATE_LIMITED", message, { provider, status }, { retryable: true });
  if (status >= 500) return new ClawError("MODEL_UNAVAILABLE", message, { provider, status }, { retryable: true });
  return new ClawError("MODEL_AUTH", message, { provider, status }, { fix });
}
