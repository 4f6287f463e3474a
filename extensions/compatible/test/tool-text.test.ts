import { ClawError, type ModelEvent } from "@claw/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { DialectName } from "../src/dialects.ts";
import { textCalls } from "../src/tool-text.ts";
import { called, json, ls, parse, read, stopped, streamed, tools } from "./printed.ts";

/** Texts, and what they mean: the property below cuts each of them anywhere. */
const samples: readonly (readonly [what: string, text: string, expected: readonly unknown[]])[] = [
  ["Hermes", `<tool_call>\n${json}\n</tool_call>`, [ls, called]],
  ["Hermes, after a text", `I look.\n<tool_call>${json}</tool_call>`, ["I look.\n", ls, called]],
  ["Hermes, twice", `<tool_call>${json}</tool_call>\n<tool_call>{"name":"now"}</tool_call>\n`, [ls, ["now", {}], called]],
  ["Hermes, with the end forgotten", `Well\n<tool_call>${json}`, ["Well\n", ls, called]],
  [
    "Hermes, with its own tag in an argument",
    '<tool_call>{"name":"bash","arguments":{"command":"echo \\"</tool_call>\\" <tool_call>"}}</tool_call>',
    [["bash", { command: 'echo "</tool_call>" <tool_call>' }], called],
  ],
  ["Hermes, with arguments as text", '<tool_call>{"name":"bash","arguments":"{\\"command\\":\\"ls\\"}"}</tool_call>', [ls, called]],
  ["Hermes, cut off", 'so <tool_call>{"name":"bash","arguments":{"comm', ['so <tool_call>{"name":"bash","arguments":{"comm', stopped]],
  ["Hermes, of another tool", '<tool_call>{"name":"rm","arguments":{}}</tool_call>', ['<tool_call>{"name":"rm","arguments":{}}</tool_call>', stopped]],
  ["a tag that is spoken of", `The tag <tool_call> opens a call.\n<tool_call>${json}</tool_call>`, ["The tag <tool_call> opens a call.\n", ls, called]],
  [
    "a call in a fence, which is shown",
    `Like this:\n\`\`\`xml\n<tool_call>${json}</tool_call>\n\`\`\`\n`,
    [`Like this:\n\`\`\`xml\n<tool_call>${json}</tool_call>\n\`\`\`\n`, stopped],
  ],
  [
    "a call in backticks, and one that is meant",
    `\`<tool_call>${json}</tool_call>\`\n<tool_call>${json}</tool_call>`,
    [`\`<tool_call>${json}</tool_call>\`\n`, ls, called],
  ],
  [
    "Qwen Coder",
    "<tool_call>\n<function=bash>\n<parameter=command>\nls\n</parameter>\n<parameter=timeout>\n5\n</parameter>\n</function>\n</tool_call>",
    [["bash", { command: "ls", timeout: 5 }], called],
  ],
  [
    "Qwen Coder, with the outer tag forgotten",
    "So:\n<function=bash>\n<parameter=command>\na\n\nb\n</parameter>\n</function>\n</tool_call>",
    ["So:\n", ["bash", { command: "a\n\nb" }], called],
  ],
  [
    "Qwen Coder, with its own tags in a value",
    "<function=bash><parameter=command>echo '</parameter>' </function> <b></parameter></function>",
    [["bash", { command: "echo '</parameter>' </function> <b>" }], called],
  ],
  ["Qwen Coder, with an object for a value", '<function=bash><parameter=env>{"A": "1"}</parameter></function>', [["bash", { env: { A: "1" } }], called]],
  ["Qwen Coder, of another tool", "<function=rm><parameter=x>1</parameter></function>", ["<function=rm><parameter=x>1</parameter></function>", stopped]],
  ["Llama's function tag", '<function=bash>{"command":"ls"}</function>', [ls, called]],
  [
    "GLM",
    "<tool_call>bash\n<arg_key>command</arg_key>\n<arg_value>ls</arg_value>\n<arg_key>timeout</arg_key>\n<arg_value>5</arg_value>\n</tool_call>",
    [["bash", { command: "ls", timeout: 5 }], called],
  ],
  ["GLM, without arguments", "<tool_call>now\n</tool_call>", [["now", {}], called]],
  ["Llama", '<|python_tag|>{"name":"bash","parameters":{"command":"ls"}}; {"name":"now","parameters":{}}<|eom_id|>', [ls, ["now", {}], called]],
  ["Llama, as code", "<|python_tag|>print(1)", ["<|python_tag|>print(1)", stopped]],
  ["Llama, as the whole answer", ' {"name": "bash", "parameters": {"command": "ls"}}\n', [ls, called]],
  ["two objects as the whole answer", `${json}; ${json}`, [ls, ls, called]],
  ["a list as the whole answer", `[${json}, {"name":"now","arguments":{}}]`, [ls, ["now", {}], called]],
  ["JSON with more in it than a call", '{"name":"bash","arguments":{},"price":3}', ['{"name":"bash","arguments":{},"price":3}', stopped]],
  ["JSON with more after it than a call", `${json} is how`, [`${json} is how`, stopped]],
  ["JSON of something else", '{"name":"Ada","age":36}', ['{"name":"Ada","age":36}', stopped]],
  ["a fence for calls", `\`\`\`tool_call\n${json}\n\`\`\``, [ls, called]],
  ["a fence in an answer", `\`\`\`json\n${json}\n\`\`\`\nis a call`, [`\`\`\`json\n${json}\n\`\`\`\nis a call`, stopped]],
  ["a fence of code", "```ts\nlet x;\n```\n", ["```ts\nlet x;\n```\n", stopped]],
  ["Mistral", `[TOOL_CALLS][${json}, {"name":"now","arguments":{}}]`, [ls, ["now", {}], called]],
  ["Mistral, of a later model", '[TOOL_CALLS]bash[ARGS]{"command":"ls"}[TOOL_CALLS]now[CALL_ID]abc[ARGS]{}', [ls, ["now", {}], called]],
  ["Mistral, of a tool among others", `[TOOL_CALLS][${json}, {"name":"rm","arguments":{}}]`, [`[TOOL_CALLS][${json}, {"name":"rm","arguments":{}}]`, stopped]],
  [
    "DeepSeek",
    'Ok.<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>bash\n```json\n{"command":"ls"}\n```<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>function<｜tool▁sep｜>now\n```json\n{}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    ["Ok.", ls, ["now", {}], called],
  ],
  [
    "DeepSeek, of a later model",
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>bash<｜tool▁sep｜>{"command":"ls"}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    [ls, called],
  ],
  [
    "Kimi",
    '<|tool_calls_section_begin|><|tool_call_begin|>functions.bash:0<|tool_call_argument_begin|>{"command":"ls"}<|tool_call_end|><|tool_calls_section_end|>',
    [ls, called],
  ],
  ["gpt-oss", '<|start|>assistant<|channel|>commentary to=functions.bash <|constrain|>json<|message|>{"command":"ls"}<|call|>', [ls, called]],
  ["gpt-oss, thinking", "<|channel|>analysis<|message|>hm", ["<|channel|>analysis<|message|>hm", stopped]],
  [
    "a key that means something to JavaScript",
    '<tool_call>{"name":"bash","arguments":{"__proto__":{"polluted":true}}}</tool_call>',
    [["bash", JSON.parse('{"__proto__":{"polluted":true}}')], called],
  ],
  [
    "a tool that every object has",
    '<tool_call>{"name":"toString","arguments":{}}</tool_call>',
    ['<tool_call>{"name":"toString","arguments":{}}</tool_call>', stopped],
  ],
  ["nothing but space", " \n\t", [" \n\t", stopped]],
];

