import { ClawError, type ContentBlock, type ModelEvent } from "@claw/kernel";
import { type FailureContext, IdleWatch } from "@claw/kernel/kit";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { geminiFramesOf } from "@claw/testing/conformance";
import { readGeminiReply } from "../src/gemini-reply.ts";

const context: FailureContext = { provider: "gemini", model: "gemini-3.8-flash", now: () => new Date(0), secrets: [], authFix: "check the key" };

async function* streamOf(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void> {
  yield* pieces;
}

interface Heard {
  readonly events: readonly ModelEvent[];
  readonly error: unknown;
}

/** Reads a response of these bytes, delivered in these pieces. */
async function hear(pieces: readonly Uint8Array[], init: ResponseInit = { headers: { "content-type": "text/event-stream" } }): Promise<Heard> {
  using watch = new IdleWatch(new AbortController().signal, 10_000, () => new Error("late"));
  const events: ModelEvent[] = [];
  try {
    for await (const event of readGeminiReply(new Response(ReadableStream.from(streamOf(pieces)), init), watch, context)) events.push(event);
  } catch (error) {
    return { events, error };
  }
  return { events, error: undefined };
}

const chunk = (value: object): string => `data: ${JSON.stringify(value)}\r\n\r\n`;
const partsOf = (...parts: readonly object[]): object => ({ candidates: [{ content: { role: "model", parts }, index: 0 }], responseId: "resp_1" });
const stop = (finishReason = "STOP"): object => ({ candidates: [{ finishReason, index: 0 }], responseId: "resp_1" });
const hearChunks = (...chunks: readonly object[]): Promise<Heard> => hear(chunks.map((value) => Buffer.from(chunk(value))));
const blocksOf = ({ events }: Heard): readonly ContentBlock[] => events.flatMap((event) => (event.type === "block" ? [event.block] : []));
const endOf = ({ events }: Heard): ModelEvent | undefined => events.find(({ type }) => type === "end");
const luggage = (fields: object): object => ({ gemini: { ...fields, model: "gemini-3.8-flash" } });

/** Events as they would be in one read: deltas that follow one another are one. */
const joined = (events: readonly ModelEvent[]): readonly ModelEvent[] =>
  events.reduce<ModelEvent[]>((list, event) => {
    const last = list.at(-1);
    if (last !== undefined && "text" in last && "text" in event && last.type === event.type) list[list.length - 1] = { ...last, text: last.text + event.text };
    else list.push(event);
    return list;
  }, []);

/** Cuts bytes at these places. */
function cut(bytes: Buffer, places: readonly number[]): readonly Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...ends].map((from, index) => bytes.subarray(from, ends[index] ?? bytes.length));
}

