import type { Message, ModelProvider } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import type { Reply, RecordedRequest, Script, SentBlock, SentOptions, SentRequest } from "../wire/reply.ts";
import { providerFailures } from "./provider-failures.ts";
import { read, requestOf } from "./provider-reading.ts";

/** A provider that talks to a server of its wire, which answers from a script. */
export interface ProviderSetting extends AsyncDisposable {
  readonly provider: ModelProvider;
  /** A model it lists, with thinking, images and documents. */
  readonly model: string;
  readonly requests: readonly RecordedRequest[];
  /** What a request said. */
  sent(request: RecordedRequest): SentRequest;
  /** What a request asked of the reply. */
  options(request: RecordedRequest): SentOptions;
  /** How many bytes the whole stream of a reply has. */
  lengthOf(reply: Reply): number;
  /** The key it was given: nothing thrown may repeat it. */
  readonly secret: string;
}

/** What a wire can say. Everything, where nothing is said here. */
export interface WireFeatures {
  /** Text after a call stays after it; without, a reply's text comes first. */
  readonly interleaved?: boolean;
  /** Whether thinking goes back to the model with its signature, or is only shown. */
  readonly thinking?: "signed" | "shown";
  /** Whether blocks that claw does not know round-trip. */
  readonly raw?: boolean;
  /** Whether the arguments of a call are text that may be cut anywhere, or arrive whole. */
  readonly textArguments?: boolean;
  readonly cacheWrites?: boolean;
  readonly reasoningTokens?: boolean;
  readonly failedResults?: boolean;
  /** Whether a tool's result holds images; without, they follow the results of their turn. */
  readonly resultImages?: boolean;
  readonly stop?: boolean;
  readonly output?: boolean;
  /** Frames that are none of this wire's. */
  readonly garbage?: readonly (readonly [what: string, frames: readonly (string | Uint8Array)[]])[];
}

export interface ProviderSubject {
  readonly name: string;
  readonly features?: WireFeatures;
  start(script: Script, options?: { readonly idleTimeoutMs?: number }): Promise<ProviderSetting>;
}

const never = (): AbortSignal => new AbortController().signal;
const say = (text: string): Reply => ({ blocks: [{ type: "text", text }] });
const user = (...content: Message["content"]): Message => ({ role: "user", content });
const assistant = (...content: Message["content"]): Message => ({ role: "assistant", content });

/** Blocks without what their provider wants back. */
const bare = (content: Message["content"]): readonly object[] => content.map(({ ...block }) => ({ ...block, luggage: undefined }));

const resultOf = (image: SentBlock, inside: boolean): readonly SentBlock[] => [
  { type: "tool-result", call: "a", failed: false, blocks: [{ type: "text", text: "a picture" }, ...(inside ? [image] : [])] },
  ...(inside ? [] : [image]),
];

