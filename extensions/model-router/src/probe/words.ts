import { judged, no, ok, quoted, user, type Probe } from "./probe.ts";

export const text: Probe = {
  name: "text",
  requests: () => 1,
  claim: () => true,
  async run({ ask }) {
    const heard = await ask({ messages: [user("Reply with the one word: pong")] });
    return judged(/pong/i.test(heard.text), heard, `it answered ${quoted(heard.text)}`);
  },
};

export const streaming: Probe = {
  name: "streaming",
  requests: () => 1,
  claim: () => true,
  async run({ ask }) {
    const heard = await ask({ messages: [user("Write the numbers from 1 to 60, separated by spaces, and nothing else.")] });
    return judged(heard.pieces > 1, heard, "the answer came in one piece");
  },
};

export const stopText: Probe = {
  name: "stop text",
  requests: () => 1,
  async run({ ask }) {
    const heard = await ask({ stop: ["FIVE"], messages: [user("Write ONE TWO THREE FOUR FIVE SIX SEVEN, and nothing else.")] });
    if (heard.text.includes("FIVE")) return no("it went on past the text that ends it");
    return judged(heard.text.includes("FOUR"), heard, `it answered ${quoted(heard.text)}`);
  },
};

/** Asks nothing itself: all that was asked before counts. */
export const usageReported: Probe = {
  name: "usage",
  requests: () => 0,
  claim: () => true,
  async run({ heard }) {
    const counted = heard.filter(
      ({ usage }) => usage !== undefined && usage.outputTokens > 0 && usage.inputTokens + (usage.cacheReadTokens ?? 0) + (usage.cacheWriteTokens ?? 0) > 0,
    );
    if (heard.length === 0) return { result: "failed", reason: "nothing was answered" };
    return counted.length === heard.length ? ok : no(`${heard.length - counted.length} of ${heard.length} replies came without their tokens`);
  },
};
