import { expect } from "vitest";
import type { SentRequest } from "../wire/reply.ts";

/** What any provider accepts: turns alternate and begin with the person's, and each call is answered in the next turn, once. */
export function expectValid(request: SentRequest | undefined): void {
  const turns = request?.turns ?? [];
  expect(turns.map(({ role }) => role)).toEqual(turns.map((_turn, index) => (index % 2 === 0 ? "user" : "assistant")));
  expect(turns.length % 2).toBe(1);
  for (const [index, { blocks }] of turns.entries()) {
    const calls = blocks.flatMap((block) => (block.type === "tool-call" ? [block.id] : []));
    const answers = (turns[index + 1]?.blocks ?? []).flatMap((block) => (block.type === "tool-result" ? [block.call] : []));
    expect(answers).toEqual(calls);
  }
}

/** All that was said in a request, by turn. */
export const textsOf = (request: SentRequest | undefined): readonly (readonly string[])[] =>
  (request?.turns ?? []).map(({ blocks }) =>
    blocks.flatMap((block) =>
      block.type === "text" ? [block.text] : block.type === "tool-result" ? block.blocks.flatMap((one) => (one.type === "text" ? [one.text] : [])) : [],
    ),
  );
