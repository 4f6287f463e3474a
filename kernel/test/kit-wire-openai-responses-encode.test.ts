import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ContentBlock, Message } from "../src/contracts/message.ts";
import type { ModelInfo, ModelRequest, ToolSpec } from "../src/contracts/model.ts";
import { createResponsesEncoder, type ResponsesEncodeOptions } from "../kit/wire-openai/responses-encode.ts";
import { responsesFields } from "../kit/wire-openai/responses-fields.ts";
import { anyMessage } from "./any-message.ts";

const user = (...content: readonly ContentBlock[]): Message => ({ role: "user", content });
const assistant = (...content: readonly ContentBlock[]): Message => ({ role: "assistant", content });
const say = (text: string, luggage?: object): ContentBlock => ({ type: "text", text, ...(luggage === undefined ? {} : { luggage: { somebody: luggage } }) });
const call = (id: string, more: object = {}): ContentBlock => ({ type: "tool-call", id, name: "bash", input: {}, ...more });
const result = (of: string, ...content: readonly ContentBlock[]): ContentBlock => ({ type: "tool-result", call: of, content });
const image: ContentBlock = { type: "image", mediaType: "image/png", data: "QQ==" };
const bash: ToolSpec = { name: "my.bash", description: "Runs", input: {} };
const requestOf = (...messages: readonly Message[]): ModelRequest => ({ model: "m", system: [], tools: [], messages });

interface Body {
  readonly input: readonly Readonly<Record<string, unknown>>[];
}
const encode = (request: ModelRequest, options: ResponsesEncodeOptions = { fields: { model: request.model } }): Body =>
  JSON.parse(Buffer.from(createResponsesEncoder("somebody")(request, options)).toString()) as Body;
const sent = (...messages: readonly Message[]): Body["input"] => encode(requestOf(...messages)).input;
const asked = (text: string): object => ({ role: "user", content: [{ type: "input_text", text }] });

