import { ClawError, type ModelEvent } from "@claw/kernel";
import type { StreamDecoder } from "@claw/kernel/kit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ConverseDecoder } from "../src/converse-decode.ts";
import type { EventFrame } from "../src/event-frames.ts";
import { ChunkDecoder } from "../src/messages-decode.ts";

const context = { provider: "bedrock", model: "anthropic.claude-opus-5-5", now: () => new Date(), secrets: [], authFix: "check the key" };
const event = (name: string, body: object): EventFrame => ({ kind: "event", name, body: JSON.stringify(body) });
const delta = (contentBlockIndex: number, value: object): EventFrame => event("contentBlockDelta", { contentBlockIndex, delta: value });
const stop = (contentBlockIndex: number): EventFrame => event("contentBlockStop", { contentBlockIndex });
const call = (contentBlockIndex: number, toolUseId: string): EventFrame =>
  event("contentBlockStart", { contentBlockIndex, start: { toolUse: { toolUseId, name: "bash" } } });
const end = (stopReason: string = "end_turn", usage: object | undefined = { inputTokens: 1, outputTokens: 2, totalTokens: 3 }): readonly EventFrame[] => [
  event("messageStop", { stopReason }),
  event("metadata", { metrics: { latencyMs: 1 }, ...(usage === undefined ? {} : { usage }) }),
];

interface Decoded {
  readonly events: readonly ModelEvent[];
  readonly error: unknown;
  readonly done: boolean;
}

function decodedBy(decoder: StreamDecoder<EventFrame>, batches: readonly (readonly EventFrame[])[]): Decoded {
  const events: ModelEvent[] = [];
  try {
    for (const batch of batches) for (const each of decoder.push(batch)) events.push(each);
  } catch (error) {
    return { events, error, done: decoder.done };
  }
  return { events, error: undefined, done: decoder.done };
}
const decoded = (...batches: readonly (readonly EventFrame[])[]): Decoded => decodedBy(new ConverseDecoder(context, "req_1"), batches);
const usage = { type: "usage", usage: { inputTokens: 1, outputTokens: 2 } };
const over = (reason: string): object => ({ type: "end", reason, requestId: "req_1" });

