import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ModelEvent } from "../src/contracts/model.ts";
import { ClawError } from "../src/errors.ts";
import { isModelEvent } from "../kit/model-event.ts";
import { sseBatches } from "../kit/sse.ts";
import { ResponsesDecoder } from "../kit/wire-openai/responses-decode.ts";
import { responsesRuns } from "../kit/wire-openai/responses-run.ts";
import { inPieces } from "./byte-pieces.ts";

const context = { provider: "somebody", model: "m", now: () => new Date(0), secrets: [] };
type Event = { readonly type: string } & Readonly<Record<string, unknown>>;

const added = (output_index: number, item: object): Event => ({ type: "response.output_item.added", output_index, item });
const closed = (output_index: number, item: object): Event => ({ type: "response.output_item.done", output_index, item });
const message = (content: readonly object[] = [], more: object = {}): object => ({ id: "msg", type: "message", role: "assistant", content, ...more });
const thought = (more: object = {}): object => ({ id: "rs", type: "reasoning", summary: [], ...more });
const call = (more: object = {}): object => ({ id: "fc", type: "function_call", ...more });
const said = (output_index: number, delta: string): Event => ({ type: "response.output_text.delta", item_id: "msg", output_index, content_index: 0, delta });
const summary = (output_index: number, delta: string, summary_index = 0): Event => ({
  type: "response.reasoning_summary_text.delta",
  item_id: "rs",
  output_index,
  summary_index,
  delta,
});
const args = (output_index: number, delta: string): Event => ({ type: "response.function_call_arguments.delta", item_id: "fc", output_index, delta });
const completed = (response: object = {}): Event => ({ type: "response.completed", response: { status: "completed", output: [], ...response } });
const framesOf = (events: readonly Event[]): string =>
  events.map(({ type, ...event }, index) => `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: index, ...event })}\n\n`).join("");

async function decode(body: string, cuts: readonly number[] = [], runs: RegExp | undefined = responsesRuns()): Promise<ModelEvent[]> {
  const decoder = new ResponsesDecoder(context, "req_1");
  const events: ModelEvent[] = [];
  for await (const batch of sseBatches(inPieces(Buffer.from(body), cuts), runs)) events.push(...decoder.push(batch));
  const cut = decoder.cut();
  if (cut !== undefined) throw cut;
  return events;
}

/** Deltas joined, so that events compare whatever reads they came in. */
function joined(events: readonly ModelEvent[]): readonly ModelEvent[] {
  const list: ModelEvent[] = [];
  for (const event of events) {
    const last = list.at(-1);
    if ((event.type === "text-delta" || event.type === "reasoning-delta") && last?.type === event.type)
      list.splice(-1, 1, { type: event.type, text: last.text + event.text });
    else list.push(event);
  }
  return list;
}

const replyOf = (...events: readonly Event[]): Promise<ModelEvent[]> => decode(framesOf(events));
const end = (reason: string): object => ({ type: "end", reason, requestId: "req_1" });
const text = (value: string): object => ({ type: "text-delta", text: value });
const reasoning = (value: string): object => ({ type: "reasoning-delta", text: value });
const block = (value: object): object => ({ type: "block", block: value });
const failureOf = async (...events: readonly Event[]): Promise<unknown> => {
  const failure = await replyOf(...events).catch((error: unknown) => error);
  return ClawError.is(failure) ? [failure.code, failure.message, failure.retryable] : failure;
};
const senseless = (what: string): unknown => ["MODEL_STREAM_INVALID", `somebody sent a stream that makes no sense: ${what}`, true];

