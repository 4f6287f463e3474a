import { ClawError, type ModelEvent, type ModelRequest, type PrefixRecord, type Usage } from "@claw/kernel";
import { expect, test } from "vitest";
import { end, heard, info, never, request, router, says, scripted, slotOf, text } from "./fakes.ts";

const alpha = [info("alpha")];
const busy = new ClawError("MODEL_OVERLOADED", "one is busy", {}, { retryable: true });
const counted = (inputTokens: number, more: Partial<Usage> = {}): ModelEvent => ({ type: "usage", usage: { inputTokens, outputTokens: 1, ...more } });
const asked: ModelRequest = { ...request, session: "s", messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }] };
const kinds = (events: readonly ModelEvent[]): readonly string[] => events.map(({ type }) => type);
const records = (events: readonly ModelEvent[]): readonly PrefixRecord[] => events.flatMap((event) => (event.type === "prefix" ? [event.prefix] : []));

test("the record comes after the first usage that counts anything, with its tokens, and only once", async () => {
  const provider = scripted(
    alpha,
    says([counted(0), counted(3, { cacheReadTokens: 40, cacheWriteTokens: 500 }), text("hi"), counted(3, { cacheReadTokens: 41 }), end]),
  );
  const { events } = await heard(router(slotOf({ one: provider })).models.stream(asked, never));
  expect(kinds(events)).toEqual(["usage", "usage", "prefix", "text-delta", "usage", "end"]);
  expect(records(events)).toMatchObject([{ model: "one/alpha", tokens: 543, shares: { person: 36 } }]);
});

test("without any usage it comes before the end, and counts no tokens", async () => {
  const { events } = await heard(router(slotOf({ one: scripted(alpha, says([text("hi"), end])) })).models.stream(asked, never));
  expect(kinds(events)).toEqual(["text-delta", "prefix", "end"]);
  expect(records(events)[0]).not.toHaveProperty("tokens");
});

test("a request of no session has none, and no provider sees what is only for the record", async () => {
  const provider = scripted(alpha, says([counted(1), end]), says([counted(1), end]));
  const { models } = router(slotOf({ one: provider }));
  const { session: _session, ...plain } = asked;
  const { events } = await heard(models.stream(plain, never));
  expect(kinds(events)).toEqual(["usage", "end"]);
  const [before] = records((await heard(router(slotOf({ one: scripted(alpha, says([end])) })).models.stream(asked, never))).events);
  if (before === undefined) throw new Error("there is no record");
  await heard(models.stream({ ...asked, before, rewrittenBy: "acme/x" }, never));
  expect(provider.asked).toEqual([
    { ...plain, model: "alpha" },
    { ...asked, model: "alpha" },
  ]);
});

test("a retry voids it and it comes again; a model that takes over has one with its own address", async () => {
  const one = scripted(alpha, says([counted(5)], busy), says([counted(5)], busy));
  const two = scripted([info("beta")], says([counted(7), text("hi"), end]));
  const { models } = router(slotOf({ one, two }), { retries: 1, fallback: ["two/beta"] });
  const { events } = await heard(models.stream(asked, never));
  expect(kinds(events)).toEqual(["usage", "prefix", "retry", "usage", "prefix", "retry", "usage", "prefix", "text-delta", "end"]);
  expect(records(events).map(({ model, tokens }) => [model, tokens])).toEqual([
    ["one/alpha", 5],
    ["one/alpha", 5],
    ["two/beta", 7],
  ]);
});

test("the next request expects what the last usage counted, and a new process what the record says", async () => {
  const script = () => scripted(alpha, says([counted(10, { cacheWriteTokens: 90 }), counted(11, { cacheWriteTokens: 90 }), end]), says([counted(1), end]));
  const { models } = router(slotOf({ one: script() }));
  const [before] = records((await heard(models.stream(asked, never))).events);
  if (before === undefined) throw new Error("there is no record");
  const next = {
    ...asked,
    before,
    messages: [...asked.messages, { role: "assistant" as const, content: [{ type: "text" as const, text: "hi" }] }, ...asked.messages],
  };
  const expectedIn = async (stream: AsyncIterable<ModelEvent>) =>
    records((await heard(stream)).events).map((record) => [record.expectedReadTokens, record.broken]);
  expect(await expectedIn(models.stream(next, never))).toEqual([[101, undefined]]);
  expect(await expectedIn(router(slotOf({ one: script() })).models.stream(next, never))).toEqual([[100, undefined]]);
});

test("whoever stops reading lets go of the provider", async () => {
  let closed = false;
  const provider = scripted(alpha, async function* () {
    try {
      yield counted(1);
      yield text("hi");
    } finally {
      closed = true;
    }
  });
  for await (const event of router(slotOf({ one: provider })).models.stream(asked, never)) if (event.type === "prefix") break;
  expect(closed).toBe(true);
});
