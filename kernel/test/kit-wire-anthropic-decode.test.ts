import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ModelEvent } from "../src/contracts/model.ts";
import { sseBatches } from "../kit/sse.ts";
import { ReplyDecoder } from "../kit/wire-anthropic/decode.ts";
import { deltaRuns } from "../kit/wire-anthropic/delta-run.ts";

const context = { provider: "anthropic", model: "m", now: () => new Date(0), secrets: [] };
const start = {
  type: "message_start",
  message: { usage: { input_tokens: 3, output_tokens: 1, cache_read_input_tokens: 0, cache_creation_input_tokens: null } },
};
const stop = [{ type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 9 } }, { type: "message_stop" }];
const begin = (index: number, content_block: object): object => ({ type: "content_block_start", index, content_block });
const delta = (index: number, value: object): object => ({ type: "content_block_delta", index, delta: value });
const text = (index: number, value: string): object => delta(index, { type: "text_delta", text: value });
const end = (index: number): object => ({ type: "content_block_stop", index });
const framesOf = (events: readonly object[], pad = ""): string =>
  events.map((event) => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event).slice(0, -1)}${pad}}\n\n`).join("");

async function* reads(body: string, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(body);
  let from = 0;
  for (const cut of cuts.map((at) => at % (bytes.length + 1)).sort((a, b) => a - b)) {
    yield bytes.subarray(from, cut);
    from = cut;
  }
  yield bytes.subarray(from);
}

async function decode(body: string, cuts: readonly number[] = [], runs: RegExp | undefined = deltaRuns()): Promise<ModelEvent[]> {
  const decoder = new ReplyDecoder(context, "req_1");
  const events: ModelEvent[] = [];
  for await (const batch of sseBatches(reads(body, cuts), runs)) events.push(...decoder.push(batch));
  const cut = decoder.cut();
  if (cut !== undefined) throw cut;
  return events;
}

/** Deltas joined, so that events compare whatever reads they came in. */
function joined(events: readonly ModelEvent[]): ModelEvent[] {
  const list: ModelEvent[] = [];
  for (const event of events) {
    const last = list.at(-1);
    if ((event.type === "text-delta" || event.type === "reasoning-delta") && last?.type === event.type)
      list.splice(-1, 1, { type: event.type, text: last.text + event.text });
    else list.push(event);
  }
  return list;
}

const usage = { type: "usage", usage: { inputTokens: 3, outputTokens: 9, cacheReadTokens: 0 } };
const ended = { type: "end", reason: "stop", requestId: "req_1" };
const contentOf = async (...events: readonly object[]): Promise<readonly ModelEvent[]> => (await decode(framesOf([start, ...events, ...stop]))).slice(1, -2);

describe("a Messages stream", () => {
  test("counts from its first event on, and null says nothing", async () => {
    expect(await decode(framesOf([start, ...stop]))).toEqual([{ type: "usage", usage: { inputTokens: 3, outputTokens: 1, cacheReadTokens: 0 } }, usage, ended]);
  });

  test("gives the deltas of one read as one", async () => {
    expect(await contentOf(begin(0, { type: "text", text: "" }), text(0, "a"), text(0, 'b"\n'), text(0, "€"), end(0))).toEqual([
      { type: "text-delta", text: 'ab"\n€' },
    ]);
  });

  test("lets blocks out in the order in which they began, however their deltas interleave", async () => {
    const events = await contentOf(
      begin(0, { type: "text", text: "" }),
      text(0, "1"),
      begin(1, { type: "tool_use", id: "a", name: "bash", input: {} }),
      delta(1, { type: "input_json_delta", partial_json: '{"x"' }),
      begin(2, { type: "text", text: "" }),
      text(2, "3"),
      text(0, "2"),
      end(2),
      delta(1, { type: "input_json_delta", partial_json: ":1}" }),
      end(1),
      end(0),
    );
    expect(events).toEqual([
      { type: "text-delta", text: "12" },
      { type: "block", block: { type: "tool-call", id: "a", name: "bash", input: { x: 1 } } },
      { type: "text-delta", text: "3" },
    ]);
  });

  test("keeps thinking with its signature, also when its text is left out", async () => {
    expect(
      await contentOf(
        begin(0, { type: "thinking", thinking: "", signature: "" }),
        delta(0, { type: "thinking_delta", thinking: "so" }),
        delta(0, { type: "signature_delta", signature: "s1" }),
        delta(0, { type: "signature_delta", signature: "s2" }),
        end(0),
        begin(1, { type: "thinking", thinking: "", signature: "omitted" }),
        end(1),
        begin(2, { type: "redacted_thinking", data: "xyz" }),
        end(2),
        begin(3, { type: "thinking", thinking: "unsigned", signature: "" }),
        end(3),
      ),
    ).toEqual([
      { type: "reasoning-delta", text: "so" },
      { type: "block", block: { type: "reasoning", text: "so", luggage: { anthropic: { signature: "s1s2", model: "m" } } } },
      { type: "block", block: { type: "reasoning", text: "", luggage: { anthropic: { signature: "omitted", model: "m" } } } },
      { type: "block", block: { type: "unknown", luggage: { anthropic: { type: "redacted_thinking", data: "xyz", model: "m" } } } },
      { type: "reasoning-delta", text: "unsigned" },
      { type: "block", block: { type: "reasoning", text: "unsigned" } },
    ]);
  });

  test("keeps a thought without a signature beside one that has it", async () => {
    const thought = (index: number, thinking: string, signature: string) => [begin(index, { type: "thinking", thinking, signature }), end(index)];
    expect((await contentOf(...thought(0, "one", ""), ...thought(1, "two", "s"))).filter(({ type }) => type === "block")).toEqual([
      { type: "block", block: { type: "reasoning", text: "one" } },
      { type: "block", block: { type: "reasoning", text: "two", luggage: { anthropic: { signature: "s", model: "m" } } } },
    ]);
  });

  test("says of an index that is none what it is, and of an error's kind nothing that it is not", async () => {
    const odd = '{"toString":1,"valueOf":1}';
    await expect(decode(`data: {"type":"content_block_stop","index":${odd}}\n\n`)).rejects.toMatchObject({
      code: "MODEL_STREAM_INVALID",
      message: expect.stringContaining(odd),
    });
    await expect(decode(framesOf([start, { type: "error", error: { type: "constructor", message: "odd" } }]))).rejects.toMatchObject({ data: { status: 500 } });
  });

  test("reads a delta of millions of escapes", async () => {
    const many = "\n".repeat(1_000_000);
    const events = await contentOf(begin(0, { type: "text", text: "" }), text(0, many), end(0));
    expect(events.map((event) => (event.type === "text-delta" ? event.text : "")).join("")).toBe(many);
  });

  test("keeps blocks it does not know whole, deltas put together", async () => {
    expect(
      await contentOf(
        begin(0, { type: "server_tool_use", id: "s", name: "web_search", input: {} }),
        delta(0, { type: "input_json_delta", partial_json: '{"query":' }),
        delta(0, { type: "input_json_delta", partial_json: '"x"}' }),
        end(0),
        begin(1, { type: "compaction", content: "a" }),
        delta(1, { type: "compaction_delta", content: "b" }),
        end(1),
      ),
    ).toEqual([
      {
        type: "block",
        block: { type: "unknown", luggage: { anthropic: { type: "server_tool_use", id: "s", name: "web_search", input: { query: "x" }, model: "m" } } },
      },
      { type: "block", block: { type: "unknown", luggage: { anthropic: { type: "compaction", content: "ab", model: "m" } } } },
    ]);
  });

  test("takes a call's input at once, and keeps who called it", async () => {
    expect(
      await contentOf(
        begin(0, { type: "tool_use", id: "a", name: "x", input: { whole: true }, caller: { type: "direct" } }),
        end(0),
        begin(1, { type: "tool_use", id: "b", name: "x", input: {}, caller: { type: "code", id: "c" } }),
        end(1),
      ),
    ).toEqual([
      { type: "block", block: { type: "tool-call", id: "a", name: "x", input: { whole: true } } },
      { type: "block", block: { type: "tool-call", id: "b", name: "x", input: {}, luggage: { anthropic: { caller: { type: "code", id: "c" }, model: "m" } } } },
    ]);
  });

  test.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["tool_use", "tool-calls"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["pause_turn", "length"],
    ["refusal", "refusal"],
    ["something_new", "stop"],
    [null, "stop"],
  ])("that stopped for %s ended with %s", async (stop_reason, reason) => {
    expect((await decode(framesOf([start, { type: "message_delta", delta: { stop_reason } }, { type: "message_stop" }]))).at(-1)).toEqual({ ...ended, reason });
  });

  test("ignores pings, new events and what comes after its end", async () => {
    const body = framesOf([
      { type: "ping" },
      start,
      { type: "something_new", index: 5 },
      ...stop,
      { type: "error", error: { type: "api_error", message: "late" } },
    ]);
    expect((await decode(body)).at(-1)).toEqual(ended);
  });

  test.each([
    ["an event is no JSON", "data: {\n\n"],
    [
      "an event is no JSON",
      framesOf([start, begin(0, { type: "text" })]) +
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\\x"}}\n\n',
    ],
    [
      "an event is no JSON",
      framesOf([start, begin(0, { type: "text" })]) +
        'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"\u0001"}}\n\n',
    ],
    ["block 7 is not open", framesOf([start, text(7, "a")])],
    ["block 0 is not open", framesOf([start, begin(0, { type: "text" }), end(0), text(0, "a")])],
    ["block 0 begins twice", framesOf([start, begin(0, { type: "text" }), begin(0, { type: "text" })])],
    ["the reply ends inside a block", framesOf([start, begin(0, { type: "tool_use", id: "a", name: "x", input: {} }), ...stop])],
  ])("makes no sense when %s", async (what, body) => {
    await expect(decode(body)).rejects.toMatchObject({
      code: "MODEL_STREAM_INVALID",
      retryable: true,
      message: `anthropic sent a stream that makes no sense: ${what}`,
      data: { provider: "anthropic", requestId: "req_1" },
    });
  });

  test("is given up when a tool's input grows without end", async () => {
    const piece = framesOf([delta(0, { type: "input_json_delta", partial_json: "x".repeat(1024 * 1024) })]);
    await expect(decode(framesOf([start, begin(0, { type: "tool_use", id: "a", name: "x", input: {} })]) + piece.repeat(17))).rejects.toMatchObject({
      code: "MODEL_STREAM_INVALID",
    });
  });

  test("gives what came before an error", async () => {
    const decoder = new ReplyDecoder(context, undefined);
    const events: ModelEvent[] = [];
    const read = async (): Promise<void> => {
      for await (const batch of sseBatches(
        reads(
          framesOf([start, begin(0, { type: "text" }), text(0, "half"), { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }]),
          [],
        ),
      ))
        for (const event of decoder.push(batch)) events.push(event);
    };
    await expect(read()).rejects.toMatchObject({ code: "MODEL_OVERLOADED" });
    expect(events.at(-1)).toEqual({ type: "text-delta", text: "half" });
  });
});

describe("deltas that are read together", () => {
  const value = fc.string({ unit: fc.constantFrom("a", "é", "👩", '"', "\\", "\n", "}", '"}}', "\ud83d", "\u2028", "\u0001", " ", "data: ", "\r") });
  const kinds = {
    text: ["text_delta", "text", "text"],
    thinking: ["thinking_delta", "thinking", "thinking"],
    tool_use: ["input_json_delta", "partial_json", "tool_use"],
  } as const;

  test("mean the same as one by one, wherever the reads end", async () => {
    const block = fc.tuple(fc.constantFrom(...(["text", "thinking", "tool_use"] as const)), fc.array(value, { maxLength: 12 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(block, { maxLength: 4 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.constantFrom("", "  ", "     "),
        async (blocks, cuts, pad) => {
          const events = blocks.flatMap(([kind, values], index) => {
            const [type, field] = kinds[kind];
            return [
              begin(index, { type: kind, ...(kind === "tool_use" ? { id: "a", name: "x", input: {} } : {}) }),
              ...values.map((one) => delta(index, { type, [field]: one })),
              end(index),
            ];
          });
          const body = framesOf([start, ...events, ...stop], pad);
          expect(joined(await decode(body, cuts))).toEqual(joined(await decode(framesOf([start, ...events, ...stop]), [], undefined)));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("are really read together", async () => {
    const body = framesOf(Array.from({ length: 5000 }, (_, index) => text(3, `${index} "é"\n`)));
    const batches: number[] = [];
    for await (const batch of sseBatches(reads(body, []), deltaRuns())) batches.push(batch.length);
    expect(batches).toEqual([3]);
  });

  test("stay apart by block and kind", async () => {
    const body = framesOf([
      text(0, "a"),
      text(0, "b"),
      text(1, "c"),
      delta(1, { type: "thinking_delta", thinking: "d" }),
      delta(1, { type: "signature_delta", signature: "e" }),
    ]);
    const batches: number[] = [];
    for await (const batch of sseBatches(reads(body, []), deltaRuns())) batches.push(...batch.map(({ run }) => (run === true ? 1 : 0)));
    expect(batches).toEqual([1, 1, 1, 0]);
  });
});
