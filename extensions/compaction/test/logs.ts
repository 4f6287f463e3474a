import type { ContentBlock, EntryBody, LogEntry, Usage } from "@claw/kernel";
import fc from "fast-check";

/** Logs for tests: entries in order, numbered from 0. */
export const logOf = (...bodies: readonly EntryBody[]): readonly LogEntry[] => bodies.map((body, seq) => ({ ...body, seq, at: "2026-11-22T08:00:00.000Z" }));

export const text = (value: string): ContentBlock => ({ type: "text", text: value });
export const prompt = (value: string): EntryBody => ({ type: "prompt", content: [text(value)], source: "person" });
export const note = (value: string): EntryBody => ({ type: "note", text: value, author: "test" });
export const reply = (value: string, calls: readonly string[] = [], usage?: Usage): EntryBody => ({
  type: "reply",
  model: "fake/scripted",
  ms: 1,
  content: [text(value), ...calls.map((id): ContentBlock => ({ type: "tool-call", id, name: "bash", input: { command: value } }))],
  ...(usage === undefined ? {} : { usage }),
});
export const result = (call: string, value: string): EntryBody => ({ type: "tool-result", call, tool: "bash", content: [text(value)], outcome: "ok", ms: 1 });
export const judged = (call: string): EntryBody => ({ type: "judged", call, tool: "bash", input: {}, verdict: "allow", opinions: [] });

const words = fc.string({ maxLength: 400 });
const id = fc.constantFrom("a", "b", "c", "d", "e");
const usage = fc.record({ inputTokens: fc.nat(100_000), outputTokens: fc.nat(5_000) });

/** Any entries in any order: results without calls, calls without results, the same id twice, replies cut off. */
const anyEntry: fc.Arbitrary<EntryBody> = fc.oneof(
  words.map(prompt),
  words.map(note),
  fc.tuple(words, fc.array(id, { maxLength: 3 }), fc.option(usage, { nil: undefined })).map(([value, calls, used]) => reply(value, calls, used)),
  fc
    .tuple(words, fc.array(id, { maxLength: 2 }))
    .map(([value, calls]): EntryBody => ({ ...(reply(value, calls) as EntryBody & { readonly type: "reply" }), partial: true })),
  fc.tuple(id, words).map(([call, value]) => result(call, value)),
  id.map(judged),
  fc.constant<EntryBody>({ type: "changed", key: "title", value: "x", author: "test" }),
  fc.constant<EntryBody>({ type: "turn-end", reason: "done" }),
);
export const anyLog = fc.array(anyEntry, { maxLength: 40 }).map((bodies) => logOf(...bodies));

/** A log as the turn engine writes it: every call answered in order, ids never used twice. */
export const properLog = fc
  .array(fc.tuple(words, fc.array(fc.tuple(words, fc.array(words, { maxLength: 3 })), { maxLength: 3 }), words), { maxLength: 6 })
  .map((turns) => {
    let count = 0;
    return logOf(
      ...turns.flatMap(([asked, steps, answer]) => [
        prompt(asked),
        ...steps.flatMap(([said, results]) => {
          const ids = results.map(() => `call_${(count += 1)}`);
          return [reply(said, ids), ...results.flatMap((value, index) => [judged(ids[index] ?? ""), result(ids[index] ?? "", value)])];
        }),
        reply(answer),
        { type: "turn-end", reason: "done" } as const,
      ]),
    );
  });
