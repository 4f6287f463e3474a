import type { ContentBlock, Message, ModelRequest } from "@claw/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createBodyEncoder } from "../src/body.ts";
import { generationFields } from "../src/generation-fields.ts";
import { listed } from "../src/models.ts";

const provider = "vertex";
const user = (...content: readonly ContentBlock[]): Message => ({ role: "user", content });
const assistant = (...content: readonly ContentBlock[]): Message => ({ role: "assistant", content });
const text = (value: string): ContentBlock => ({ type: "text", text: value });
const own = (thoughtSignature: string, model = "gemini-3.8-flash"): object => ({ luggage: { vertex: { thoughtSignature, model } } });
const request = (messages: readonly Message[], more: Partial<ModelRequest> = {}): ModelRequest => ({
  model: "gemini-3.8-flash",
  system: [],
  tools: [],
  messages,
  ...more,
});

interface Body {
  readonly contents: readonly { readonly role: string; readonly parts: readonly Record<string, unknown>[] }[];
  readonly [more: string]: unknown;
}

function bodyOf(asked: ModelRequest, encode = createBodyEncoder(provider)): Body {
  const fields = generationFields(asked, listed(asked.model), provider);
  return JSON.parse(Buffer.from(encode(asked, { fields, images: true, documents: true })).toString()) as Body;
}

describe("a request to Gemini", () => {
  test("says who speaks, what there is to call and what is asked", () => {
    const input = { properties: { command: { type: "string" } }, required: ["command"] };
    expect(
      bodyOf(
        request([user(text("list"))], {
          system: [text("be brief"), text(" ")],
          tools: [{ name: "bash", description: "Runs", input, owner: "claw/x" }],
          toolChoice: { tool: "bash" },
          maxTokens: 9,
          stop: ["END"],
          sampling: { temperature: 0.5, topP: 0.9, topK: 3 },
          output: { name: "answer", schema: { type: "string" } },
          effort: "low",
          session: "never sent",
        }),
      ),
    ).toEqual({
      generationConfig: {
        maxOutputTokens: 9,
        stopSequences: ["END"],
        temperature: 0.5,
        topP: 0.9,
        topK: 3,
        responseMimeType: "application/json",
        responseJsonSchema: { type: "string" },
        thinkingConfig: { includeThoughts: true, thinkingLevel: "LOW" },
      },
      toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["bash"] } },
      tools: [{ functionDeclarations: [{ name: "bash", description: "Runs", parametersJsonSchema: { type: "object", ...input } }] }],
      systemInstruction: { parts: [{ text: "be brief" }] },
      contents: [{ role: "user", parts: [{ text: "list" }] }],
    });
  });

  test("says nothing of what is not asked", () => {
    expect(Object.keys(bodyOf(request([user(text("hi"))], { model: "gemini-1.5-pro" })))).toEqual(["contents"]);
  });

  test.each([
    ["gemini-3.8-flash", undefined, { includeThoughts: true }],
    ["gemini-3.8-flash", "high", { includeThoughts: true, thinkingLevel: "HIGH" }],
    ["gemini-2.5-pro", "low", { includeThoughts: true, thinkingBudget: 2048 }],
    ["gemini-2.5-flash", "none", { thinkingBudget: 0 }],
    ["gemini-1.5-pro", undefined, undefined],
    ["gemini-1.5-pro", "low", { thinkingLevel: "LOW" }],
  ])("to %s with the effort %s thinks as told", (model, effort, expected) => {
    const { generationConfig } = generationFields(request([], { model, ...(effort === undefined ? {} : { effort }) }), listed(model), provider);
    expect(generationConfig?.thinkingConfig).toEqual(expected);
  });

  test("with a level the model has not is refused with those it has", () => {
    expect(() => generationFields(request([], { effort: "max" }), listed("gemini-3.8-flash"), provider)).toThrow(
      expect.objectContaining({ code: "MODEL_REFUSED", message: 'gemini-3.8-flash has the efforts low, medium, high, not "max"' }),
    );
  });

  test.each(["auto", "required", "none"] as const)("offers tools %s", (toolChoice) => {
    const tools = [{ name: "bash", description: "", input: {} }];
    const mode = { auto: "AUTO", required: "ANY", none: "NONE" }[toolChoice];
    expect(generationFields(request([], { tools, toolChoice }), undefined, provider).toolConfig).toEqual({ functionCallingConfig: { mode } });
    expect(generationFields(request([], { toolChoice }), undefined, provider).toolConfig).toBeUndefined();
  });
});

