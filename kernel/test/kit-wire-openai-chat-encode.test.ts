import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ContentBlock, Message } from "../src/contracts/message.ts";
import type { ModelInfo, ModelRequest, ToolSpec } from "../src/contracts/model.ts";
import { type ChatEncodeOptions, createChatEncoder } from "../kit/wire-openai/chat-encode.ts";
import { chatFields } from "../kit/wire-openai/chat-fields.ts";
import { anyMessage } from "./any-message.ts";

const user = (...content: readonly ContentBlock[]): Message => ({ role: "user", content });
const assistant = (...content: readonly ContentBlock[]): Message => ({ role: "assistant", content });
const say = (text: string): ContentBlock => ({ type: "text", text });
const call = (id: string, more: object = {}): ContentBlock => ({ type: "tool-call", id, name: "bash", input: {}, ...more });
const result = (of: string, ...content: readonly ContentBlock[]): ContentBlock => ({ type: "tool-result", call: of, content });
const image: ContentBlock = { type: "image", mediaType: "image/png", data: "QQ==" };
const bash: ToolSpec = { name: "my.bash", description: "Runs", input: {} };
const requestOf = (...messages: readonly Message[]): ModelRequest => ({ model: "m", system: [], tools: [], messages });

interface Body {
  readonly messages: readonly (Readonly<Record<string, unknown>> & { readonly role: string })[];
}
const encode = (request: ModelRequest, options: ChatEncodeOptions = { fields: { model: request.model } }): Body =>
  JSON.parse(Buffer.from(createChatEncoder("somebody")(request, options)).toString()) as Body;
const sent = (...messages: readonly Message[]): Body["messages"] => encode(requestOf(...messages)).messages;
const toolCall = (id: string, args = "{}"): object => ({ id, type: "function", function: { name: "bash", arguments: args } });

