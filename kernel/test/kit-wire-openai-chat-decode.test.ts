import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ModelEvent } from "../src/contracts/model.ts";
import { ClawError } from "../src/errors.ts";
import { IdleWatch } from "../kit/idle-watch.ts";
import { isModelEvent } from "../kit/model-event.ts";
import { sseBatches } from "../kit/sse.ts";
import { ChatDecoder } from "../kit/wire-openai/chat-decode.ts";
import { readChat } from "../kit/wire-openai/chat-reply.ts";
import { chatRuns } from "../kit/wire-openai/chat-run.ts";
import { inPieces } from "./byte-pieces.ts";

const context = { provider: "somebody", model: "m", now: () => new Date(0), secrets: ["hunter2-key"] };
const head = { id: "c", object: "chat.completion.chunk", created: 1, model: "m" };
const chunk = (delta: object, finish_reason: string | null = null): object => ({
  ...head,
  choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  usage: null,
});
const say = (content: string): object => chunk({ content });
const callDelta = (value: object): object => chunk({ tool_calls: [value] });
const usage = { ...head, choices: [], usage: { prompt_tokens: 10, completion_tokens: 4, total_tokens: 14, prompt_tokens_details: { cached_tokens: 3 } } };
const framesOf = (...chunks: readonly object[]): string => chunks.map((each) => `data: ${JSON.stringify(each)}\n\n`).join("");
const done = "data: [DONE]\n\n";