describe("a Responses request", () => {
  test("holds the fields given, the tools, the system prompt as instructions and the items", () => {
    expect(
      encode({ ...requestOf(user(say("hi"))), system: [say("be brief"), say("be kind")], tools: [bash] }, { fields: { model: "m", stream: true } }),
    ).toEqual({
      model: "m",
      stream: true,
      tools: [{ type: "function", name: "my_bash", description: "Runs", parameters: { type: "object", properties: {} }, strict: false }],
      instructions: "be brief\n\nbe kind",
      input: [asked("hi")],
    });
    expect(encode(requestOf(user(say("hi"))), { fields: {} })).toEqual({ input: [asked("hi")] });
  });

  test("says what a model thought, said and called, in its order", () => {
    const thought = { id: "rs", summary: [{ type: "summary_text", text: "hm" }], encrypted_content: "enc" };
    const search = { type: "web_search_call", id: "ws", status: "completed" };
    expect(
      sent(
        user(say("go")),
        assistant(
          { type: "reasoning", text: "hm", luggage: { somebody: { ...thought, model: "m" } } },
          say("I look", { phase: "commentary", model: "m" }),
          { type: "unknown", luggage: { somebody: { ...search, model: "m" } } },
          call("a.1", { input: { x: "é" } }),
          call("b", { malformed: "{" }),
        ),
        user(result("a.1", say("1")), result("b")),
        assistant(say("done")),
      ),
    ).toEqual([
      asked("go"),
      { type: "reasoning", ...thought },
      { role: "assistant", content: "I look", phase: "commentary" },
      search,
      { type: "function_call", call_id: "a_1", name: "bash", arguments: '{"x":"é"}' },
      { type: "function_call", call_id: "b", name: "bash", arguments: "{}" },
      { type: "function_call_output", call_id: "a_1", output: "1" },
      { type: "function_call_output", call_id: "b", output: "" },
      { role: "assistant", content: "done" },
    ]);
  });

  test("leaves out thinking that nothing came of, and another model's", () => {
    const thought = (model: string): ContentBlock => ({ type: "reasoning", text: "hm", luggage: { somebody: { id: "rs", encrypted_content: "e", model } } });
    expect(sent(user(say("a")), assistant(thought("m")), user(say("b")), assistant(thought("n"), say("c"), thought("m")), user(say("d")))).toEqual([
      asked("a"),
      asked("b"),
      { role: "assistant", content: "c" },
      asked("d"),
    ]);
  });

  test("shows images and documents, also in a tool's result", () => {
    const pdf: ContentBlock = { type: "document", mediaType: "application/pdf", data: "QQ==", name: "a.pdf" };
    const written: ContentBlock = { type: "document", mediaType: "text/plain", data: Buffer.from("é").toString("base64") };
    const shown = { type: "input_image", detail: "auto", image_url: "data:image/png;base64,QQ==" };
    expect(
      sent(
        user(say("see"), image, pdf, written),
        assistant(call("a"), call("b")),
        user(say("and"), result("a", image), result("b", say("x"), say("y"), image)),
      ),
    ).toEqual([
      {
        role: "user",
        content: [
          { type: "input_text", text: "see" },
          shown,
          { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,QQ==" },
          { type: "input_text", text: "é" },
        ],
      },
      { type: "function_call", call_id: "a", name: "bash", arguments: "{}" },
      { type: "function_call", call_id: "b", name: "bash", arguments: "{}" },
      { type: "function_call_output", call_id: "a", output: [shown] },
      { type: "function_call_output", call_id: "b", output: [{ type: "input_text", text: "x" }, { type: "input_text", text: "y" }, shown] },
      asked("and"),
    ]);
  });

  test("is JSON of whole characters in which every call has its answer and every thought a sequel, whatever the conversation holds", () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 8 }), (messages) => {
        const text = Buffer.from(createResponsesEncoder("somebody")(requestOf(...messages), { fields: {} })).toString();
        const { input } = JSON.parse(text) as Body;
        const idsOf = (type: string): readonly unknown[] => input.flatMap((item, index) => (item["type"] === type ? [[item["call_id"], index]] : []));
        const calls = idsOf("function_call") as readonly (readonly [string, number])[];
        const answers = idsOf("function_call_output") as readonly (readonly [string, number])[];
        const faults = [
          ...(JSON.stringify(calls.map(([each]) => each).toSorted()) === JSON.stringify(answers.map(([each]) => each).toSorted()) ? [] : ["unanswered"]),
          ...(answers.every(([each, at]) => calls.some(([other, before]) => other === each && before < at)) ? [] : ["an answer before its call"]),
          ...input.flatMap(({ type, role, content }, index) => {
            const next = input[index + 1];
            const isSequel = next !== undefined && next["role"] !== "user" && next["type"] !== "function_call_output";
            return [
              ...(type === "reasoning" && !isSequel ? ["a thought without a sequel"] : []),
              ...(type === undefined && role === undefined ? ["no item"] : []),
              ...(role !== undefined && (content as string | readonly unknown[]).length === 0 ? ["empty"] : []),
            ];
          }),
        ];
        expect([faults, text.isWellFormed(), /\\ud[89a-f]/.test(text.replaceAll(/\\\\/g, ""))]).toEqual([[], true, false]);
      }),
      { numRuns: 1000 },
    );
  });

  test("makes the same bytes of the same request, and of a copy of it", () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 6 }), (messages) => {
        const encoder = createResponsesEncoder("somebody");
        const bytes = [requestOf(...messages), requestOf(...messages), requestOf(...structuredClone(messages))].map((request) =>
          Buffer.from(encoder(request, { fields: {} })).toString(),
        );
        expect(new Set(bytes).size).toBe(1);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the fields of a Responses request", () => {
  const info: ModelInfo = { id: "m", contextWindow: 1000, tools: true, reasoning: true, output: true, efforts: ["low", "high"] };
  const request: ModelRequest = { ...requestOf(), tools: [bash] };

  test("store nothing, and ask a model that reasons for what it thought", () => {
    expect(responsesFields(request, undefined, "somebody")).toEqual({ model: "m", stream: true, store: false });
    expect(responsesFields(request, info, "somebody")).toEqual({
      model: "m",
      stream: true,
      store: false,
      include: ["reasoning.encrypted_content"],
      reasoning: { summary: "auto" },
    });
    expect(responsesFields({ ...request, effort: "high" }, info, "somebody", { summaries: false })["reasoning"]).toEqual({ effort: "high" });
    expect(responsesFields(request, info, "somebody", { summaries: false })["reasoning"]).toBeUndefined();
  });

  test("are all that is asked of the reply", () => {
    const schema = { type: "object" };
    expect(
      responsesFields(
        { ...request, maxTokens: 5, toolChoice: { tool: "my.bash" }, output: { name: "answer", schema }, sampling: { temperature: 1, topP: 0.5 } },
        { ...info, reasoning: false, sampling: ["temperature", "topP"] },
        "somebody",
      ),
    ).toEqual({
      model: "m",
      stream: true,
      store: false,
      max_output_tokens: 5,
      tool_choice: { type: "function", name: "my_bash" },
      text: { format: { type: "json_schema", name: "answer", schema, strict: true } },
      temperature: 1,
      top_p: 0.5,
    });
    expect(responsesFields({ ...request, toolChoice: "required" }, undefined, "somebody")["tool_choice"]).toBe("required");
  });

  test("leave nothing out in silence: there are no stop texts here", () => {
    expect(() => responsesFields({ ...request, stop: ["END"] }, undefined, "somebody")).toThrow(
      expect.objectContaining({ code: "MODEL_REFUSED", message: "m has no stop texts" }),
    );
    expect(() => responsesFields({ ...request, effort: "max" }, info, "somebody")).toThrow(expect.objectContaining({ code: "MODEL_REFUSED" }));
    expect(responsesFields({ ...request, stop: [] }, undefined, "somebody")).toMatchObject({ model: "m" });
  });
});
