import { no, ok, user, type Probe } from "./probe.ts";

/** Longer than the shortest beginning that vendors keep, which is 4096 tokens for some models. */
const prefixTokens = 5_000;
const line = (at: number): string => `${at}. The clerk of drawer ${at} keeps the letters of street ${(at * 37) % 101}.\n`;
const prefix = Array.from({ length: 280 }, (_, at) => line(at + 1)).join("");

/** The same long beginning twice, with another question each. */
export const cache: Probe = {
  name: "prompt cache",
  requests: () => 2,
  inputTokens: 2 * prefixTokens,
  claim: ({ caching }) => (caching === undefined ? undefined : true),
  fact: "caching",
  async run({ ask }) {
    const system = [{ type: "text" as const, text: prefix }];
    await ask({ system, messages: [user("Reply with the one word: ready")] });
    const { usage } = await ask({ system, messages: [user("Reply with the one word: steady")] });
    if (usage === undefined) return { result: "failed", reason: "no tokens were reported" };
    return (usage.cacheReadTokens ?? 0) > 0 ? ok : no("nothing was read from a cache the second time");
  },
};
