import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ContentBlock, Message } from "../src/contracts/message.ts";
import type { ModelRequest, ToolSpec } from "../src/contracts/model.ts";
import { cacheBreakpoints } from "../kit/cache-breakpoints.ts";
import { createEncoder, type EncodeOptions } from "../kit/wire-anthropic/encode.ts";

const user = (...content: readonly ContentBlock[]): Message => ({ role: "user", content });
const assistant = (...content: readonly ContentBlock[]): Message => ({ role: "assistant", content });
const say = (text: string): ContentBlock => ({ type: "text", text });
const image: ContentBlock = { type: "image", mediaType: "image/png", data: "QQ==" };
const bash: ToolSpec = { name: "bash", description: "Runs", input: { properties: {} } };
const requestOf = (...messages: readonly Message[]): ModelRequest => ({ model: "m", system: [], tools: [], messages });

interface Body {
  readonly messages: readonly { readonly role: string; readonly content: readonly Readonly<Record<string, unknown>>[] }[];
  readonly tools?: unknown;
  readonly system?: unknown;
}
const encode = (request: ModelRequest, options: EncodeOptions = { fields: { model: request.model } }): Body =>
  JSON.parse(Buffer.from(createEncoder("anthropic")(request, options)).toString()) as Body;
const call = (id: string): ContentBlock => ({ type: "tool-call", id, name: "bash", input: {} });