describe("what a model said goes back to it", () => {
  const said = assistant(
    { type: "reasoning", text: "Hmm", ...own("cg==") },
    { type: "text", text: "Let me", ...own("dA==") },
    { type: "unknown", luggage: { vertex: { part: { executableCode: { code: "1" } }, model: "gemini-3.8-flash" } } },
    { type: "tool-call", id: "a", name: "bash", input: { command: "ls" }, ...own("Yw==") },
    { type: "tool-call", id: "b", name: "grep", input: {} },
  );
  const answers = user(
    text("and"),
    { type: "tool-result", call: "a", content: [text("x"), text("y")] },
    { type: "tool-result", call: "b", content: [], failed: true },
  );

  test("with its signatures at the parts they came with, and answers by their names", () => {
    expect(bodyOf(request([user(text("go")), said, answers])).contents.slice(1)).toEqual([
      {
        role: "model",
        parts: [
          { text: "Hmm", thought: true, thoughtSignature: "cg==" },
          { text: "Let me", thoughtSignature: "dA==" },
          { executableCode: { code: "1" } },
          { functionCall: { id: "a", name: "bash", args: { command: "ls" } }, thoughtSignature: "Yw==" },
          { functionCall: { id: "b", name: "grep", args: {} } },
        ],
      },
      {
        role: "user",
        parts: [
          { functionResponse: { id: "a", name: "bash", response: { output: "x\ny" } } },
          { functionResponse: { id: "b", name: "grep", response: { error: "" } } },
          { text: "and" },
        ],
      },
    ]);
  });

  test("without the signatures when it is another model, whose first call is marked as unsigned", () => {
    const parts = (model: string): unknown => bodyOf(request([user(text("go")), said, answers], { model })).contents[1]?.parts;
    const call = { functionCall: { id: "a", name: "bash", args: { command: "ls" } } };
    const rest = { functionCall: { id: "b", name: "grep", args: {} } };
    expect([parts("gemini-3.7-flash"), parts("gemini-2.5-pro")]).toEqual([
      [{ text: "Let me" }, { ...call, thoughtSignature: "skip_thought_signature_validator" }, rest],
      [{ text: "Let me" }, call, rest],
    ]);
  });

  test.each([
    ["gemini-3.8-flash", true],
    ["gemini-2.5-pro", false],
  ])("to %s with the images of a result %s inside", (model, inside) => {
    const image: ContentBlock = { type: "image", mediaType: "image/png", data: "aWNvbg==" };
    const result = user({ type: "tool-result", call: "a", content: [image, text("seen")] }, { type: "tool-result", call: "b", content: [] });
    const media = { inlineData: { mimeType: "image/png", data: "aWNvbg==" } };
    expect(bodyOf(request([user(text("go")), said, result], { model })).contents[2]?.parts).toEqual([
      { functionResponse: { id: "a", name: "bash", response: { output: "seen" }, ...(inside ? { parts: [media] } : {}) } },
      { functionResponse: { id: "b", name: "grep", response: { output: "" } } },
      ...(inside ? [] : [media]),
    ]);
  });
});

describe("any history", () => {
  const block: fc.Arbitrary<ContentBlock> = fc.oneof(
    fc.string().map(text),
    fc.constant(text("half \ud83d")),
    fc.record({
      type: fc.constant("reasoning" as const),
      text: fc.string(),
      luggage: fc.constantFrom({}, { vertex: { thoughtSignature: "cw==", model: "gemini-3.8-flash" } }),
    }),
    fc.record({ type: fc.constant("tool-call" as const), id: fc.constantFrom("a", "b", "ü:1"), name: fc.constantFrom("bash", "grep"), input: fc.constant({}) }),
    fc.record({
      type: fc.constant("tool-result" as const),
      call: fc.constantFrom("a", "b", "ü:1"),
      content: fc.array(fc.string().map(text), { maxLength: 2 }),
    }),
    fc.constantFrom<ContentBlock>(
      { type: "image", mediaType: "image/png", data: "aQ==" },
      { type: "unknown", luggage: { another: {} } },
      { type: "unknown", luggage: { vertex: { part: "no part", model: "gemini-3.8-flash" } } },
    ),
  );
  const history = fc.array(fc.record({ role: fc.constantFrom("user" as const, "assistant" as const), content: fc.array(block, { maxLength: 5 }) }), {
    maxLength: 8,
  });

  test("becomes one that Gemini takes: roles alternate, every call is answered at once and nothing else is", () => {
    fc.assert(
      fc.property(history, (messages) => {
        const { contents } = bodyOf(request([...messages, user(text("go on"))]));
        expect(contents.map(({ role }) => role)).toEqual(contents.map((_, index) => (index % 2 === 0 ? "user" : "model")));
        const idsOf = (index: number, name: string): readonly unknown[] =>
          (contents[index]?.parts ?? []).flatMap((part) =>
            name in part ? [`${(part[name] as { id: string }).id} ${(part[name] as { name: string }).name}`] : [],
          );
        for (const [index, { role }] of contents.entries()) {
          if (role === "model") expect([...idsOf(index + 1, "functionResponse")].sort()).toEqual([...idsOf(index, "functionCall")].sort());
        }
      }),
    );
  });

  test("is made of kept bytes: the same request makes the same, and an old message is not encoded again", () => {
    const encode = createBodyEncoder(provider);
    const frozen = { type: "tool-call", id: "a", name: "bash", input: { x: 1 } } as const;
    let reads = 0;
    const counted = assistant({
      ...frozen,
      get input() {
        reads += 1;
        return frozen.input;
      },
    });
    const messages = [user(text("go")), counted, user({ type: "tool-result", call: "a", content: [] })];
    const options = { fields: {}, images: true, documents: true };
    const first = encode(request(messages), options);
    const before = reads;
    expect([Buffer.from(encode(request(messages), options)).equals(first), reads]).toEqual([true, before]);
    const longer = encode(request([...messages, assistant(text("done")), user(text("more"))]), options);
    expect([
      Buffer.from(longer)
        .subarray(0, first.length - 2)
        .equals(first.subarray(0, -2)),
      reads,
    ]).toEqual([true, before]);
  });
});