describe("a stream of Gemini's", () => {
  const bytes = Buffer.from(
    [
      ...geminiFramesOf({
        blocks: [
          { type: "thinking", text: "Ünd so 世界", signature: "c2ln", deltas: 3 },
          { type: "text", text: 'Grüße 👩‍👩‍👧 "q" \u2028', deltas: 5 },
          { type: "tool-call", id: "call_1", name: "bash", json: '{"command":"ls"}' },
          { type: "raw", block: { executableCode: { language: "PYTHON", code: "1" } } },
        ],
        usage: { input: 7, output: 42, cacheRead: 3, reasoning: 30 },
      }),
    ].join(""),
  );

  test("means the same however the network cuts it", async () => {
    const whole = await hear([bytes]);
    expect([whole.error, joined(whole.events).map(({ type }) => type)]).toEqual([
      undefined,
      ["usage", "reasoning-delta", "block", "text-delta", "block", "block", "usage", "end"],
    ]);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 40 }), async (places) => {
        const { events, error } = await hear(cut(bytes, places));
        expect([error, joined(events)]).toEqual([undefined, joined(whole.events)]);
      }),
      { numRuns: 60 },
    );
  });

  test("that makes no sense is a ClawError that says so, and nothing is polluted", async () => {
    const word = fc.constantFrom(
      "candidates",
      "content",
      "parts",
      "text",
      "thought",
      "thoughtSignature",
      "functionCall",
      "args",
      "partialArgs",
      "jsonPath",
      "stringValue",
      "willContinue",
      "finishReason",
      "error",
      "details",
      "usageMetadata",
      "promptFeedback",
      "blockReason",
      "__proto__",
      "name",
      "id",
    );
    const { hostile } = fc.letrec((tie) => ({
      hostile: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom<unknown>(null, true, -1, 1e308, "", "STOP", "$.a[0].b", "$['__proto__'].x", "$[4294967295]", "MALFORMED_FUNCTION_CALL"),
        fc.array(tie("hostile"), { maxLength: 4 }),
        fc.array(fc.tuple(word, tie("hostile")), { maxLength: 5 }).map((entries) => Object.fromEntries(entries) as object),
      ),
    }));
    const frames = fc.array(
      fc.oneof(
        hostile.map((value) => `data: ${JSON.stringify(value)}\r\n\r\n`),
        hostile.map((value) => chunk(partsOf(value as object, { functionCall: value }))),
        fc.string().map((text) => `${text}\n`),
        fc.string().map((text) => `data: ${text}\n\n`),
      ),
      { maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(frames, async (list) => {
        const { error, events } = await hear(list.map((frame) => Buffer.from(frame)));
        expect(error === undefined ? events.at(-1)?.type : ClawError.is(error)).toBe(error === undefined ? "end" : true);
        expect(({} as { x?: unknown }).x).toBeUndefined();
      }),
      { numRuns: 300 },
    );
  });

  test("of an API that is none is refused with its status or its type", async () => {
    const page = await hear([Buffer.from("<html>")], { headers: { "content-type": "text/html" } });
    expect(page.error).toMatchObject({ code: "MODEL_STREAM_INVALID", message: "gemini answered with text/html instead of a stream" });
  });
});

describe("a signature", () => {
  test("stays with the text, the thinking or the call it came with", async () => {
    const heard = await hearChunks(
      partsOf({ text: "Hm", thought: true }, { text: "m", thought: true, thoughtSignature: "dGhpbms=" }),
      partsOf({ text: "Let " }, { text: "me", thoughtSignature: "dGV4dA==" }),
      partsOf({ text: " and more" }),
      partsOf(
        { functionCall: { id: "a", name: "bash", args: { command: "ls" } }, thoughtSignature: "Y2FsbA==" },
        { functionCall: { id: "b", name: "bash", args: {} } },
      ),
      stop(),
    );
    expect([heard.error, blocksOf(heard)]).toEqual([
      undefined,
      [
        { type: "reasoning", text: "Hmm", luggage: luggage({ thoughtSignature: "dGhpbms=" }) },
        { type: "text", text: "Let me", luggage: luggage({ thoughtSignature: "dGV4dA==" }) },
        { type: "tool-call", id: "a", name: "bash", input: { command: "ls" }, luggage: luggage({ thoughtSignature: "Y2FsbA==" }) },
        { type: "tool-call", id: "b", name: "bash", input: {} },
      ],
    ]);
    expect(joined(heard.events).flatMap((event) => ("text" in event ? [event.text] : []))).toEqual(["Hmm", "Let me", " and more"]);
  });

  test("of nothing is kept as the part it came as", async () => {
    const heard = await hearChunks(partsOf({ functionCall: { name: "bash" } }), partsOf({ text: "", thoughtSignature: "c2ln" }), stop());
    expect(blocksOf(heard)[1]).toEqual({ type: "unknown", luggage: luggage({ part: { text: "", thoughtSignature: "c2ln" } }) });
  });

  test("that comes after its text signs it", async () => {
    const heard = await hearChunks(partsOf({ text: "All of " }), partsOf({ text: "it" }), partsOf({ text: "", thoughtSignature: "c2ln" }), stop());
    expect(blocksOf(heard)).toEqual([{ type: "text", text: "All of it", luggage: luggage({ thoughtSignature: "c2ln" }) }]);
  });
});