/** What a block becomes where it may stand: a result answers a call, and a model's own blocks answer a prompt. */
function contentOf(block: ContentBlock): unknown {
  const isOfUser = ["text", "image", "document", "tool-result"].includes(block.type);
  const said = [user(say("go")), assistant(say("so"), ...(block.type === "tool-result" ? [call(block.call)] : isOfUser ? [] : [block]), say("end"))];
  const { messages } = encode(requestOf(...said, ...(isOfUser ? [user(block, say("end"))] : [])));
  return isOfUser ? messages[2]?.content.slice(0, -1) : messages[1]?.content.slice(1, -1);
}

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
    [
      "thinking that bears its model's stamp, without the stamp",
      { type: "reasoning", text: "hm", luggage: { anthropic: { signature: "s", model: "m" } } },
      [{ type: "thinking", thinking: "hm", signature: "s" }],
    ],
    ["no thinking of another model", { type: "reasoning", text: "hm", luggage: { anthropic: { signature: "s", model: "n" } } }, []],
    ["no thinking of another's", { type: "reasoning", text: "hm", luggage: { openai: { id: "r" } } }, []],
    ["no unsigned thinking", { type: "reasoning", text: "hm" }, []],
    [
      "an unknown block of its own",
      { type: "unknown", luggage: { anthropic: { type: "redacted_thinking", data: "x" } } },
      [{ type: "redacted_thinking", data: "x" }],
    ],
    [
      "an unknown block that bears its model's stamp, without the stamp",
      { type: "unknown", luggage: { anthropic: { type: "compaction", content: "x", model: "m" } } },
      [{ type: "compaction", content: "x" }],
    ],
    ["no unknown block of another model", { type: "unknown", luggage: { anthropic: { type: "compaction", model: "n" } } }, []],
    [
      "a call of another model, without what that one needed back",
      { type: "tool-call", id: "a", name: "bash", input: {}, luggage: { anthropic: { caller: { type: "code" }, model: "n" } } },
      [{ type: "tool_use", id: "a", name: "bash", input: {} }],
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

  test("lets the images of a failed result follow it, for a result that failed may hold only text", () => {
    const failed: ContentBlock = { type: "tool-result", call: "a", content: [image, say("no")], failed: true };
    const fine: ContentBlock = { type: "tool-result", call: "b", content: [say("yes"), image] };
    const source = { type: "image", source: { type: "base64", media_type: "image/png", data: "QQ==" } };
    expect(encode(requestOf(user(say("go")), assistant(call("a"), call("b")), user(failed, fine, say("on")))).messages[2]?.content).toEqual([
      { type: "tool_result", tool_use_id: "a", content: [{ type: "text", text: "no" }], is_error: true },
      { type: "tool_result", tool_use_id: "b", content: [{ type: "text", text: "yes" }, source] },
      source,
      { type: "text", text: "on" },
    ]);
  });

  test("shows a model only what it can take", () => {
    const content = [image, { type: "document", mediaType: "application/pdf", data: "QQ==", name: "a.pdf" }] as const;
    const said = (accepts: EncodeOptions["accepts"]): unknown =>
      encode(requestOf(user(...content)), { fields: {}, ...(accepts === undefined ? {} : { accepts }) }).messages[0]?.content.map((one) => one["type"]);
    expect([said(undefined), said({ images: true, documents: false }), said({ images: false, documents: false })]).toEqual([
      ["image", "document"],
      ["image", "text"],
      ["text", "text"],
    ]);
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
        assistant(say("b"), call("x")),
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
          {
            role: "assistant",
            content: [
              { type: "text", text: "b" },
              { type: "tool_use", id: "x", name: "bash", input: {} },
            ],
          },
          { role: "user", content: [{ type: "tool_result", tool_use_id: "x", ...mark }, { type: "foreign" }] },
        ],
      },
    ]);
  });

  test("encodes a message once, for as long as it is the same", () => {
    const reads: number[] = [];
    const counted = (text: string): Message => {
      const index = reads.push(0) - 1;
      return user({
        type: "text",
        get text() {
          reads[index] = (reads[index] ?? 0) + 1;
          return text;
        },
      });
    };
    const encoder = createEncoder("anthropic");
    const history = Array.from({ length: 49 }, (_, index) => (index % 2 === 0 ? counted(String(index)) : assistant(say("ok"))));
    const textOf = (...list: readonly Message[]): string => Buffer.from(encoder(requestOf(...list), { fields: {} })).toString();
    const first = textOf(...history);
    const once = [...reads];
    expect([once.length, new Set(once).size, (once[0] ?? 0) > 0]).toEqual([25, 1, true]);
    expect(textOf(...history, assistant(say("ok")), counted("new")).startsWith(first.slice(0, -2))).toBe(true);
    expect(reads).toEqual([...once, once[0]]);
    expect([textOf(...history), reads]).toEqual([first, [...once, once[0]]]);
  });

  test("is JSON of whole characters with turns that alternate, whatever the conversation holds", () => {
    const text = fc.string({ unit: "binary" }).chain((value) => fc.constantFrom(value, `${value}\ud83d`, `\ude00${value}`, `\\ud83d${value}`, " ", ""));
    const id = fc.oneof(text, fc.constantFrom("a", "b.1", "c"));
    const block = fc.oneof(
      text.map(say),
      fc.record({
        type: fc.constant("reasoning" as const),
        text,
        luggage: fc.constantFrom({ anthropic: { signature: "s", model: "m" } }, { anthropic: { signature: "s", model: "n" } }, { openai: {} }),
      }),
      fc.record({ type: fc.constant("tool-call" as const), id, name: text, input: fc.dictionary(text, text) }),
      fc.record({ type: fc.constant("tool-result" as const), call: id, content: fc.array(fc.oneof(text.map(say), fc.constant(image))), failed: fc.boolean() }),
      fc.constant(image),
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
    const idsOf = (turn: Body["messages"][number] | undefined, type: string, name: string): readonly string[] =>
      (turn?.content ?? [])
        .filter((one) => one["type"] === type)
        .map((one) => String(one[name]))
        .sort();
    fc.assert(
      fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
        const body = encode(requestOf(...messages), {
          fields: { model: "m" },
          breakpoints: (roles) => ({ tools: true, system: true, turns: roles.map((_, index) => index) }),
        });
        expect(everyString(body).every((one) => one.isWellFormed())).toBe(true);
        for (const [index, turn] of body.messages.entries()) {
          expect(turn.content.length).toBeGreaterThan(0);
          expect(turn.role).toBe(index % 2 === 0 ? "user" : "assistant");
          expect(turn.content.every((one) => one["type"] !== "text" || String(one["text"]).trim() !== "")).toBe(true);
          expect(String(turn.role === "assistant" ? turn.content.at(-1)?.["type"] : "").endsWith("thinking")).toBe(false);
          expect(turn.content.every((one) => one["signature"] === undefined || one["model"] === undefined)).toBe(true);
          expect(idsOf(turn, "tool_result", "tool_use_id")).toEqual(idsOf(body.messages[index - 1], "tool_use", "id"));
          // Results come first, and one that failed holds nothing but text.
          const rest = turn.content.findIndex((one) => one["type"] !== "tool_result");
          expect(rest !== -1 && turn.content.slice(rest).some((one) => one["type"] === "tool_result")).toBe(false);
          for (const { is_error, content = [] } of turn.content as readonly { is_error?: true; content?: readonly { type: string }[] }[])
            expect(is_error !== true || content.every(({ type }) => type === "text")).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("the prompt cache", () => {
  const conversation = fc.array(fc.constant(["user", "assistant"] as const), { minLength: 0, maxLength: 8 }).map((pairs) => [...pairs.flat(), "user" as const]);

  test("has at most four breakpoints, the last one at the last user turn", () => {
    fc.assert(
      fc.property(conversation, (roles) => {
        const { tools, system, turns } = cacheBreakpoints(roles);
        expect([tools, system, turns.length <= 2, turns.at(-1)]).toEqual([true, true, true, roles.length - 1]);
      }),
    );
  });

  test("is read where the request before wrote it", () => {
    fc.assert(
      fc.property(conversation, (roles) => {
        const written = cacheBreakpoints(roles).turns.at(-1);
        expect(cacheBreakpoints([...roles, "assistant", "user"]).turns).toContain(written);
      }),
    );
  });
});