/** The contract of a model provider: every implementation runs it, over whatever wire. */
export function providerConformance(subject: ProviderSubject): void {
  const { name, start, features = {} } = subject;
  const { interleaved = true, thinking = "signed", raw = true, textArguments = true, cacheWrites = true, reasoningTokens = true } = features;
  const { failedResults = true, resultImages = true, stop: hasStop = true, output: hasOutput = true } = features;

  describe(`${name} reads a reply`, () => {
    test("of text, in whatever pieces it comes", async () => {
      const text = 'Grüße, 世界 👩‍👩‍👧 \\n "quoted" \u2028 end\n';
      for (const delivery of ["whole", "events", "bytes"] as const) {
        await using setting = await start([{ blocks: [{ type: "text", text, deltas: 9 }], delivery }]);
        const reading = await read(setting.provider.stream(requestOf(setting.model), never()));
        expect([reading.error, reading.content, reading.end]).toEqual([undefined, [{ type: "text", text }], "stop"]);
      }
    });

    test("of text and calls, in the model's order", async () => {
      await using setting = await start([
        {
          blocks: [
            { type: "text", text: "first" },
            { type: "tool-call", id: "call_1", name: "bash", json: '{"command":"ls"}', deltas: 3 },
            { type: "text", text: "then" },
            { type: "tool-call", id: "call_2", name: "bash", json: '{"command":"pwd"}' },
          ],
        },
      ]);
      const reading = await read(setting.provider.stream(requestOf(setting.model), never()));
      expect([reading.error, bare(reading.content), reading.end]).toEqual([
        undefined,
        [
          { type: "text", text: interleaved ? "first" : "firstthen" },
          { type: "tool-call", id: "call_1", name: "bash", input: { command: "ls" } },
          ...(interleaved ? [{ type: "text", text: "then" }] : []),
          { type: "tool-call", id: "call_2", name: "bash", input: { command: "pwd" } },
        ],
        "tool-calls",
      ]);
    });

    test.skipIf(!textArguments).each([
      ["cut inside a character, an escape and a number", ['{"a":"\\u00', "e9\\", '"👩', '","b":1', "2.5e", "1}"], { input: { a: 'é"👩', b: 125 } }],
      ["that are empty", [], { input: {} }],
      ["that are an empty object", ["{", "}"], { input: {} }],
      ["that are no JSON", ['{"command": ', "rm -rf"], { input: {}, malformed: '{"command": rm -rf' }],
      ["that are cut off", ['{"command":"l'], { input: {}, malformed: '{"command":"l' }],
      ["that are no object", ["[1]"], { input: {}, malformed: "[1]" }],
      [
        "with a key that means something to JavaScript",
        ['{"__proto__":{"polluted":true}}'],
        { input: JSON.parse('{"__proto__":{"polluted":true}}') as object },
      ],
    ])("of a call with arguments %s", async (_name, deltas, expected) => {
      await using setting = await start([{ blocks: [{ type: "tool-call", id: "call_1", name: "bash", json: deltas.join(""), deltas }] }]);
      const { content, error } = await read(setting.provider.stream(requestOf(setting.model), never()));
      expect([error, bare(content)]).toEqual([undefined, [{ type: "tool-call", id: "call_1", name: "bash", ...expected }]]);
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    });

    test.each(["stop", "tool-calls", "length", "refusal"] as const)("that ended with %s", async (stop) => {
      await using setting = await start([{ ...say("so far"), stop }]);
      const { end, error } = await read(setting.provider.stream(requestOf(setting.model), never()));
      expect([error, end]).toEqual([undefined, stop]);
    });

    test("with what it cost, cache reads and writes apart", async () => {
      await using setting = await start([{ ...say("ok"), usage: { input: 7, output: 42, cacheRead: 1000, cacheWrite: 200, reasoning: 30 } }]);
      const { usage } = await read(setting.provider.stream(requestOf(setting.model), never()));
      expect(usage).toEqual({
        inputTokens: 7,
        outputTokens: 42,
        cacheReadTokens: 1000,
        ...(cacheWrites ? { cacheWriteTokens: 200 } : {}),
        ...(reasoningTokens ? { reasoningTokens: 30 } : {}),
      });
    });

    test("of a server that compresses it unasked", async () => {
      await using setting = await start([{ ...say("packed"), gzip: true }]);
      const { content, error } = await read(setting.provider.stream(requestOf(setting.model), never()));
      expect([error, content]).toEqual([undefined, [{ type: "text", text: "packed" }]]);
    });

    test("without waiting for a stream that stays open after its end", async () => {
      await using setting = await start([{ ...say("ok"), hang: "late" }], { idleTimeoutMs: 15_000 });
      const began = performance.now();
      const { content, end, error } = await read(setting.provider.stream(requestOf(setting.model), never()));
      expect([error, content, end, performance.now() - began < 10_000]).toEqual([undefined, [{ type: "text", text: "ok" }], "stop", true]);
    });

    test("with the id of its request", async () => {
      await using setting = await start([{ ...say("ok"), requestId: "req_abc" }]);
      expect((await read(setting.provider.stream(requestOf(setting.model), never()))).requestId).toBe("req_abc");
    });

    test("of 40,000 deltas, without an event for each", async () => {
      const text = "0123456789 0123456789 0123456789 0123456789 abcdef\n".repeat(40_000);
      await using setting = await start([{ blocks: [{ type: "text", text, deltas: 40_000 }] }]);
      const { content, events } = await read(setting.provider.stream(requestOf(setting.model), never()));
      expect([content, events.length < 10_000]).toEqual([[{ type: "text", text }], true]);
    });

    test("beside another one", async () => {
      await using setting = await start((_request, index) => ({ blocks: [{ type: "text", text: String(index).repeat(200), deltas: 50 }], delivery: "events" }));
      const readings = await Promise.all(Array.from({ length: 4 }, () => read(setting.provider.stream(requestOf(setting.model), never()))));
      const texts = readings.map(({ content }) => (content[0] as { readonly text: string }).text).sort();
      expect(texts).toEqual(["0", "1", "2", "3"].map((digit) => digit.repeat(200)));
    });

    test("over the connection of the one before", async () => {
      await using setting = await start([say("one"), say("two"), say("three")].map((reply) => ({ ...reply, delivery: "events" as const })));
      for (let count = 0; count < 3; count += 1) {
        await read(setting.provider.stream(requestOf(setting.model), never()));
        // A client may free a connection a moment after it read the last byte.
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(setting.requests.map(({ connection }) => connection)).toEqual([1, 1, 1]);
    });
  });

  describe(`${name} says a conversation`, () => {
    test("with the system prompt, the tools and every message in order", async () => {
      await using setting = await start([say("ok")]);
      await read(
        setting.provider.stream(
          requestOf(setting.model, [
            user({ type: "text", text: "list" }),
            assistant(
              { type: "text", text: "I look" },
              { type: "tool-call", id: "a", name: "bash", input: { command: "ls" } },
              { type: "tool-call", id: "b", name: "bash", input: {}, malformed: "{" },
            ),
            user(
              { type: "tool-result", call: "a", content: [{ type: "text", text: "x.ts" }] },
              { type: "tool-result", call: "b", content: [{ type: "text", text: "no JSON" }], failed: true },
            ),
          ]),
          never(),
        ),
      );
      expect(setting.requests.map((request) => setting.sent(request))).toEqual([
        {
          system: "be brief",
          tools: ["bash"],
          turns: [
            { role: "user", blocks: [{ type: "text", text: "list" }] },
            {
              role: "assistant",
              blocks: [
                { type: "text", text: "I look" },
                { type: "tool-call", id: "a", name: "bash", input: { command: "ls" } },
                { type: "tool-call", id: "b", name: "bash", input: {} },
              ],
            },
            {
              role: "user",
              blocks: [
                { type: "tool-result", call: "a", failed: false, blocks: [{ type: "text", text: "x.ts" }] },
                { type: "tool-result", call: "b", failed: failedResults, blocks: [{ type: "text", text: "no JSON" }] },
              ],
            },
          ],
        },
      ]);
    });

    test.skipIf(thinking === "signed")("without what a model thought, which it is shown", async () => {
      await using setting = await start([
        {
          blocks: [
            { type: "thinking", text: "Hmm", signature: "" },
            { type: "text", text: "Yes" },
          ],
        },
        say("ok"),
      ]);
      const first = requestOf(setting.model);
      const reading = await read(setting.provider.stream(first, never()));
      expect(reading.content.map(({ type }) => type)).toEqual(["reasoning", "text"]);
      await read(
        setting.provider.stream({ ...first, messages: [...first.messages, assistant(...reading.content), user({ type: "text", text: "on" })] }, never()),
      );
      expect(setting.sent(setting.requests[1] as RecordedRequest).turns[1]).toEqual({ role: "assistant", blocks: [{ type: "text", text: "Yes" }] });
    });

    test.skipIf(thinking === "shown")("with its own thinking and unknown blocks given back as they came, and without another's", async () => {
      const unknown = { type: "container_upload", file_id: "file_1", nested: { list: [1, "two"] } };
      await using setting = await start([
        {
          blocks: [
            { type: "thinking", text: "Hmm, ünd so", signature: "sig==", deltas: 4 },
            ...(raw ? [{ type: "raw", block: unknown } as const] : []),
            { type: "text", text: "Let me" },
            { type: "tool-call", id: "a", name: "bash", json: "{}" },
          ],
        },
        say("ok"),
      ]);
      const first = requestOf(setting.model);
      const reading = await read(setting.provider.stream(first, never()));
      expect(reading.events.filter(({ type }) => type === "reasoning-delta").length).toBeGreaterThan(0);
      const foreign = { type: "reasoning", text: "foreign", luggage: { "another-provider": { signature: "x" } } } as const;
      await read(
        setting.provider.stream(
          {
            ...first,
            messages: [...first.messages, assistant(foreign, ...reading.content), user({ type: "tool-result", call: "a", content: [] })],
          },
          never(),
        ),
      );
      expect(setting.sent(setting.requests[1] as RecordedRequest).turns[1]).toEqual({
        role: "assistant",
        blocks: [
          { type: "thinking", text: "Hmm, ünd so", signature: "sig==" },
          ...(raw ? [{ type: "raw", block: unknown } as const] : []),
          { type: "text", text: "Let me" },
          { type: "tool-call", id: "a", name: "bash", input: {} },
        ],
      });
    });

    test("with images and documents, also in a tool's result", async () => {
      await using setting = await start([say("ok")]);
      const image = { type: "image", mediaType: "image/png", data: "aWNvbg==" } as const;
      await read(
        setting.provider.stream(
          requestOf(setting.model, [
            user({ type: "document", mediaType: "application/pdf", data: "JVBERg==", name: "a.pdf" }, image),
            assistant({ type: "tool-call", id: "a", name: "bash", input: {} }),
            user({ type: "tool-result", call: "a", content: [{ type: "text", text: "a picture" }, image] }),
          ]),
          never(),
        ),
      );
      const { turns } = setting.sent(setting.requests[0] as RecordedRequest);
      expect([turns[0]?.blocks, turns[2]?.blocks]).toEqual([
        [{ type: "document", mediaType: "application/pdf", data: "JVBERg==" }, image],
        resultOf(image, resultImages),
      ]);
    });

    test("with what is asked of the reply", async () => {
      await using setting = await start([say("ok"), say("ok"), say("ok"), say("ok")]);
      const schema = { type: "object", properties: { name: { type: "string" } }, required: ["name"], additionalProperties: false };
      const ask = (more: Parameters<typeof requestOf>[2]): Promise<unknown> => read(setting.provider.stream(requestOf(setting.model, "hello", more), never()));
      await ask({ maxTokens: 321, toolChoice: "required" });
      await ask({ maxTokens: 321, toolChoice: { tool: "bash" } });
      if (hasOutput) await ask({ maxTokens: 321, output: { name: "answer", schema } });
      if (hasStop) await ask({ maxTokens: 321, stop: ["END"] });
      expect(setting.requests.map((request) => setting.options(request))).toEqual([
        { maxTokens: 321, toolChoice: "required" },
        { maxTokens: 321, toolChoice: { tool: "bash" } },
        ...(hasOutput ? [{ maxTokens: 321, output: schema }] : []),
        ...(hasStop ? [{ maxTokens: 321, stop: ["END"] }] : []),
      ]);
    });

    test("without another model's thinking, which its signature is not for", async () => {
      await using setting = await start([
        {
          blocks: [
            { type: "thinking", text: "Hmm", signature: "sig==" },
            { type: "text", text: "Yes" },
          ],
        },
        say("ok"),
      ]);
      const first = requestOf(setting.model);
      const reading = await read(setting.provider.stream(first, never()));
      const moved = JSON.parse(
        JSON.stringify(reading.content).replaceAll(`"model":${JSON.stringify(setting.model)}`, '"model":"another"'),
      ) as Message["content"];
      await read(setting.provider.stream({ ...first, messages: [...first.messages, assistant(...moved), user({ type: "text", text: "on" })] }, never()));
      expect(setting.sent(setting.requests[1] as RecordedRequest).turns[1]).toEqual({ role: "assistant", blocks: [{ type: "text", text: "Yes" }] });
    });

    test("that was broken: a call without a result, a result without a call, nothing said", async () => {
      await using setting = await start([say("ok")]);
      await read(
        setting.provider.stream(
          requestOf(setting.model, [
            assistant({ type: "text", text: "I begin" }),
            user({ type: "tool-result", call: "lost", content: [{ type: "text", text: "of nothing" }] }),
            assistant({ type: "tool-call", id: "a", name: "bash", input: {} }),
            user({ type: "text", text: "go on" }),
          ]),
          never(),
        ),
      );
      const { turns } = setting.sent(setting.requests[0] as RecordedRequest);
      expect(turns.map(({ role, blocks }) => [role, blocks.map(({ type }) => type)])).toEqual([
        ["user", ["text"]],
        ["assistant", ["text", "tool-call"]],
        ["user", ["tool-result", "text"]],
      ]);
    });

    test("without an empty text or message, and with every turn in the other's role", async () => {
      await using setting = await start([say("ok")]);
      await read(
        setting.provider.stream(
          requestOf(setting.model, [
            user({ type: "text", text: "one" }),
            user({ type: "text", text: "" }, { type: "text", text: "two" }),
            assistant({ type: "text", text: " \n" }),
            user({ type: "text", text: "three" }),
          ]),
          never(),
        ),
      );
      expect(setting.sent(setting.requests[0] as RecordedRequest).turns).toEqual([
        { role: "user", blocks: ["one", "two", "three"].map((text) => ({ type: "text", text })) },
      ]);
    });

    test("in the same bytes when nothing changed, so that a prompt cache is hit", async () => {
      await using setting = await start([say("ok"), say("ok")]);
      const request = requestOf(setting.model);
      await read(setting.provider.stream(request, never()));
      await read(setting.provider.stream(structuredClone(request), never()));
      const [first, second] = setting.requests.map(({ text }) => text);
      expect(second).toBe(first);
    });
  });

  providerFailures(subject);
}