describe("a reply of ConverseStream", () => {
  test("has its blocks in the order of their index, however their deltas interleave", () => {
    const { events, error } = decoded([
      delta(0, { text: "a" }),
      call(1, "x"),
      delta(1, { toolUse: { input: '{"a"' } }),
      delta(2, { text: "later" }),
      delta(0, { text: "b" }),
      delta(1, { toolUse: { input: ":1}" } }),
      stop(1),
      delta(0, { text: "c" }),
      stop(0),
      stop(2),
      ...end("tool_use"),
    ]);
    expect([error, events]).toEqual([
      undefined,
      [
        { type: "text-delta", text: "abc" },
        { type: "block", block: { type: "tool-call", id: "x", name: "bash", input: { a: 1 } } },
        { type: "text-delta", text: "later" },
        usage,
        over("tool-calls"),
      ],
    ]);
  });

  test("has a lower index first, also when it begins later", () => {
    const { events } = decoded([delta(0, { text: "0" })], [delta(3, { text: "3" }), delta(2, { text: "2" }), stop(3), stop(2), stop(0)], end());
    expect(events.slice(0, 2)).toEqual([
      { type: "text-delta", text: "0" },
      { type: "text-delta", text: "23" },
    ]);
  });

  test("joins the deltas of one read, and gives each read its own", () => {
    const texts = (pieces: readonly string[]): readonly EventFrame[] => pieces.map((text) => delta(0, { text }));
    expect(decoded(texts(["a", "b"]), texts(["c"]), [stop(0), ...end()]).events).toEqual([
      { type: "text-delta", text: "ab" },
      { type: "text-delta", text: "c" },
      usage,
      over("stop"),
    ]);
  });

  test("has thinking with what is needed to send it back, and hidden thinking as it came", () => {
    const { events } = decoded([
      delta(0, { reasoningContent: { text: "h" } }),
      delta(0, { reasoningContent: { text: "m" } }),
      delta(0, { reasoningContent: { signature: "sig" } }),
      stop(0),
      delta(1, { reasoningContent: { redactedContent: "c2Vj" } }),
      stop(1),
      delta(2, { reasoningContent: { text: "unsigned" } }),
      stop(2),
      ...end(),
    ]);
    const stamp = { model: "anthropic.claude-opus-5-5" };
    expect(events.slice(0, 4)).toEqual([
      { type: "reasoning-delta", text: "hm" },
      { type: "block", block: { type: "reasoning", text: "hm", luggage: { bedrock: { signature: "sig", ...stamp } } } },
      { type: "block", block: { type: "reasoning", text: "", luggage: { bedrock: { redactedContent: "c2Vj", ...stamp } } } },
      { type: "reasoning-delta", text: "unsigned" },
    ]);
  });

  test("may think and speak in one block", () => {
    expect(decoded([delta(0, { reasoningContent: { text: "hm" } }), delta(0, { text: "yes" }), stop(0), ...end()]).events.slice(0, 2)).toEqual([
      { type: "reasoning-delta", text: "hm" },
      { type: "text-delta", text: "yes" },
    ]);
  });

  test.each([
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["tool_use", "tool-calls"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["guardrail_intervened", "refusal"],
    ["content_filtered", "refusal"],
    ["something_new", "stop"],
  ])("that stopped for %s ends with %s", (reason, expected) => {
    expect(decoded(end(reason)).events.at(-1)).toEqual(over(expected));
  });

  test("that stopped for a new reason after a call ends with its calls", () => {
    expect(decoded([call(0, "a"), stop(0), ...end("something_new")]).events.at(-1)).toEqual(over("tool-calls"));
  });

  test("is whole only with its end and its cost, in any order, and what comes then is not read", () => {
    const [said, cost] = end() as readonly [EventFrame, EventFrame];
    expect([decoded([said]).done, decoded([cost]).done, decoded([cost, said]).done, decoded([said, cost, delta(0, { text: "x" })]).events.length]).toEqual([
      false,
      false,
      true,
      2,
    ]);
    const decoder = new ConverseDecoder(context, undefined);
    expect(decoder.cut(new Error("x"))).toMatchObject({
      code: "MODEL_STREAM_CUT",
      retryable: true,
      message: "bedrock ended the stream before the reply was whole",
    });
    expect(decoded([event("metadata", {}), said]).events).toEqual([over("stop")]);
  });

  test("may hold events, blocks and deltas that nobody knows yet", () => {
    const { events, error } = decoded([
      event("brandNew", { a: 1 }),
      event("contentBlockStart", { contentBlockIndex: 0, start: { image: { format: "png" } } }),
      delta(0, { image: { source: {} } }),
      stop(0),
      delta(1, { citation: { title: "x" } }),
      stop(1),
      stop(7),
      delta(2, { text: "ok" }),
      delta(2, { citation: { title: "x" } }),
      ...end(),
    ]);
    expect([error, events[0], events.length]).toEqual([undefined, { type: "text-delta", text: "ok" }, 3]);
  });

  test.each([
    ["a block begins twice", [call(0, "a"), call(0, "b")]],
    ["a call never began", [delta(0, { toolUse: { input: "{}" } })]],
    ["a call turns into text", [call(0, "a"), delta(0, { text: "x" })]],
    ["a block goes on after its end", [delta(0, { text: "a" }), stop(0), delta(0, { text: "b" })]],
    ["a delta has no block", [event("contentBlockDelta", { delta: { text: "x" } })]],
    ["an event is no JSON", [{ kind: "event", name: "contentBlockDelta", body: "{" } as const]],
  ])("makes no sense when %s", (_name, frames) => {
    expect(decoded(frames).error).toMatchObject({ code: "MODEL_STREAM_INVALID", retryable: true });
  });

  test("that fails in the middle fails after what came before", () => {
    const { events, error } = decoded([delta(0, { text: "half" }), { kind: "exception", name: "throttlingException", body: '{"message":"slow down"}' }]);
    expect([events, error]).toEqual([
      [{ type: "text-delta", text: "half" }],
      expect.objectContaining({
        code: "MODEL_RATE_LIMITED",
        retryable: true,
        data: { provider: "bedrock", status: 429, kind: "ThrottlingException", requestId: "req_1", body: '{"message":"slow down"}' },
      }),
    ]);
  });
});

const anyJson = fc.json({ maxDepth: 3 });
const anyFrame = fc.record({
  kind: fc.constantFrom("event" as const, "event" as const, "exception" as const, "error" as const),
  name: fc.oneof(
    fc.constantFrom("contentBlockStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata", "chunk", "messageStart", "validationException"),
    fc.string(),
  ),
  body: fc.oneof(
    anyJson,
    fc.string(),
    fc
      .tuple(fc.nat(2), anyJson, fc.constantFrom("delta", "start", "usage"), fc.constantFrom("text", "toolUse", "reasoningContent"))
      .map(([contentBlockIndex, json, name, inner]) => JSON.stringify({ contentBlockIndex, [name]: { [inner]: JSON.parse(json) as unknown } })),
    anyJson.map((json) => JSON.stringify({ bytes: Buffer.from(json).toString("base64") })),
  ),
});

test.each([
  ["ConverseStream", () => new ConverseDecoder(context, undefined)],
  ["InvokeModelWithResponseStream", () => new ChunkDecoder(context, undefined)],
] as const)("whatever %s sends is events or an error of its own", (_name, create) => {
  fc.assert(
    fc.property(fc.array(fc.array(anyFrame, { maxLength: 4 }), { maxLength: 6 }), (batches) => {
      const { error, events } = decodedBy(create(), batches);
      expect(error === undefined || (ClawError.is(error) && error.code.startsWith("MODEL_"))).toBe(true);
      expect(events.filter(({ type }) => type === "end").length).toBeLessThan(2);
    }),
    { numRuns: 500 },
  );
});

describe("a reply of InvokeModelWithResponseStream", () => {
  const chunk = (data: object, more: object = {}): EventFrame => event("chunk", { bytes: Buffer.from(JSON.stringify(data)).toString("base64"), ...more });
  const said = [
    { type: "message_start", message: { usage: { input_tokens: 1, output_tokens: 1 } } },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "grüß" } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn" }, usage: { output_tokens: 2 } },
    { type: "message_stop", "amazon-bedrock-invocationMetrics": { inputTokenCount: 1 } },
  ];
  const read = (...batches: readonly (readonly EventFrame[])[]): Decoded => decodedBy(new ChunkDecoder(context, "req_1"), batches);

  test("is that of the Messages API, in chunks of whatever order of fields", () => {
    const expected = [{ type: "usage", usage: { inputTokens: 1, outputTokens: 1 } }, { type: "text-delta", text: "grüß" }, usage, over("stop")];
    expect(read(said.map((data) => chunk(data))).events).toEqual(expected);
    const turned = said.map((data) => event("chunk", { p: "abc", bytes: Buffer.from(JSON.stringify(data)).toString("base64") }));
    expect(read([event("later", {}), ...turned]).events).toEqual(expected);
  });

  test("that fails in the middle fails after what came before", () => {
    const { events, error } = read([
      ...said.slice(0, 3).map((data) => chunk(data)),
      { kind: "exception", name: "modelStreamErrorException", body: '{"message":"x","originalStatusCode":424}' },
    ]);
    expect([events.at(-1), error]).toEqual([{ type: "text-delta", text: "grüß" }, expect.objectContaining({ code: "MODEL_UNAVAILABLE", retryable: true })]);
  });

  test("makes no sense without bytes", () => {
    expect(read([event("chunk", { p: "x" })]).error).toMatchObject({ code: "MODEL_STREAM_INVALID" });
  });
});