describe("a call that is printed as text", () => {
  test.each(samples)("is read: %s", async (_what, text, expected) => {
    expect(await parse(text)).toEqual(expected);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test.each(samples)("is the same however it is cut: %s", async (_what, text, expected) => {
    expect(await read(textCalls(streamed([...text]), tools, "auto"))).toEqual(expected);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: text.length }), { maxLength: 8 }), async (cuts) => {
        const places = [0, ...cuts.sort((a, b) => a - b), text.length];
        const pieces = places.slice(1).map((place, index) => text.slice(places[index], place));
        expect(await read(textCalls(streamed(pieces), tools, "auto"))).toEqual(expected);
      }),
      { numRuns: 40 },
    );
  });

  test("has an id of its own", async () => {
    const ids: string[] = [];
    for await (const event of textCalls(streamed([`<tool_call>${json}</tool_call><tool_call>${json}</tool_call>`]), tools, "auto"))
      if (event.type === "block" && event.block.type === "tool-call") ids.push(event.block.id);
    expect(ids).toEqual(["call_1", "call_2"]);
  });

  test.each<[string, DialectName, string, readonly unknown[]]>([
    ["arguments that are none", "hermes", '<tool_call>{"name":"bash","arguments":"ls"}</tool_call>', [["bash", {}, "ls"], called]],
    ["arguments that are a list", "hermes", '<tool_call>{"name":"bash","arguments":[1]}</tool_call>', [["bash", {}, "[1]"], called]],
    [
      "JSON that is broken",
      "qwen",
      '<tool_call>{"name":"bash","arguments":{"command":"ls"}</tool_call>',
      [["bash", {}, '{"name":"bash","arguments":{"command":"ls"}'], called],
    ],
    [
      "a string that never ends",
      "hermes",
      '<tool_call>{"name":"bash","arguments":{"command":"ls}</tool_call>',
      [["bash", {}, '{"name":"bash","arguments":{"command":"ls}'], called],
    ],
    ["an input that its tool does not take", "hermes", '<tool_call>{"name":"bash","arguments":{"command":5}}</tool_call>', [["bash", { command: 5 }], called]],
    ["words before it on its line", "hermes", `Well <tool_call>${json}</tool_call>`, ["Well ", ls, called]],
    ["a fence around it", "json", `\`\`\`json\n${json}\n\`\`\`\n`, [ls, called]],
  ])("may have %s only where the person said how the model prints its calls", async (_what, dialect, text, expected) => {
    expect(await parse(text, dialect)).toEqual(expected);
    expect(await parse(text)).toEqual([text, stopped]);
  });

  test("is looked for in one family's words, or not at all, when that is asked for", async () => {
    const text = `[TOOL_CALLS][${json}]<tool_call>${json}</tool_call>`;
    expect(await parse(text, "hermes")).toEqual([`[TOOL_CALLS][${json}]`, ls, called]);
    expect(await parse(text, "off")).toEqual([text, stopped]);
    expect(await read(textCalls(streamed([text]), [], "auto"))).toEqual([text, stopped]);
  });

  test("does not make a reply whole that was cut short", async () => {
    expect(await read(textCalls(streamed([`<tool_call>${json}</tool_call>`], "length"), tools, "auto"))).toEqual([ls, { end: "length" }]);
  });

  test("is text where the server gives calls of its own", async () => {
    async function* events(): AsyncGenerator<ModelEvent, void> {
      yield { type: "text-delta", text: `<tool_call>${json}` };
      yield { type: "block", block: { type: "tool-call", id: "a", name: "now", input: {} } };
      yield { type: "text-delta", text: `<tool_call>${json}</tool_call>` };
      yield { type: "end", reason: "tool-calls" };
    }
    expect(await read(textCalls(events(), tools, "auto"))).toEqual([`<tool_call>${json}`, ["now", {}], `<tool_call>${json}</tool_call>`, called]);
  });

  test("does not lose what came before a failure", async () => {
    const failure = new ClawError("MODEL_STREAM_CUT", "cut", {});
    async function* events(): AsyncGenerator<ModelEvent, void> {
      yield { type: "text-delta", text: "so <tool_c" };
      throw failure;
    }
    const said: ModelEvent[] = [];
    const reading = (async () => {
      for await (const event of textCalls(events(), tools, "auto")) said.push(event);
    })();
    await expect(reading).rejects.toBe(failure);
    expect(said.map((event) => (event.type === "text-delta" ? event.text : event)).join("")).toBe("so <tool_c");
  });

  test("shows other text at once", async () => {
    const shown: string[] = [];
    async function* events(): AsyncGenerator<ModelEvent, void> {
      for (const text of ["Hello ", "world <", "b> [", "1] {", '"a":1} `x` ', "<tool"]) {
        yield { type: "text-delta", text };
        shown.push("|");
      }
    }
    for await (const event of textCalls(events(), tools, "auto")) if (event.type === "text-delta") shown.push(event.text);
    expect(shown.join("")).toBe('Hello |world |<b> |[1] {|"a":1} `x` ||');
  });
});