describe("a Responses stream", () => {
  test("gives the deltas of one read as one, and counts what was read from the cache and written to it apart", async () => {
    const usage = {
      input_tokens: 20,
      input_tokens_details: { cached_tokens: 6, cache_write_tokens: 4 },
      output_tokens: 9,
      output_tokens_details: { reasoning_tokens: 5 },
    };
    expect(await replyOf(added(0, message()), said(0, "a"), said(0, 'b"\n'), said(0, "€"), closed(0, message()), completed({ usage }))).toEqual([
      text('ab"\n€'),
      { type: "usage", usage: { inputTokens: 10, outputTokens: 9, cacheReadTokens: 6, cacheWriteTokens: 4, reasoningTokens: 5 } },
      end("stop"),
    ]);
  });

  test("keeps thinking whole, its parts apart", async () => {
    const parts = [
      { type: "summary_text", text: "one" },
      { type: "summary_text", text: "two" },
    ];
    const item = thought({ summary: parts, encrypted_content: "enc==", status: "completed" });
    expect(
      await replyOf(added(0, thought({ encrypted_content: "early" })), summary(0, "on"), summary(0, "e"), summary(0, "two", 1), closed(0, item), completed()),
    ).toEqual([
      reasoning("one\n\ntwo"),
      block({ type: "reasoning", text: "one\n\ntwo", luggage: { somebody: { id: "rs", summary: parts, encrypted_content: "enc==", model: "m" } } }),
      end("stop"),
    ]);
  });

  test("keeps thinking that nobody is shown, and only shows what cannot go back", async () => {
    expect(await replyOf(added(0, thought()), closed(0, thought({ encrypted_content: "enc" })), completed())).toEqual([
      block({ type: "reasoning", text: "", luggage: { somebody: { id: "rs", summary: [], encrypted_content: "enc", model: "m" } } }),
      end("stop"),
    ]);
    const open: Event = { type: "response.reasoning_text.delta", item_id: "rs", output_index: 0, content_index: 0, delta: "hm" };
    expect(await replyOf(added(0, thought()), open, closed(0, thought({ encrypted_content: null })), completed())).toEqual([reasoning("hm"), end("stop")]);
  });

  test("keeps the phase of a message, and every other message beside it", async () => {
    expect(
      await replyOf(
        added(0, message()),
        said(0, "plain"),
        closed(0, message()),
        added(1, message()),
        said(1, "I look"),
        closed(1, message([], { phase: "commentary" })),
        added(2, message()),
        said(2, "done"),
        closed(2, message()),
        completed(),
      ),
    ).toEqual([
      text("plain"),
      block({ type: "text", text: "plain" }),
      text("I look"),
      block({ type: "text", text: "I look", luggage: { somebody: { phase: "commentary", model: "m" } } }),
      text("done"),
      end("stop"),
    ]);
  });

  test("takes who a call is from wherever it is said, and its arguments from its end", async () => {
    const whole = block({ type: "tool-call", id: "call_1", name: "f", input: { x: 1 } });
    expect(await replyOf(added(0, call()), args(0, '{"x":1}'), closed(0, call({ call_id: "call_1", name: "f" })), completed())).toEqual([
      whole,
      end("tool-calls"),
    ]);
    expect(
      await replyOf(
        added(0, call({ call_id: "call_1", name: "f" })),
        args(0, '{"x"'),
        closed(0, call({ call_id: null, name: "", arguments: '{"x":1}' })),
        completed(),
      ),
    ).toEqual([whole, end("tool-calls")]);
    expect(await replyOf(closed(0, call({ call_id: "call_1", name: "f", arguments: '{"x":1}' })), completed())).toEqual([whole, end("tool-calls")]);
    expect(await replyOf(added(0, call({ call_id: "call_1", name: "f" })), args(0, '{"x":1'), args(0, "}"), completed())).toEqual([whole, end("tool-calls")]);
  });

  test("lets items out in the order in which they began, however their deltas interleave", async () => {
    expect(
      await replyOf(
        added(0, message()),
        said(0, "1"),
        added(1, call({ call_id: "a", name: "f" })),
        args(1, "{}"),
        added(2, message()),
        said(2, "3"),
        said(0, "2"),
        closed(2, message()),
        closed(1, call()),
        said(0, "."),
        closed(0, message()),
        completed(),
      ),
    ).toEqual([text("12."), block({ type: "tool-call", id: "a", name: "f", input: {} }), text("3"), end("tool-calls")]);
  });

  test("takes what is said of an item only at its end, or only at the end of all", async () => {
    const item = message([
      { type: "output_text", text: "all" },
      { type: "refusal", refusal: "!" },
    ]);
    expect(await replyOf(closed(0, item), completed())).toEqual([text("all!"), end("refusal")]);
    expect(await replyOf(completed({ output: [thought({ summary: [{ text: "hm" }] }), item] }))).toEqual([reasoning("hm"), text("all!"), end("refusal")]);
    expect(await replyOf(added(0, message()), completed({ output: [item] }))).toEqual([text("all!"), end("refusal")]);
  });

  test("keeps items it does not know whole", async () => {
    const item = { type: "web_search_call", id: "ws", status: "completed", action: { query: "x" }, empty: null };
    expect(await replyOf(added(0, { type: "web_search_call", id: "ws", status: "in_progress" }), closed(0, item), completed())).toEqual([
      block({ type: "unknown", luggage: { somebody: { ...item, model: "m" } } }),
      end("stop"),
    ]);
  });

  test("ends with why it is incomplete, or with the refusal that it shows", async () => {
    const incomplete = (reason: string): Event => ({ type: "response.incomplete", response: { incomplete_details: { reason } } });
    const refused: Event = { type: "response.refusal.delta", item_id: "msg", output_index: 0, content_index: 0, delta: "I won't" };
    expect([
      (await replyOf(incomplete("max_output_tokens"))).at(-1),
      (await replyOf(incomplete("content_filter"))).at(-1),
      await replyOf(added(0, message()), refused, closed(0, message()), completed()),
    ]).toEqual([end("length"), end("refusal"), [text("I won't"), end("refusal")]]);
  });

  test("ignores new events, the other wire's end and what comes after its own", async () => {
    const body = `${framesOf([{ type: "keepalive" }, { type: "response.created", response: {} }, { type: "response.new.thing", output_index: "x" }, added(0, message()), said(0, "a")])}data: [DONE]\n\n${framesOf([closed(0, message()), completed()])}data: {oops\n\n`;
    expect(await decode(body)).toEqual([text("a"), end("stop")]);
  });

  test("needs no beginning of an item, nor the same words twice", async () => {
    expect(await replyOf(said(0, "a"), closed(0, message()), closed(0, message([{ text: "again" }])), completed())).toEqual([text("a"), end("stop")]);
    expect(
      await replyOf(added(0, message()), said(0, "a"), closed(0, message()), added(0, message()), said(0, "b"), closed(0, message()), completed()),
    ).toEqual([text("a"), block({ type: "text", text: "a" }), text("b"), end("stop")]);
  });
});