describe("a call", () => {
  test("without an id is given one that the same reply gives again", async () => {
    const calls = [partsOf({ functionCall: { name: "bash", args: {} } }, { functionCall: { name: "grep", args: {} } }), stop()];
    const ids = async (): Promise<readonly unknown[]> => blocksOf(await hearChunks(...calls)).map((block) => "id" in block && block.id);
    expect([await ids(), await ids()]).toEqual([
      ["resp_1_0", "resp_1_1"],
      ["resp_1_0", "resp_1_1"],
    ]);
  });

  test("whose arguments stream is put together by their paths", async () => {
    const heard = await hearChunks(
      partsOf({ functionCall: { id: "a", name: "edit", willContinue: true }, thoughtSignature: "c2ln" }),
      partsOf({ functionCall: { partialArgs: [{ jsonPath: "$.text", stringValue: "so ", willContinue: true }], willContinue: true } }),
      partsOf({ functionCall: { partialArgs: [{ jsonPath: "$.text", stringValue: "on" }], willContinue: true } }),
      partsOf({
        functionCall: {
          partialArgs: [
            { jsonPath: "$.list[0].deep", numberValue: 2.5 },
            { jsonPath: "$.list[1]", boolValue: false },
            { jsonPath: "$['a key']", nullValue: "NULL_VALUE" },
            { jsonPath: '$["__proto__"].x', stringValue: "own" },
            { jsonPath: "$.open" },
          ],
          willContinue: true,
        },
      }),
      partsOf({ functionCall: {} }),
      partsOf({ functionCall: { name: "bash", args: { command: "ls" } } }),
      stop(),
    );
    expect([heard.error, blocksOf(heard), endOf(heard)]).toEqual([
      undefined,
      [
        {
          type: "tool-call",
          id: "a",
          name: "edit",
          input: JSON.parse('{"text":"so on","list":[{"deep":2.5},false],"a key":null,"__proto__":{"x":"own"}}') as object,
          luggage: luggage({ thoughtSignature: "c2ln" }),
        },
        { type: "tool-call", id: "resp_1_1", name: "bash", input: { command: "ls" } },
      ],
      { type: "end", reason: "tool-calls", requestId: "resp_1" },
    ]);
  });

  test.each([
    ["that never end", [partsOf({ functionCall: { name: "a", partialArgs: [{ jsonPath: "$.x", stringValue: "y" }], willContinue: true } })], '{"x":"y"}'],
    ["that fit nowhere", [partsOf({ functionCall: { name: "a", partialArgs: [{ jsonPath: "$.x[7]", stringValue: "y" }] } })], '{"x":[]}'],
    ["that are no object", [partsOf({ functionCall: { name: "a", args: [1] } })], "[1]"],
    ["that are a text", [partsOf({ functionCall: { name: "a", args: "{" } })], "{"],
  ])("with arguments %s is malformed", async (_name, chunks, malformed) => {
    const heard = await hearChunks(...chunks, stop("MAX_TOKENS"));
    expect([heard.error, blocksOf(heard)]).toEqual([undefined, [{ type: "tool-call", id: "resp_1_0", name: "a", input: {}, malformed }]]);
  });

  test("that begins before another one ended leaves that one malformed", async () => {
    const heard = await hearChunks(partsOf({ functionCall: { name: "a", willContinue: true } }), partsOf({ functionCall: { name: "b", args: {} } }), stop());
    expect(blocksOf(heard).map((block) => "malformed" in block)).toEqual([true, false]);
  });
});

describe("a reply ends", () => {
  test.each([
    ["STOP", "stop"],
    ["MAX_TOKENS", "length"],
    ["SAFETY", "refusal"],
    ["RECITATION", "refusal"],
    ["PROHIBITED_CONTENT", "refusal"],
    ["BLOCKLIST", "refusal"],
    ["SPII", "refusal"],
    ["A_WORD_OF_THE_FUTURE", "stop"],
  ])("for %s with %s", async (reason, expected) => {
    const heard = await hearChunks(partsOf({ text: "so" }), stop(reason));
    expect([heard.error, endOf(heard)]).toEqual([undefined, { type: "end", reason: expected, requestId: "resp_1" }]);
  });

  test.each(["MALFORMED_FUNCTION_CALL", "MALFORMED_RESPONSE", "UNEXPECTED_TOOL_CALL"])("for %s with an error that may pass", async (reason) => {
    const heard = await hearChunks(partsOf({ text: "so" }), { candidates: [{ finishReason: reason, finishMessage: "call:bash{" }] });
    expect(heard.error).toMatchObject({ code: "MODEL_STREAM_INVALID", retryable: true, message: expect.stringContaining(`${reason}: call:bash{`) });
  });

  test("with a refusal when the prompt was blocked", async () => {
    const heard = await hearChunks({ promptFeedback: { blockReason: "PROHIBITED_CONTENT" }, usageMetadata: { promptTokenCount: 4 }, responseId: "resp_2" });
    expect([heard.error, heard.events]).toEqual([
      undefined,
      [
        { type: "usage", usage: { inputTokens: 4, outputTokens: 0 } },
        { type: "end", reason: "refusal", requestId: "resp_2" },
      ],
    ]);
  });

  test("not with a chunk that has no finish reason yet", async () => {
    const heard = await hearChunks(partsOf({ text: "so" }), stop("FINISH_REASON_UNSPECIFIED"));
    expect(heard.error).toMatchObject({ code: "MODEL_STREAM_CUT", retryable: true });
  });
});