describe("any other text", () => {
  const words = fc.constantFrom(
    "<",
    "<tool",
    "</tool_call>",
    "`",
    "```",
    "\n",
    " ",
    "{",
    "[",
    '"',
    "é",
    "👩‍👩‍👧",
    "function=",
    "name",
    ":",
    "<|",
    "[TOOL",
    "\\",
    "<｜tool",
  );

  test("passes byte for byte, however it is cut", async () => {
    const marks = /<tool_call>|<function=|<\|python_tag\|>|\[TOOL_CALLS\]|▁begin｜>|_begin\|>|<\|channel\|>|<\|start\|>assistant/;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.oneof(words, fc.string({ unit: "grapheme", maxLength: 12 })), { maxLength: 30 }), async (pieces) => {
        const text = pieces.join("");
        fc.pre(!marks.test(text));
        expect(await read(textCalls(streamed(pieces), tools, "auto"))).toEqual([...(text === "" ? [] : [text]), stopped]);
      }),
      { numRuns: 500 },
    );
  });

  test("loses nothing but calls, even if it is full of marks", async () => {
    const parts = fc.oneof(
      words,
      fc.constantFrom(
        "<tool_call>",
        "<function=bash>",
        "<parameter=x>",
        "</parameter>",
        "</function>",
        "<|python_tag|>",
        "[TOOL_CALLS]",
        "bash",
        "<｜tool▁calls▁begin｜>",
        "<｜tool▁sep｜>",
        "<|channel|>",
        "<|message|>",
        "<arg_key>",
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(parts, { maxLength: 40 }), async (pieces) => {
        const once = await read(textCalls(streamed([pieces.join("")]), tools, "auto"));
        expect(await read(textCalls(streamed(pieces), tools, "auto"))).toEqual(once);
        if (!once.some(Array.isArray)) expect(once.slice(0, -1).join("")).toBe(pieces.join(""));
      }),
      { numRuns: 500 },
    );
  });
});

