import type { ModelEvent, ModelRequest, Models, PrefixRecord, TurnEvent } from "@claw/kernel";
import { testKernel } from "@claw/testing";
import { expect, test } from "vitest";

const long = "a text that is long enough to be worth a summary, ".repeat(4);
const record = (tokens: number): PrefixRecord => ({
  model: "fake/m",
  segments: [{ name: "history", bytes: tokens, fingerprint: String(tokens), messages: 1 }],
  shares: { person: tokens },
  tokens,
});
const prefix = (tokens: number): ModelEvent => ({ type: "prefix", prefix: record(tokens) });
const text: ModelEvent = { type: "text-delta", text: long };
const end: ModelEvent = { type: "end", reason: "stop" };
const retry: ModelEvent = { type: "retry", attempt: 1, attempts: 2, delayMs: 0, code: "MODEL_STREAM_CUT", message: "cut" };
const usage = (inputTokens: number): ModelEvent => ({ type: "usage", usage: { inputTokens, outputTokens: 1 } });

/** The service `models` from a script of streams; an error in one is thrown. */
function scripted(...streams: readonly (readonly (ModelEvent | Error)[])[]): { readonly models: Models; readonly requests: readonly ModelRequest[] } {
  const model = { address: "fake/m", info: { id: "m", contextWindow: 10_000, tools: true, reasoning: false } };
  const requests: ModelRequest[] = [];
  return {
    requests,
    models: {
      resolve: async () => model,
      list: async () => [model],
      async *stream(request) {
        for (const event of streams[requests.push(request) - 1] ?? []) {
          if (event instanceof Error) throw event;
          yield event;
        }
      },
    },
  };
}

const replies = (events: readonly TurnEvent[]) => events.flatMap((event) => (event.type === "reply" ? [event] : []));

test("a session's request carries the record of the one before it, and the log has it, also after a resume and in a fork", async () => {
  const { models, requests } = scripted([text, prefix(1), end], [prefix(2), text, end], [text, end], [text, end], [text, end]);
  await using claw = await testKernel({ services: { models } });
  const session = await claw.open();
  expect(replies(await claw.prompt(session, "one"))).toMatchObject([{ prefix: record(1) }]);
  expect(replies(await claw.prompt(session, "two"))).toMatchObject([{ prefix: record(2) }]);
  // A reply without a record leaves the last one standing.
  expect(replies(await claw.prompt(session, "three"))[0]).not.toHaveProperty("prefix");
  await claw.kernel.client.close(session);
  await claw.prompt(await claw.open({ resume: session }), "four");
  await claw.kernel.client.close(session);
  await claw.prompt(await claw.open({ resume: session, fork: 3 }), "five");
  expect(requests.map(({ before, rewrittenBy }) => [before, rewrittenBy])).toEqual([
    [undefined, undefined],
    [record(1), undefined],
    [record(2), undefined],
    [record(2), undefined],
    [record(1), undefined],
  ]);
});

test("a request after a compaction says who has rewritten the history, until the next reply", async () => {
  const { models, requests } = scripted([text, prefix(1), end], [text, prefix(2), end], [text, end]);
  let begun = false;
  const compactor = { due: () => begun, compact: async () => ({ summary: "before", through: 2, tokensBefore: 200, tokensAfter: 10 }) };
  await using claw = await testKernel({ services: { models, compactor } });
  const session = await claw.open();
  await claw.prompt(session, long);
  begun = true;
  await claw.prompt(session, "go");
  begun = false;
  await claw.prompt(session, "on");
  expect(requests.map(({ before, rewrittenBy }) => [before?.tokens, rewrittenBy])).toEqual([
    [undefined, undefined],
    [1, "compactor"],
    [2, undefined],
  ]);
});

test("a reply that is cut off keeps the record of its request", async () => {
  const { models, requests } = scripted([prefix(1), text, new Error("cut")], [text, end]);
  await using claw = await testKernel({ services: { models } });
  const session = await claw.open();
  const seen: TurnEvent[] = [];
  await claw.prompt(session, "one", undefined, seen).catch(() => undefined);
  expect(replies(seen)).toMatchObject([{ partial: true, prefix: record(1) }]);
  await claw.prompt(session, "two");
  expect(requests[1]?.before).toEqual(record(1));
});

test("a retry voids the record of what it voids", async () => {
  const { models } = scripted([prefix(1), text, retry, text, new Error("cut")]);
  await using claw = await testKernel({ services: { models } });
  const seen: TurnEvent[] = [];
  await claw.prompt(await claw.open(), "one", undefined, seen).catch(() => undefined);
  expect(replies(seen).map((reply) => [reply.partial, reply.prefix])).toEqual([[true, undefined]]);
});

test("a record that cannot be written down is left out, and the session goes on", async () => {
  const bad = { type: "prefix", prefix: { ...record(1), shares: { person: 1n } } } as unknown as ModelEvent;
  const { models } = scripted([text, bad, end], [text, end]);
  await using claw = await testKernel({ services: { models } });
  const session = await claw.open();
  expect(replies(await claw.prompt(session, "one")).map((reply) => reply.prefix)).toEqual([undefined]);
  expect((await claw.prompt(session, "two")).at(-1)).toMatchObject({ type: "turn-end", reason: "done" });
});

test("what a request cost that came to nothing at all is logged too", async () => {
  const { models } = scripted([usage(100), retry, usage(200), new Error("cut")]);
  await using claw = await testKernel({ services: { models } });
  const seen: TurnEvent[] = [];
  await claw.prompt(await claw.open(), "one", undefined, seen).catch(() => undefined);
  expect(replies(seen)).toMatchObject([{ partial: true, content: [], usage: { inputTokens: 200 }, wasted: { inputTokens: 100 } }]);
});