async function decode(body: string, cuts: readonly number[] = [], runs: RegExp | undefined = chatRuns()): Promise<ModelEvent[]> {
  const decoder = new ChatDecoder(context, "req_1");
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

const replyOf = (...chunks: readonly object[]): Promise<ModelEvent[]> => decode(framesOf(...chunks) + done);
const callsOf = async (...deltas: readonly object[]): Promise<readonly unknown[]> =>
  (await replyOf(...deltas.map(callDelta), chunk({}, "tool_calls"))).flatMap((event) => (event.type === "block" ? [event.block] : []));
const end = (reason: string): object => ({ type: "end", reason, requestId: "req_1" });
const failureOf = async (body: string, cuts: readonly number[] = []): Promise<unknown> => {
  const failure = await decode(body, cuts).catch((error: unknown) => error);
  return ClawError.is(failure) ? [failure.code, failure.message, failure.retryable] : failure;
};

describe("a chat stream", () => {
  test("gives the deltas of one read as one, and counts what was read from the cache apart", async () => {
    expect(await replyOf(chunk({ role: "assistant", content: "", refusal: null }), say("a"), say('b"\n'), say("€"), chunk({}, "stop"), usage)).toEqual([
      { type: "text-delta", text: 'ab"\n€' },
      { type: "usage", usage: { inputTokens: 7, outputTokens: 4, cacheReadTokens: 3 } },
      end("stop"),
    ]);
  });

  test("counts what was written to the cache, what was thought, and what some servers say elsewhere; never below nothing", async () => {
    const usageOf = async (said: object): Promise<unknown> =>
      (await replyOf(say("a"), chunk({}, "stop"), { ...head, choices: [], usage: said })).find(({ type }) => type === "usage");
    expect([
      await usageOf({
        prompt_tokens: 10,
        completion_tokens: 9,
        prompt_tokens_details: { cached_tokens: 2, cache_write_tokens: 3 },
        completion_tokens_details: { reasoning_tokens: 8 },
      }),
      await usageOf({ prompt_tokens: 10, completion_tokens: 1, prompt_cache_hit_tokens: 12 }),
      await usageOf({ prompt_tokens: "many", completion_tokens: -1, prompt_tokens_details: null }),
    ]).toEqual([
      { type: "usage", usage: { inputTokens: 5, outputTokens: 9, cacheReadTokens: 2, cacheWriteTokens: 3, reasoningTokens: 8 } },
      { type: "usage", usage: { inputTokens: 0, outputTokens: 1, cacheReadTokens: 12 } },
      { type: "usage", usage: { inputTokens: 0, outputTokens: 0 } },
    ]);
  });

  test("says nothing of what it cost when the server does not", async () => {
    expect(await replyOf(say("a"), chunk({}, "stop"))).toEqual([{ type: "text-delta", text: "a" }, end("stop")]);
  });

  test.each(["reasoning_content", "reasoning"])("shows what the model thought, as %s", async (name) => {
    expect(await replyOf(chunk({ content: null, [name]: "h" }), chunk({ content: null, [name]: "m" }), say("yes"), chunk({}, "stop"))).toEqual([
      { type: "reasoning-delta", text: "hm" },
      { type: "text-delta", text: "yes" },
      end("stop"),
    ]);
  });

  test("shows a thought once that is said under two names", async () => {
    expect(await replyOf(chunk({ reasoning: "hm", reasoning_content: "hm" }), chunk({}, "stop"))).toEqual([
      { type: "reasoning-delta", text: "hm" },
      end("stop"),
    ]);
  });

  test("shows a refusal, and ends with it", async () => {
    expect(await replyOf(chunk({ refusal: "I " }), chunk({ refusal: "won't" }), chunk({}, "stop"))).toEqual([
      { type: "text-delta", text: "I won't" },
      end("refusal"),
    ]);
  });

  test.each([
    ["stop", "stop"],
    ["length", "length"],
    ["content_filter", "refusal"],
    ["tool_calls", "tool-calls"],
    ["function_call", "tool-calls"],
    ["eos", "stop"],
  ])("that finishes with %s ends with %s", async (reason, expected) => {
    expect((await replyOf(say("a"), chunk({}, reason))).at(-1)).toEqual(end(expected));
  });

  test("that called a tool it had to call ends with the call, whatever it says", async () => {
    expect((await replyOf(callDelta({ index: 0, id: "a", function: { name: "f", arguments: "{}" } }), chunk({}, "stop"))).at(-1)).toEqual(end("tool-calls"));
  });

  test("ignores other choices, comments, unknown fields and what comes after its end", async () => {
    const body = `: hello\n\n${framesOf({ ...head, choices: [{ index: 1, delta: { content: "no" }, finish_reason: "stop" }], x: 1 }, { object: "ping" }, say("a"), chunk({ y: 2 }, "stop"))}${done}data: {oops\n\n`;
    expect(await decode(body)).toEqual([{ type: "text-delta", text: "a" }, end("stop")]);
  });
});

describe("the calls of a chat stream", () => {
  const block = (id: string, name: string, input: object): object => ({ type: "tool-call", id, name, input });

  test("are put together by their index, however they interleave", async () => {
    expect(
      await callsOf(
        { index: 0, id: "a", type: "function", function: { name: "f", arguments: "" } },
        { index: 1, id: "b", type: "function", function: { name: "g", arguments: '{"y"' } },
        { index: 0, function: { arguments: '{"x":' } },
        { index: 1, function: { arguments: ":2}" } },
        { index: 0, function: { arguments: "1}" } },
      ),
    ).toEqual([block("a", "f", { x: 1 }), block("b", "g", { y: 2 })]);
  });

  test("may say who they are late, again or in pieces", async () => {
    expect(
      await callsOf(
        { index: 0, function: { arguments: '{"x"' } },
        { index: 0, function: { arguments: ":1}" } },
        { index: 0, id: "a", function: { name: "f" } },
      ),
    ).toEqual([block("a", "f", { x: 1 })]);
    expect(
      await callsOf({ index: 0, id: "a", function: { name: "f", arguments: "{" } }, { index: 0, id: "a", function: { name: "f", arguments: "}" } }),
    ).toEqual([block("a", "f", {})]);
    expect(
      await callsOf(
        { index: 0, id: "ca", function: { name: "get_" } },
        { index: 0, id: "ll", function: { arguments: "{}" } },
        { index: 0, function: { name: "it" } },
      ),
    ).toEqual([block("call", "get_it", {})]);
  });

  test("may come without an index, or all with the same one", async () => {
    const both = [block("a", "f", { x: 1 }), block("b", "g", {})];
    expect(
      await callsOf({ id: "a", function: { name: "f", arguments: '{"x":' } }, { function: { arguments: "1}" } }, { id: "b", function: { name: "g" } }),
    ).toEqual(both);
    expect(
      await callsOf({ index: 0, id: "a", function: { name: "f", arguments: '{"x":1}' } }, { index: 0, id: "b", function: { name: "g", arguments: "{}" } }),
    ).toEqual(both);
  });

  test("may have their arguments as an object, or be of the kind before", async () => {
    expect(await callsOf({ index: 0, id: "a", function: { name: "f", arguments: { x: 1 } } })).toEqual([block("a", "f", { x: 1 })]);
    const old = await replyOf(
      chunk({ function_call: { name: "f", arguments: '{"x"' } }),
      chunk({ function_call: { arguments: ":1}" } }),
      chunk({}, "function_call"),
    );
    expect(old).toEqual([{ type: "block", block: block("", "f", { x: 1 }) }, end("tool-calls")]);
  });

  test("keep what a vendor wants back with them", async () => {
    const extra = { google: { thought_signature: "s" } };
    expect(await callsOf({ index: 0, id: "a", function: { name: "f", arguments: "{}" }, extra_content: extra })).toEqual([
      { ...block("a", "f", {}), luggage: { somebody: { extra_content: extra, model: "m" } } },
    ]);
  });

  test("are malformed when what they hold is no object", async () => {
    for (const json of ['{"a', "[1]", "null", '"x"'])
      expect(await callsOf({ index: 0, id: "a", function: { name: "f", arguments: json } })).toEqual([{ ...block("a", "f", {}), malformed: json }]);
  });

  test("are given up when there is no end to them", async () => {
    const many = Array.from({ length: 4097 }, (_, index) => ({ index, id: `c${index}`, function: { name: "f" } }));
    expect(await failureOf(framesOf(chunk({ tool_calls: many })))).toEqual([
      "MODEL_STREAM_INVALID",
      "somebody sent a stream that makes no sense: it makes over 4096 calls",
      true,
    ]);
    const piece = framesOf(callDelta({ index: 0, function: { arguments: "x".repeat(9 * 1024 * 1024) } }));
    expect(await failureOf(piece + piece, [piece.length])).toEqual([
      "MODEL_STREAM_INVALID",
      "somebody sent a stream that makes no sense: the input of a tool is over 16777216 characters",
      true,
    ]);
  });
});

describe("a chat stream that fails", () => {
  test("gives what came before, and the error that it says, in whatever place", async () => {
    for (const [frame, code] of [
      ['data: {"error":{"message":"slow down","type":"requests","code":"rate_limit_exceeded"}}\n\n', "MODEL_RATE_LIMITED"],
      ['data: {"error":{"message":"busy","code":529}}\n\n', "MODEL_OVERLOADED"],
      ['data: {"error":"it broke"}\n\n', "MODEL_UNAVAILABLE"],
      ['data: {"object":"error","message":"bad","type":"BadRequestError","code":400}\n\n', "MODEL_REFUSED"],
      ['event: error\ndata: {"message":"no"}\n\n', "MODEL_UNAVAILABLE"],
      ['data: {"choices":[{"index":0,"delta":{},"finish_reason":"error"}],"error":{"code":502,"message":"upstream"}}\n\n', "MODEL_UNAVAILABLE"],
    ] as const) {
      const decoder = new ChatDecoder(context, undefined);
      const events: ModelEvent[] = [];
      const reading = (async () => {
        for await (const batch of sseBatches(inPieces(Buffer.from(framesOf(say("half")) + frame), []), chatRuns()))
          for (const event of decoder.push(batch)) events.push(event);
      })();
      await expect(reading).rejects.toMatchObject({ code });
      expect(events).toEqual([{ type: "text-delta", text: "half" }]);
    }
  });

  test("is no error for an empty one", async () => {
    expect((await replyOf({ ...head, choices: [], error: null }, { ...head, choices: [], error: {} }, chunk({}, "stop"))).at(-1)).toEqual(end("stop"));
  });

  test("was cut when it is done before it finished", async () => {
    expect(await failureOf(framesOf(say("a")) + done)).toEqual(["MODEL_STREAM_CUT", "somebody ended the stream before the reply was whole", true]);
    expect(await failureOf(framesOf(say("a"), chunk({}, "stop")))).toEqual(["MODEL_STREAM_CUT", "somebody ended the stream before the reply was whole", true]);
  });
});

describe("a server that ends without a word", () => {
  const read = async (body: string, endsWithoutDone: boolean): Promise<unknown> => {
    using watch = new IdleWatch(new AbortController().signal, 10_000, () => new Error("late"));
    const events: ModelEvent[] = [];
    try {
      for await (const event of readChat(new Response(Buffer.from(body)), watch, context, { endsWithoutDone })) events.push(event);
    } catch (error) {
      return ClawError.is(error) ? error.code : error;
    }
    return events.at(-1);
  };
  const finished = framesOf(say("a"), chunk({}, "stop"));

  test("is taken at its reason, where that is allowed", async () => {
    expect([await read(finished, true), await read(finished, false), await read(framesOf(say("a")), true)]).toEqual([
      { type: "end", reason: "stop" },
      "MODEL_STREAM_CUT",
      "MODEL_STREAM_CUT",
    ]);
  });

  test("is not when its connection broke", async () => {
    using watch = new IdleWatch(new AbortController().signal, 10_000, () => new Error("late"));
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from(finished)),
      pull: (controller) => controller.error(new Error("reset")),
    });
    await expect(Array.fromAsync(readChat(new Response(body), watch, context, { endsWithoutDone: true }))).rejects.toMatchObject({ code: "MODEL_STREAM_CUT" });
  });
});