describe("an error of Google's", () => {
  const retryInfo = [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "3.5s" }];
  const exhausted = { error: { code: 429, message: "Quota exceeded.", status: "RESOURCE_EXHAUSTED", details: retryInfo } };
  const refused = async (status: number, body: unknown): Promise<unknown> =>
    (await hear([Buffer.from(typeof body === "string" ? body : JSON.stringify(body))], { status })).error;

  test("may be in a list, and asks for its time", async () => {
    for (const body of [exhausted, [exhausted]])
      expect(await refused(429, body)).toMatchObject({
        code: "MODEL_RATE_LIMITED",
        retryable: true,
        data: { status: 429, kind: "RESOURCE_EXHAUSTED", retryAfterMs: 3500 },
      });
  });

  test.each([
    [404, { error: { code: 404, message: "Publisher Model `x` was not found", status: "NOT_FOUND" } }, "MODEL_UNKNOWN"],
    [404, { error: { code: 404, message: "Requested entity was not found.", status: "NOT_FOUND" } }, "MODEL_REFUSED"],
    [404, "<html>not found</html>", "MODEL_REFUSED"],
    [503, { error: { code: 503, message: "overloaded", status: "UNAVAILABLE" } }, "MODEL_OVERLOADED"],
    [
      400,
      { error: { code: 400, message: "The input token count (9) exceeds the maximum number of tokens allowed (8).", status: "INVALID_ARGUMENT" } },
      "MODEL_CONTEXT_EXCEEDED",
    ],
    [400, { error: { code: 400, message: "API key not valid.", status: "INVALID_ARGUMENT", details: [{ reason: "API_KEY_INVALID" }] } }, "MODEL_AUTH"],
    [400, [], "MODEL_REFUSED"],
    [500, { error: "words" }, "MODEL_UNAVAILABLE"],
  ])("of status %s is typed: %j", async (status, body, code) => {
    expect(await refused(status, body)).toMatchObject({ code, data: { status } });
  });

  test("says what to do about a key that is none", async () => {
    const body = { error: { code: 400, message: "API key not valid.", status: "INVALID_ARGUMENT", details: [{ reason: "API_KEY_INVALID" }] } };
    expect(await refused(400, body)).toMatchObject({ message: "gemini refused the key (400 API_KEY_INVALID)", fix: "check the key", retryable: false });
  });

  test("in a stream is typed like a response, as an event or as bare JSON in many lines", async () => {
    const bare = JSON.stringify([exhausted], undefined, 2).replaceAll("\n", "\r\n");
    for (const error of [chunk(exhausted), bare]) {
      const bytes = Buffer.from(error);
      const heard = await hear([Buffer.from(chunk(partsOf({ text: "half" }))), bytes.subarray(0, 9), bytes.subarray(9)]);
      expect([joined(heard.events), heard.error]).toEqual([
        [{ type: "text-delta", text: "half" }],
        expect.objectContaining({ code: "MODEL_RATE_LIMITED", data: expect.objectContaining({ status: 429, retryAfterMs: 3500, requestId: "resp_1" }) }),
      ]);
    }
  });

  test("in a stream without a status is an error of the server", async () => {
    expect((await hearChunks({ error: { message: "odd" } })).error).toMatchObject({ code: "MODEL_UNAVAILABLE", retryable: true });
    expect((await hearChunks({ error: { status: "UNAVAILABLE" } })).error).toMatchObject({ code: "MODEL_OVERLOADED", data: { status: 503 } });
  });
});