describe("a Responses stream that fails", () => {
  test.each<[string, Event, string]>([
    ["an error event", { type: "error", code: "rate_limit_exceeded", message: "slow down", param: null }, "MODEL_RATE_LIMITED"],
    [
      "an error event in the form of a response",
      { type: "error", error: { type: "server_error", code: "server_is_overloaded", message: "busy" } },
      "MODEL_OVERLOADED",
    ],
    [
      "a failed response",
      { type: "response.failed", response: { status: "failed", error: { code: "server_error", message: "it broke" } } },
      "MODEL_UNAVAILABLE",
    ],
    ["a prompt that is not allowed", { type: "response.failed", response: { error: { code: "invalid_prompt", message: "no" } } }, "MODEL_REFUSED"],
    [
      "a prompt that is too long",
      { type: "response.failed", response: { error: { code: "context_length_exceeded", message: "long" } } },
      "MODEL_CONTEXT_EXCEEDED",
    ],
    ["a failed response that does not say why", { type: "response.failed", response: { error: null } }, "MODEL_UNAVAILABLE"],
  ])("gives what came before, and says it: %s", async (_name, event, code) => {
    const decoder = new ResponsesDecoder(context, undefined);
    const events: ModelEvent[] = [];
    const reading = (async () => {
      for await (const batch of sseBatches(inPieces(Buffer.from(framesOf([added(0, message()), said(0, "half"), event])), []), responsesRuns()))
        for (const each of decoder.push(batch)) events.push(each);
    })();
    await expect(reading).rejects.toMatchObject({ code });
    expect(events).toEqual([text("half")]);
  });

  test("makes no sense", async () => {
    expect(await failureOf(added(0, message()), closed(0, message()), said(0, "x"))).toEqual(senseless("item 0 goes on after its end"));
    expect(await failureOf({ type: "response.output_item.added", item: message() })).toEqual(senseless("an item has the index undefined"));
    expect(await failureOf(...Array.from({ length: 4097 }, (_, index) => added(index, message())))).toEqual(senseless("the reply has over 4096 items"));
    const long = "x".repeat(9 * 1024 * 1024);
    const body = framesOf([args(0, long)]);
    await expect(decode(body + body, [body.length])).rejects.toMatchObject({
      code: "MODEL_STREAM_INVALID",
      message: expect.stringContaining("an item is over 16777216 characters"),
    });
  });

  test("was cut when it ends before it is completed", async () => {
    expect(await failureOf(added(0, message()), said(0, "a"), closed(0, message()))).toEqual([
      "MODEL_STREAM_CUT",
      "somebody ended the stream before the reply was whole",
      true,
    ]);
  });
});

