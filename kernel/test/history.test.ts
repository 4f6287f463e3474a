import type { ContentBlock, LogEntry, Message } from "@claw/kernel";
import { history } from "@claw/kernel/host";
import fc from "fast-check";
import { expect, test } from "vitest";
import { History } from "../src/turn/history.ts";

const text = (value: string): ContentBlock => ({ type: "text", text: value });
const ids = fc.constantFrom("a", "b", "c", "d");
const block: fc.Arbitrary<ContentBlock> = fc.oneof(
  fc.constantFrom("", " ", "hello", "more").map(text),
  fc.record({ type: fc.constant("reasoning" as const), text: fc.string(), luggage: fc.constant({ anthropic: { signature: "s" } }) }),
  ids.map((id) => ({ type: "tool-call" as const, id, name: "read_file", input: {} })),
  fc.constant({ type: "unknown" as const, luggage: { anthropic: { type: "server_tool_use" } } }),
);
const body = fc.oneof(
  fc.record({
    type: fc.constant("prompt" as const),
    content: fc.array(fc.constantFrom("", "do it", "again").map(text), { maxLength: 3 }),
    source: fc.constant("person" as const),
  }),
  fc.record({
    type: fc.constant("reply" as const),
    content: fc.array(block, { maxLength: 5 }),
    model: fc.constant("fake/m"),
    ms: fc.constant(1),
    partial: fc.boolean(),
  }),
  fc.record({
    type: fc.constant("tool-result" as const),
    call: ids,
    tool: fc.constant("read_file"),
    content: fc.array(fc.constantFrom("", "3").map(text), { maxLength: 2 }),
    outcome: fc.constantFrom("ok" as const, "failed" as const, "denied" as const, "aborted" as const),
    ms: fc.constant(1),
  }),
  fc.record({ type: fc.constant("note" as const), text: fc.constantFrom("", "go on"), author: fc.constant("x") }),
  fc.record({
    type: fc.constant("compacted" as const),
    through: fc.integer({ min: -5, max: 40 }),
    summary: fc.constant("what went before"),
    trigger: fc.constant("auto" as const),
    tokensBefore: fc.constant(9),
    tokensAfter: fc.constant(1),
  }),
  fc.record({ type: fc.constant("turn-end" as const), reason: fc.constantFrom("done" as const, "aborted" as const) }),
  fc.constant({ type: "of-a-later-version", more: 1 } as never),
);
const log = fc.array(body, { maxLength: 40 }).map((bodies): readonly LogEntry[] => bodies.map((one, seq) => ({ seq, at: "2026-11-22T08:00:00.000Z", ...one })));

/** What every provider asks of a history. */
function isAcceptable(messages: readonly Message[]): void {
  const calls = new Set<string>();
  for (const [index, message] of messages.entries()) {
    expect(message.role).toBe(index % 2 === 0 ? "user" : "assistant");
    expect(message.content.length).toBeGreaterThan(0);
    expect(message.content.some((one) => one.type === "text" && one.text.trim() === "")).toBe(false);
    const made = message.content.flatMap((one) => (one.type === "tool-call" ? [one.id] : []));
    for (const id of made) {
      expect(calls.has(id)).toBe(false);
      calls.add(id);
    }
    if (message.role === "assistant") {
      const next = messages[index + 1]?.content ?? [];
      const answered = next.flatMap((one) => (one.type === "tool-result" ? [one.call] : []));
      expect([...answered].sort()).toEqual([...made].sort());
      // Answers come before anything else in their message.
      expect(next.slice(0, answered.length).every((one) => one.type === "tool-result")).toBe(true);
    } else if (index === 0) {
      expect(message.content.some((one) => one.type === "tool-result")).toBe(false);
    }
  }
}

test("any prefix of any log folds to a history that a provider accepts", () => {
  fc.assert(
    fc.property(log, (entries) => {
      for (let cut = 0; cut <= entries.length; cut += 1) isAcceptable(history(entries.slice(0, cut)));
    }),
    { numRuns: 400 },
  );
});

test("messages that are done keep their identity while a log grows, so that their encoding can be kept", () => {
  fc.assert(
    fc.property(log, (entries) => {
      const fold = new History();
      let before: readonly Message[] = [];
      for (const entry of entries) {
        fold.push(entry);
        const now = fold.messages();
        // Only a compaction, or what touches the end, may replace a message.
        if (entry.type !== "compacted") expect(before.slice(0, -2).every((message, index) => now[index] === message)).toBe(true);
        before = now;
      }
      expect(fold.messages()).toEqual(history(entries));
    }),
    { numRuns: 100 },
  );
});

test("an unanswered call is answered with interrupted", () => {
  const entries = [
    { type: "prompt", content: [text("go")], source: "person" },
    { type: "reply", content: [{ type: "tool-call", id: "a", name: "bash", input: {} }], model: "m", ms: 1 },
    { type: "prompt", content: [text("and now?")], source: "person" },
  ].map((one, seq) => ({ seq, at: "", ...one })) as readonly LogEntry[];
  expect(history(entries).at(-1)).toEqual({
    role: "user",
    content: [
      {
        type: "tool-result",
        call: "a",
        failed: true,
        content: [text("interrupted: this call was cut off before it had a result; it may or may not have run")],
      },
      text("and now?"),
    ],
  });
});

test("a partial reply keeps its text and loses its calls", () => {
  const entries = [
    { type: "prompt", content: [text("go")], source: "person" },
    { type: "reply", content: [text("I will"), { type: "tool-call", id: "a", name: "bash", input: {} }], model: "m", ms: 1, partial: true },
  ].map((one, seq) => ({ seq, at: "", ...one })) as readonly LogEntry[];
  expect(history(entries).at(-1)).toEqual({ role: "assistant", content: [text("I will")] });
});

test("a compaction takes the thoughts from the replies that stay: a vendor may have bound them to what was summed up", () => {
  const at = "2026-01-01T00:00:00.000Z";
  const thought: ContentBlock = { type: "reasoning", text: "hm", luggage: { anthropic: { signature: "s" } } };
  const entries: readonly LogEntry[] = [
    { type: "prompt", content: [text("one")], source: "person", seq: 0, at },
    { type: "reply", content: [thought, text("first")], model: "m", ms: 1, seq: 1, at },
    { type: "prompt", content: [text("two")], source: "person", seq: 2, at },
    { type: "reply", content: [thought, text("second")], model: "m", ms: 1, seq: 3, at },
    { type: "compacted", through: 1, summary: "what was", trigger: "auto", tokensBefore: 9, tokensAfter: 1, seq: 4, at },
    { type: "prompt", content: [text("three")], source: "person", seq: 5, at },
    { type: "reply", content: [thought, text("third")], model: "m", ms: 1, seq: 6, at },
  ];
  expect(history(entries.slice(0, 4))[3]?.content).toEqual([thought, text("second")]);
  expect(history(entries).map(({ content }) => content)).toEqual([
    [text("what was"), text("two")],
    [text("second")],
    [text("three")],
    [thought, text("third")],
  ]);
});