describe("what is meant to hurt", () => {
  const million = (text: string): string => text.repeat(Math.ceil(1_000_000 / text.length));
  test.each([
    ["brackets", million("<")],
    ["opened tags", million("<tool_call>")],
    ["opened objects", `<tool_call>${million("{")}`],
    ["opened objects in opened tags", million("<tool_call>{")],
    ["opened strings in opened tags", million('<tool_call>{"')],
    ["broken calls", million("<tool_call>{'</tool_call>")],
    ["calls that never close", million("<tool_call>{'")],
    ["strings that swallow tags", million('<tool_call>{"</tool_call>')],
    ["functions that never close", million("<function=bash><parameter=x>")],
    ["values that close again and again", `<function=bash><parameter=x>${million("</parameter> ")}`],
    ["keys that never close", million("<tool_call>bash<arg_key>a</arg_key><arg_value>")],
    ["lists", million("[TOOL_CALLS][")],
    ["a list in a list", `[TOOL_CALLS]${million("[")}`],
    ["sections", million("<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>bash<｜tool▁sep｜>{")],
    ["channels", million("<|channel|>")],
    ["semicolons", `<|python_tag|>${million(`${json};`)}`],
    ["backticks", million("`")],
    ["space", `<tool_call>${million(" ")}`],
    ["an escape without end", `<tool_call>{"${million("\\")}`],
  ])("takes no time and throws nothing: %s", async (_what, text) => {
    const began = performance.now();
    const once = await read(textCalls(streamed([text]), tools, "auto"));
    const pieces = Array.from({ length: Math.ceil(text.length / 25) }, (_, index) => text.slice(index * 25, (index + 1) * 25));
    const cut = await read(textCalls(streamed(pieces), tools, "auto"));
    expect(performance.now() - began).toBeLessThan(8000);
    expect(JSON.stringify(cut) === JSON.stringify(once)).toBe(true);
  });

  test("a call of a megabyte is a call", async () => {
    const command = 'echo "\\" <tool_call> }\n'.repeat(50_000);
    const text = `<tool_call>${JSON.stringify({ name: "bash", arguments: { command } })}</tool_call>`;
    const pieces = Array.from({ length: Math.ceil(text.length / 40) }, (_, index) => text.slice(index * 40, (index + 1) * 40));
    expect(await read(textCalls(streamed(pieces), tools, "auto"))).toEqual([["bash", { command }], called]);
  });
});