describe("runs of deltas", () => {
  const value = fc.string({ unit: fc.constantFrom("a", "é", "👩", '"', "\\", "\n", "}", '"}', "\ud83d", "\u2028", "\u0001", " ", "event: ", "\r") });
  const item = fc.tuple(fc.constantFrom("message", "reasoning", "function_call"), fc.array(fc.tuple(value, fc.nat(1)), { maxLength: 12 }), fc.boolean());

  test("mean the same as one by one, wherever the reads end", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 4 }), fc.array(fc.nat(), { maxLength: 12 }), async (items, cuts) => {
        const events = items.flatMap(([type, deltas, isSigned], index) => [
          added(index, { type, id: "x", call_id: "c", name: "f" }),
          ...deltas.map(([delta, part]) => {
            if (type === "message") return said(index, delta);
            return type === "reasoning" ? summary(index, delta, part) : args(index, delta);
          }),
          closed(index, { type, ...(isSigned ? { phase: "commentary", encrypted_content: "e" } : {}) }),
        ]);
        const body = framesOf([...events, completed()]);
        const each = await decode(body, [], /(?!)/y);
        expect(joined(await decode(body, cuts))).toEqual(joined(each));
        expect(
          joined(
            await decode(
              body,
              Array.from({ length: 300 }, (_, at) => at * 7),
            ),
          ),
        ).toEqual(joined(each));
      }),
      { numRuns: 400 },
    );
  });

  test("are really read together, whatever their numbers and their padding", async () => {
    const deltas = Array.from({ length: 50 }, (_, index) => ({ ...said(0, "a"), logprobs: [], obfuscation: "x".repeat(index % 16) }));
    for (const body of [
      framesOf(deltas),
      framesOf(Array.from({ length: 50 }, () => summary(0, "a"))),
      framesOf(Array.from({ length: 50 }, () => args(3, '{\\"a'))),
    ]) {
      const batches = await Array.fromAsync(sseBatches(inPieces(Buffer.from(body), []), responsesRuns()));
      expect(batches.flat().map(({ run }) => run)).toEqual([true]);
    }
  });

  test("stay apart by item, by part and by kind", async () => {
    const events = [said(0, "a"), said(1, "a"), { ...said(1, "a"), content_index: 1 }, summary(2, "a"), summary(2, "a", 1), { ...said(2, "a"), error: "x" }];
    const batches = await Array.fromAsync(sseBatches(inPieces(Buffer.from(framesOf(events)), []), responsesRuns()));
    expect(batches.flat().map(({ run }) => run)).toEqual([true, true, true, true, true, undefined]);
  });
});

test("whatever a server sends is read, or is an error of claw's", async () => {
  const type = fc.constantFrom(
    "response.output_item.added",
    "response.output_item.done",
    "response.output_text.delta",
    "response.reasoning_summary_text.delta",
    "response.function_call_arguments.delta",
    "response.refusal.delta",
    "response.completed",
    "response.incomplete",
    "response.failed",
    "error",
    "__proto__",
  );
  const part = fc.oneof(fc.jsonValue(), fc.record({ text: fc.jsonValue(), refusal: fc.jsonValue() }, { requiredKeys: [] }));
  const anyItem = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        type: fc.constantFrom("message", "reasoning", "function_call", "other", 1),
        content: fc.oneof(fc.array(part), fc.jsonValue()),
        summary: fc.array(part),
        arguments: fc.jsonValue(),
        encrypted_content: fc.constantFrom("", "e", 1),
        phase: fc.constantFrom("a", 1),
      },
      { requiredKeys: [] },
    ),
  );
  const event = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        type,
        output_index: fc.oneof({ weight: 5, arbitrary: fc.nat(2) }, { weight: 1, arbitrary: fc.jsonValue() }),
        item: anyItem,
        delta: fc.jsonValue(),
        content_index: fc.oneof(fc.jsonValue(), fc.constant({ toString: 1, valueOf: 1 })),
        response: fc.oneof(
          fc.jsonValue(),
          fc.record({ output: fc.array(anyItem), usage: fc.jsonValue(), error: fc.jsonValue(), incomplete_details: fc.jsonValue() }, { requiredKeys: [] }),
        ),
      },
      { requiredKeys: ["type"] },
    ),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 10 }), fc.array(fc.nat(), { maxLength: 5 }), async (events, cuts) => {
      const outcome = await decode(events.map((each) => `data: ${JSON.stringify(each)}\n\n`).join(""), cuts).catch((error: unknown) => error);
      expect(Array.isArray(outcome) ? outcome.every(isModelEvent) : ClawError.is(outcome)).toBe(true);
    }),
    { numRuns: 1500 },
  );
});