describe("runs of chunks", () => {
  const value = fc.string({
    unit: fc.constantFrom("a", "é", "👩", '"', "\\", "\n", "}", '"}}]', "\ud83d", "\u2028", "\u0001", " ", "data: ", "\r", '"finish_reason":"stop"'),
  });
  const delta = fc.oneof(
    value.map(say),
    value.map((text) => chunk({ content: null, reasoning_content: text })),
    value.map((text) => chunk({ role: "assistant", content: text, refusal: null })),
    fc.tuple(fc.nat(2), value).map(([index, text]) => callDelta({ index, function: { arguments: text } })),
    fc.tuple(fc.nat(2), fc.constantFrom("a", "b")).map(([index, id]) => callDelta({ index, id, type: "function", function: { name: "f", arguments: "" } })),
    value.map((text) => ({
      ...head,
      created: 2,
      service_tier: "default",
      choices: [{ delta: { content: text }, index: 0, finish_reason: null }],
      obfuscation: "xy",
    })),
  );

  test("mean the same as one by one, wherever the reads end", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(delta, { maxLength: 12 }), fc.array(fc.nat(), { maxLength: 12 }), async (deltas, cuts) => {
        const body = framesOf(...deltas, chunk({}, "stop"), usage) + done;
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

  test("are really read together: text, thoughts and arguments", async () => {
    for (const each of [say("a"), chunk({ reasoning_content: "a", content: null }), callDelta({ index: 0, function: { arguments: "a" } })]) {
      const body = Buffer.from(framesOf(...Array.from({ length: 50 }, () => each)));
      const batches = await Array.fromAsync(sseBatches(inPieces(body, []), chatRuns()));
      expect(batches.flat().map(({ run }) => run)).toEqual([true]);
    }
  });

  test.each([
    ["another choice", { ...head, choices: [{ index: 1, delta: { content: "a" }, finish_reason: null }] }],
    ["its end", chunk({ content: "a" }, "stop")],
    ["what it cost", { ...say("a"), usage: { prompt_tokens: 1 } }],
    ["an error", { ...say("a"), error: "x" }],
    ["a call beside it", chunk({ content: "a", tool_calls: [{ index: 0 }] })],
    ["a refusal", chunk({ content: "a", refusal: "b" })],
    ["two texts", { ...head, choices: [{ index: 0, delta: { reasoning: "b", content: "a" }, finish_reason: null }] }],
  ])("hold no chunk that says more: %s", async (_name, other) => {
    const batches = await Array.fromAsync(sseBatches(inPieces(Buffer.from(framesOf(other)), []), chatRuns()));
    expect(batches.flat().map(({ run }) => run)).toEqual([undefined]);
  });

  test("are no trouble however long their texts are", async () => {
    for (const text of ["x".repeat(4_000_000), '\\"'.repeat(2_000_000)])
      expect((await replyOf(say(text), chunk({}, "stop")))[0]).toEqual({ type: "text-delta", text });
  });
});

test("whatever a server sends is read, or is an error of claw's", async () => {
  const json = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        choices: fc.array(
          fc.record(
            { index: fc.constantFrom(0, 1, "0", null), delta: fc.jsonValue(), finish_reason: fc.constantFrom("stop", 1, null, {}) },
            { requiredKeys: [] },
          ),
          { maxLength: 3 },
        ),
        usage: fc.jsonValue(),
        error: fc.constantFrom(null, {}, "", "x", { code: 1 }, []),
      },
      { requiredKeys: [] },
    ),
    fc.record({ choices: fc.array(fc.record({ delta: fc.record({ tool_calls: fc.array(fc.jsonValue()), content: fc.jsonValue() }) }), { maxLength: 2 }) }),
  );
  const line = fc.oneof(
    json.map((value) => `data: ${JSON.stringify(value)}`),
    fc.string().map((text) => `data: ${text}`),
    fc.constantFrom("data: [DONE]", "event: error", ": x", "data"),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 5 }), async (lines, cuts) => {
      const failure = await decode(`${lines.join("\n\n")}\n\n`, cuts).catch((error: unknown) => error);
      expect(Array.isArray(failure) ? failure.every(isModelEvent) : ClawError.is(failure)).toBe(true);
    }),
    { numRuns: 1500 },
  );
});

