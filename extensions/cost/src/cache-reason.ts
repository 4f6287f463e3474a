import type { PrefixBreak } from "@claw/kernel";
import { type Charge, tokensOf } from "./charges.ts";

/** Caches keep whole blocks of tokens: so much less than expected is no miss. */
const blockTokens = 128;

/** Why a request read less from the cache than it might have; undefined when it did not. `before` is the request before it. */
export function cacheReason(charge: Charge, before: Charge | undefined): string | undefined {
  const { broken, expectedReadTokens: expected } = charge.prefix ?? {};
  if (charge.kind !== "reply") return undefined;
  if (broken !== undefined) return brokenReason(broken);
  if (expected === undefined || charge.tokens === undefined || !isMissed(charge.tokens.read, expected)) return undefined;
  const held = before === undefined || tokensOf(before).read + tokensOf(before).write > 0;
  const what = held ? "the cache had expired or was evicted" : "no cache is known to have held the request before";
  return `nothing changed: ${what}${before === undefined ? "" : ` (${idleTime(charge, before)} since the last request)`}`;
}

function brokenReason({ segment, byte, at, by }: PrefixBreak): string {
  if (segment === "model") return `the model changed, by ${by}`;
  if (byte === undefined) return `${segment} changed, by ${by}; at which byte is not known`;
  return `${segment} changed from byte ${byte} on${at === undefined ? "" : ` (${at})`}, by ${by}`;
}

const isMissed = (read: number, expected: number): boolean => expected > 0 && (read === 0 || (expected - read > blockTokens && read < expected * 0.9));

/** From the end of one reply to the beginning of the next request. */
function idleTime(charge: Charge, before: Charge): string {
  const minutes = Math.floor((Date.parse(charge.at) - charge.ms - Date.parse(before.at)) / 60_000);
  if (!(minutes >= 1)) return "less than a minute";
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}