describe("a chat completion", () => {
  test("holds the fields given, the tools, the system prompt and the messages", () => {
    expect(
      encode({ ...requestOf(user(say("hi"))), system: [say("be brief"), say(" "), say("be kind")], tools: [bash] }, { fields: { model: "m", stream: true } }),
    ).toEqual({
      model: "m",
      stream: true,
      tools: [{ type: "function", function: { name: "my_bash", description: "Runs", parameters: { type: "object", properties: {} } } }],
      messages: [
        { role: "system", content: "be brief\n\nbe kind" },
        { role: "user", content: "hi" },
      ],
    });
    expect(encode({ ...requestOf(), system: [say("a")] }, { fields: {}, systemRole: "developer" })).toEqual({
      messages: [{ role: "developer", content: "a" }],
    });
  });

  test("is nothing but its messages when there is nothing else", () => {
    expect([Buffer.from(createChatEncoder("somebody")(requestOf(), { fields: {} })).toString(), encode(requestOf(user(say("hi"))), { fields: {} })]).toEqual([
      '{"messages":[]}',
      { messages: [{ role: "user", content: "hi" }] },
    ]);
  });

  test("says what a model said and called", () => {
    expect(
      sent(
        user(say("go")),
        assistant(say("I"), call("a.1", { input: { x: "é" } }), say("look"), call("b", { malformed: "{" })),
        user(result("a.1", say("1"), say("2")), result("b")),
      ),
    ).toEqual([
      { role: "user", content: "go" },
      {
        role: "assistant",
        content: [
          { type: "text", text: "I" },
          { type: "text", text: "look" },
        ],
        tool_calls: [toolCall("a_1", '{"x":"é"}'), toolCall("b")],
      },
      { role: "tool", tool_call_id: "a_1", content: "1\n2" },
      { role: "tool", tool_call_id: "b", content: "" },
    ]);
    expect(sent(user(say("go")), assistant(call("a")), user(result("a")))[1]).toEqual({ role: "assistant", content: null, tool_calls: [toolCall("a")] });
  });

  test("shows images and documents, those of results after all results of the turn", () => {
    const pdf: ContentBlock = { type: "document", mediaType: "application/pdf", data: "QQ==" };
    const written: ContentBlock = { type: "document", mediaType: "text/markdown", data: Buffer.from("# é").toString("base64"), name: "a.md" };
    expect(
      sent(user(say("see"), image, pdf, written), assistant(call("a"), call("b")), user(say("and"), result("b", image), result("a", say("text"), image))),
    ).toEqual([
      {
        role: "user",
        content: [
          { type: "text", text: "see" },
          { type: "image_url", image_url: { url: "data:image/png;base64,QQ==" } },
          { type: "file", file: { filename: "document.pdf", file_data: "data:application/pdf;base64,QQ==" } },
          { type: "text", text: "a.md:\n\n# é" },
        ],
      },
      { role: "assistant", content: null, tool_calls: [toolCall("a"), toolCall("b")] },
      { role: "tool", tool_call_id: "b", content: "(it follows)" },
      { role: "tool", tool_call_id: "a", content: "text" },
      {
        role: "user",
        content: [
          { type: "image_url", image_url: { url: "data:image/png;base64,QQ==" } },
          { type: "image_url", image_url: { url: "data:image/png;base64,QQ==" } },
          { type: "text", text: "and" },
        ],
      },
    ]);
    expect(encode(requestOf(user(image)), { fields: {}, accepts: { images: false } }).messages).toEqual([
      { role: "user", content: "(an image, image/png, was left out: m takes none)" },
    ]);
  });

  test("leaves out what the model thought and what another wire knows, and gives back what came with a call", () => {
    const luggage = { somebody: { extra_content: { google: { thought_signature: "s" } }, model: "m" } };
    const reasoning: ContentBlock = { type: "reasoning", text: "hm", luggage: { somebody: { id: "rs", model: "m" } } };
    expect(sent(user(say("a")), assistant(reasoning), user(say("b")), assistant(reasoning, say("c")), user(say("d")))).toEqual([
      { role: "user", content: "a" },
      { role: "user", content: "b" },
      { role: "assistant", content: "c" },
      { role: "user", content: "d" },
    ]);
    expect(sent(user(say("a")), assistant(call("x", { luggage })), user(result("x")))[1]).toEqual({
      role: "assistant",
      content: null,
      tool_calls: [{ ...toolCall("x"), extra_content: { google: { thought_signature: "s" } } }],
    });
  });

  test("has no id that is too long, and a call and its result have the same", () => {
    const id = `toolu_${"x".repeat(60)}`;
    const [, said, answered] = sent(user(say("go")), assistant(call(id)), user(result(id)));
    const [{ id: sentId } = { id: "" }] = (said?.["tool_calls"] ?? []) as readonly { readonly id: string }[];
    expect([sentId.length, answered?.["tool_call_id"]]).toEqual([40, sentId]);
  });

  test("encodes a message once, for as long as it is the same", () => {
    let reads = 0;
    const counted = (text: string): Message => ({
      role: "user",
      content: [
        {
          type: "text",
          get text() {
            reads += 1;
            return text;
          },
        },
      ],
    });
    const encoder = createChatEncoder("somebody");
    const history = [counted("one"), assistant(say("ok")), counted("two")];
    const textOf = (...list: readonly Message[]): string => Buffer.from(encoder(requestOf(...list), { fields: {} })).toString();
    const first = textOf(...history);
    const once = reads;
    expect([textOf(...history), reads]).toEqual([first, once]);
    expect(textOf(...history, assistant(say("ok"))).startsWith(first.slice(0, -2))).toBe(true);
    expect(reads).toBe(once);
  });

  test("is JSON of whole characters in which every call has its answer, whatever the conversation holds", () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 8 }), (messages) => {
        const text = Buffer.from(createChatEncoder("somebody")(requestOf(...messages), { fields: {} })).toString();
        const body = JSON.parse(text) as Body;
        const faults = body.messages.flatMap(({ role, tool_calls: calls = [], content, tool_call_id: id }, index) => {
          const before = body.messages.slice(0, index).findLast(({ role: other }) => other !== "tool");
          const asked = ((before?.["tool_calls"] ?? []) as readonly { readonly id: string }[]).map((each) => each.id);
          const answers: unknown[] = [];
          for (const next of body.messages.slice(index + 1)) {
            if (next.role !== "tool") break;
            answers.push(next["tool_call_id"]);
          }
          const ids = (calls as readonly { readonly id: string }[]).map((each) => each.id);
          return [
            ...(role === "assistant" && JSON.stringify(ids.toSorted()) !== JSON.stringify(answers.toSorted()) ? ["unanswered"] : []),
            ...(role === "tool" && !asked.includes(id as string) ? ["an answer to nothing"] : []),
            ...(role === "user" && (content as string | readonly unknown[]).length === 0 ? ["empty"] : []),
            ...(role === "assistant" && content === null && ids.length === 0 ? ["empty"] : []),
          ];
        });
        expect([faults, text.isWellFormed(), /\\ud[89a-f]/.test(text.replaceAll(/\\\\/g, ""))]).toEqual([[], true, false]);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("the fields of a chat completion", () => {
  const info: ModelInfo = {
    id: "m",
    contextWindow: 1000,
    tools: true,
    reasoning: false,
    output: true,
    sampling: ["temperature", "topP"],
    efforts: ["low", "high"],
  };
  const request: ModelRequest = { ...requestOf(), tools: [bash] };

  test("are the model and that it streams, what it cost included", () => {
    expect(chatFields(request, undefined, "somebody")).toEqual({ model: "m", stream: true, stream_options: { include_usage: true } });
    expect(chatFields({ ...request, maxTokens: 5 }, info, "somebody", { streamUsage: false, maxTokensField: "max_tokens" })).toEqual({
      model: "m",
      stream: true,
      max_tokens: 5,
    });
  });

  test("are all that is asked of the reply", () => {
    const schema = { type: "object" };
    expect(
      chatFields(
        {
          ...request,
          maxTokens: 5,
          effort: "low",
          toolChoice: { tool: "my.bash" },
          output: { name: "an answer", schema },
          stop: ["END"],
          sampling: { temperature: 0, topP: 0.5 },
        },
        info,
        "somebody",
      ),
    ).toEqual({
      model: "m",
      stream: true,
      stream_options: { include_usage: true },
      max_completion_tokens: 5,
      reasoning_effort: "low",
      tool_choice: { type: "function", function: { name: "my_bash" } },
      response_format: { type: "json_schema", json_schema: { name: "an_answer", schema, strict: true } },
      stop: ["END"],
      temperature: 0,
      top_p: 0.5,
    });
    expect([
      chatFields({ ...request, toolChoice: "none" }, info, "somebody")["tool_choice"],
      chatFields({ ...requestOf(), toolChoice: "required" }, info, "somebody")["tool_choice"],
    ]).toEqual(["none", undefined]);
  });

  test("leave nothing out in silence", () => {
    for (const more of [{ effort: "max" }, { sampling: { topK: 3 } }] as const)
      expect(() => chatFields({ ...request, ...more }, info, "somebody")).toThrow(expect.objectContaining({ code: "MODEL_REFUSED" }));
    expect(chatFields({ ...request, effort: "max", sampling: { topK: 3 } }, undefined, "somebody")).toMatchObject({ reasoning_effort: "max", top_k: 3 });
  });
});