test("a server that leaves things out may leave out why it ended, if something came; another may not", () => {
  const push = (body: string, endsWithoutDone: boolean): readonly ModelEvent[] => {
    const decoder = new ChatDecoder(context, undefined, { endsWithoutDone });
    return [...decoder.push(body.split("\n\n").flatMap((frame) => (frame === "" ? [] : [{ data: frame.slice("data: ".length) }])))];
  };
  expect(push(framesOf(say("so"), chunk({}, "")) + done, true).at(-1)).toMatchObject({ type: "end", reason: "stop" });
  expect(() => push(framesOf(say("so")) + done, false)).toThrow(expect.objectContaining({ code: "MODEL_STREAM_CUT" }));
  expect(() => push(framesOf(chunk({ role: "assistant" })) + done, true)).toThrow(expect.objectContaining({ code: "MODEL_STREAM_CUT" }));
});

test("thinking is shown under each of its names", async () => {
  for (const name of ["thinking", "reasoning", "reasoning_content"]) {
    expect((await replyOf(chunk({ [name]: "hm" }), say("yes"), chunk({}, "stop")))[0]).toEqual({ type: "reasoning-delta", text: "hm" });
  }
});

test("arguments nested beyond all measure are a stream that makes no sense", async () => {
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const frame = `data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"a","function":{"name":"x","arguments":${deep}}}]}}]}\n\n`;
  await expect(decode(frame)).rejects.toMatchObject({ code: "MODEL_STREAM_INVALID" });
});
