import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ContentBlock, Message } from "../src/contracts/message.ts";
import type { ModelRequest, ToolSpec } from "../src/contracts/model.ts";
import { createEncoder, type EncodeOptions } from "../kit/wire-anthropic/encode.ts";

const user = (...content: readonly ContentBlock[]): Message => ({ role: "user", content });
const assistant = (...content: readonly ContentBlock[]): Message => ({ role: "assistant", content });
const say = (text: string): ContentBlock => ({ type: "text", text });
const bash: ToolSpec = { name: "bash", description: "Runs", input: { properties: {} } };
const requestOf = (...messages: readonly Message[]): ModelRequest => ({ model: "m", system: [], tools: [], messages });

interface Body {
  readonly messages: readonly { readonly role: string; readonly content: readonly Readonly<Record<string, unknown>>[] }[];
  readonly tools?: unknown;
  readonly system?: unknown;
}
const encode = (request: ModelRequest, options: EncodeOptions = { fields: { model: request.model } }): Body =>
  JSON.parse(Buffer.from(createEncoder("anthropic")(request, options)).toString()) as Body;
const contentOf = (...content: readonly ContentBlock[]): unknown => encode(requestOf(assistant(...content, say("end")))).messages[0]?.content.slice(0, -1);

describe("a Messages request", () => {
  test("holds the fields given, the tools, the system prompt and the messages", () => {
    expect(
      encode({ ...requestOf(user(say("hi"))), system: [say("be brief"), say("")], tools: [bash] }, { fields: { model: "m", max_tokens: 5, stream: true } }),
    ).toEqual({
      model: "m",
      max_tokens: 5,
      stream: true,
      tools: [{ name: "bash", description: "Runs", input_schema: { type: "object", properties: {} } }],
      system: [{ type: "text", text: "be brief" }],
      messages: [{ role: "user", content: [{ type: "text", text: "hi" }] }],
    });
  });

  test("leaves out tools and system when there are none", () => {
    expect(Object.keys(encode(requestOf(user(say("hi")))))).toEqual(["model", "messages"]);
  });

  test.each<[string, ContentBlock, unknown]>([
    [
      "an image",
      { type: "image", mediaType: "image/webp", data: "QQ==" },
      [{ type: "image", source: { type: "base64", media_type: "image/webp", data: "QQ==" } }],
    ],
    [
      "a PDF",
      { type: "document", mediaType: "application/pdf", data: "QQ==", name: "a.pdf" },
      [{ type: "document", source: { type: "base64", media_type: "application/pdf", data: "QQ==" }, title: "a.pdf" }],
    ],
    [
      "a text document",
      { type: "document", mediaType: "text/markdown", data: Buffer.from("# é").toString("base64") },
      [{ type: "document", source: { type: "text", media_type: "text/plain", data: "# é" } }],
    ],
    ["a call", { type: "tool-call", id: "a.b:1", name: "my.tool", input: { a: [1] } }, [{ type: "tool_use", id: "a_b_1", name: "my_tool", input: { a: [1] } }]],
    [
      "a malformed call, without its text",
      { type: "tool-call", id: "a", name: "bash", input: {}, malformed: "{" },
      [{ type: "tool_use", id: "a", name: "bash", input: {} }],
    ],
    [
      "a call with what its provider needs back",
      { type: "tool-call", id: "a", name: "bash", input: {}, luggage: { anthropic: { caller: { type: "code" } }, openai: { id: 1 } } },
      [{ caller: { type: "code" }, type: "tool_use", id: "a", name: "bash", input: {} }],
    ],
    [
      "a failed result",
      { type: "tool-result", call: "a.b:1", content: [say("no"), say(" ")], failed: true },
      [{ type: "tool_result", tool_use_id: "a_b_1", content: [{ type: "text", text: "no" }], is_error: true }],
    ],
    ["an empty result", { type: "tool-result", call: "a", content: [] }, [{ type: "tool_result", tool_use_id: "a" }]],
    ["signed thinking", { type: "reasoning", text: "hm", luggage: { anthropic: { signature: "s" } } }, [{ type: "thinking", thinking: "hm", signature: "s" }]],
    ["no thinking of another's", { type: "reasoning", text: "hm", luggage: { openai: { id: "r" } } }, []],
    ["no unsigned thinking", { type: "reasoning", text: "hm" }, []],
    [
      "an unknown block of its own",
      { type: "unknown", luggage: { anthropic: { type: "redacted_thinking", data: "x" } } },
      [{ type: "redacted_thinking", data: "x" }],
    ],
    ["no unknown block of another's", { type: "unknown", luggage: { openai: { type: "x" } } }, []],
    ["no luggage that only looks like its own", { type: "unknown", luggage: Object.create({ anthropic: { type: "x" } }) as Record<string, unknown> }, []],
    ["no blank text", say(" \n\t"), []],
  ])("says %s", (_name, block, expected) => {
    expect(contentOf(block)).toEqual(expected);
  });

  test("puts results before what else a turn says, and joins the messages of a role", () => {
    const request = requestOf(
      user(say("go")),
      assistant({ type: "tool-call", id: "a", name: "bash", input: {} }),
      user(say("by the way")),
      user({ type: "tool-result", call: "a", content: [] }, say("after")),
    );
    expect(encode(request).messages[2]).toEqual({
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "a" },
        { type: "text", text: "by the way" },
        { type: "text", text: "after" },
      ],
    });
  });

  test("never ends a turn with thinking, and joins what an empty turn stood between", () => {
    const thinking: ContentBlock = { type: "reasoning", text: "hm", luggage: { anthropic: { signature: "s" } } };
    expect(encode(requestOf(user(say("a")), assistant(thinking), user(say("b")), assistant(thinking, say("c"), thinking), user(say("d")))).messages).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "a" },
          { type: "text", text: "b" },
        ],
      },
      {
        role: "assistant",
        content: [
          { type: "thinking", thinking: "hm", signature: "s" },
          { type: "text", text: "c" },
        ],
      },
      { role: "user", content: [{ type: "text", text: "d" }] },
    ]);
  });

  test("marks where its policy says, on a block that may be marked", () => {
    const request: ModelRequest = {
      ...requestOf(
        user(say("a")),
        assistant(say("b")),
        user({ type: "tool-result", call: "x", content: [] }, { type: "unknown", luggage: { anthropic: { type: "foreign" } } }),
      ),
      system: [say("one"), say("two")],
      tools: [bash, { ...bash, name: "b2" }],
    };
    const seen: unknown[] = [];
    const body = encode(request, {
      fields: {},
      cacheControl: { type: "ephemeral", ttl: "1h" },
      breakpoints: (roles) => (seen.push(roles), { tools: true, system: true, turns: [2] }),
    });
    const mark = { cache_control: { type: "ephemeral", ttl: "1h" } };
    expect([seen, body]).toEqual([
      [["user", "assistant", "user"]],
      {
        tools: [
          { name: "bash", description: "Runs", input_schema: { type: "object", properties: {} } },
          { name: "b2", description: "Runs", input_schema: { type: "object", properties: {} }, ...mark },
        ],
        system: [
          { type: "text", text: "one" },
          { type: "text", text: "two", ...mark },
        ],
        messages: [
          { role: "user", content: [{ type: "text", text: "a" }] },
          { role: "assistant", content: [{ type: "text", text: "b" }] },
          { role: "user", content: [{ type: "tool_result", tool_use_id: "x", ...mark }, { type: "foreign" }] },
        ],
      },
    ]);
  });

  test("encodes a message once, for as long as it is the same", () => {
    let reads = 0;
    const counted = (text: string): Message => ({
      role: "user",
      get content() {
        reads += 1;
        return [say(text)];
      },
    });
    const encoder = createEncoder("anthropic");
    const history = Array.from({ length: 49 }, (_, index) => (index % 2 === 0 ? counted(String(index)) : assistant(say("ok"))));
    const textOf = (...list: readonly Message[]): string => Buffer.from(encoder(requestOf(...list), { fields: {} })).toString();
    const first = textOf(...history);
    expect([textOf(...history, assistant(say("ok")), counted("new")).startsWith(first.slice(0, -2)), reads]).toEqual([true, 26]);
    expect([textOf(...history), reads]).toEqual([first, 26]);
  });

  test("is JSON of whole characters with turns that alternate, whatever the conversation holds", () => {
    const text = fc.string({ unit: "binary" }).chain((value) => fc.constantFrom(value, `${value}\ud83d`, `\ude00${value}`, `\\ud83d${value}`, " ", ""));
    const block = fc.oneof(
      text.map(say),
      fc.record({ type: fc.constant("reasoning" as const), text, luggage: fc.constantFrom({ anthropic: { signature: "s" } }, { openai: {} }) }),
      fc.record({ type: fc.constant("tool-call" as const), id: text, name: text, input: fc.dictionary(text, text) }),
      fc.record({ type: fc.constant("tool-result" as const), call: text, content: fc.array(text.map(say)), failed: fc.boolean() }),
      fc.record({
        type: fc.constant("unknown" as const),
        luggage: fc.constantFrom({ anthropic: { type: "redacted_thinking", data: "x" } }, { anthropic: { type: "y" } }, { other: 1 }),
      }),
    );
    const message = fc.record({ role: fc.constantFrom("user" as const, "assistant" as const), content: fc.array(block, { maxLength: 5 }) });
    const everyString = (value: unknown): readonly string[] =>
      typeof value === "string"
        ? [value]
        : typeof value === "object" && value !== null
          ? Object.entries(value).flatMap(([key, one]) => [key, ...everyString(one)])
          : [];
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
        const body = encode(requestOf(...messages), {
          fields: { model: "m" },
          breakpoints: (roles) => ({ tools: true, system: true, turns: roles.map((_, index) => index) }),
        });
        expect(everyString(body).every((one) => one.isWellFormed())).toBe(true);
        for (const [index, turn] of body.messages.entries()) {
          expect(turn.content.length).toBeGreaterThan(0);
          expect(turn.role).not.toBe(body.messages[index - 1]?.role);
          expect(turn.content.every((one) => one["type"] !== "text" || String(one["text"]).trim() !== "")).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });
});
