import { createHash } from "node:crypto";
import type { Judgement } from "@claw/kernel";

const mostEntries = 1_024;
const lifetimeMs = 60 * 60 * 1000;

/** A key that differs when any part does: parts cannot run into one another. */
export function cacheKey(parts: Readonly<Record<string, string>>): string {
  const hash = createHash("sha256");
  for (const name of Object.keys(parts).sort()) hash.update(`${JSON.stringify([name, parts[name]])}\n`);
  return hash.digest("hex");
}

/** What was decided, for an hour. A question is never kept: whoever is asked again may answer otherwise. */
export interface DecisionCache {
  get(key: string): Judgement | undefined;
  keep(key: string, judgement: Judgement): void;
}

export function decisionCache(now: () => number): DecisionCache {
  /** The one used last at the end. */
  const entries = new Map<string, { readonly judgement: Judgement; readonly until: number }>();
  return {
    get(key) {
      const found = entries.get(key);
      if (found === undefined) return undefined;
      entries.delete(key);
      if (found.until <= now()) return undefined;
      entries.set(key, found);
      return found.judgement;
    },
    keep(key, judgement) {
      if (judgement.decision === "ask") return;
      entries.delete(key);
      entries.set(key, { judgement, until: now() + lifetimeMs });
      const [oldest] = entries.keys();
      if (entries.size > mostEntries && oldest !== undefined) entries.delete(oldest);
    },
  };
}
