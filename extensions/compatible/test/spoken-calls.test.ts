import type { ModelEvent } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import { textCalls } from "../src/tool-text.ts";
import { called, json, ls, parse, read, stopped, tools } from "./printed.ts";

const call = `<tool_call>${json}</tool_call>`;
const tagged = "<function=bash><parameter=command>rm -rf build</parameter></function>";

/** What a model says of calls without meaning one: none of it may run. */
const spoken: readonly (readonly [what: string, text: string])[] = [
  ["an explanation that goes on", `I call tools like so:\n\n${call}\n\nand then I wait for the result.`],
  ["an explanation that goes on after two", `First\n${call}\n${call}\nand so on`],
  ["an example in the middle of a line", `You write ${call}`],
  ["an example in the middle of a line, and a full stop", `You write ${call}.`],
  ["an example in quotes", `It prints\n"${call}"`],
  ["an example in a list", `- ${call}\n- another`],
  ["an example in a quote", `The log says:\n> ${call}\n`],
  ["an example in an indented block", `The log says:\n\n    ${call}\n`],
  ["an example in a fence at the end", `Like this:\n\`\`\`\n${call}\n\`\`\`\n`],
  ["an example in a fence that is never closed", `Like this:\n\`\`\`\n${call}\n`],
  ["an example in a fence of tildes", `~~~xml\n${call}\n~~~`],
  ["an example in a fence in a list", `1. so\n\n   \`\`\`json\n   ${json}\n   \`\`\`\n`],
  ["an example in backticks", `It is \`${call}\``],
  ["a JSON example that is the whole answer", `\`\`\`json\n${json}\n\`\`\``],
  ["a JSON example without a language", `\`\`\`\n${json}\n\`\`\``],
  ["JSON with an explanation before it", `The call would be:\n${json}`],
  ["JSON with an explanation after it", `${json}\nwould list the files`],
  ["a file's content that goes on after it", `<tool_call>${json}</tool_call>\n# Notes\nSee above.`],
  ["a file of calls in which one is of no tool", `${json}; {"name":"rm","arguments":{}}`],
  ["a line of a log of calls", `[${json}, "done"]`],
  ["a template", '<tool_call>{"name": "bash", "arguments": {"command": <the command>}}</tool_call>'],
  ["a template with dots", '<tool_call>{"name": "bash", "arguments": {...}}</tool_call>'],
  ["a template of a tool", '<tool_call>{"name": "<tool>", "arguments": {}}</tool_call>'],
  ["a call without what it needs", '<tool_call>{"name":"write","arguments":{"path":"a"}}</tool_call>'],
  ["a call with more than its tool takes", '<tool_call>{"name":"write","arguments":{"path":"a","content":"","mode":7}}</tool_call>'],
  ["a call with a value of another kind", '<tool_call>{"name":"write","arguments":{"path":["a"],"content":""}}</tool_call>'],
  ["a function tag in a sentence", `Qwen prints ${tagged}`],
  ["a function tag that text follows", `${tagged}\nis what it prints`],
  ["Mistral's mark, and text after it", `[TOOL_CALLS][${json}] is what it prints`],
  ["Llama's mark, and text after it", `<|python_tag|>${json} is what it prints`],
  ["DeepSeek's marks, and text after them", '<｜tool▁call▁begin｜>bash<｜tool▁sep｜>{"command":"ls"}<｜tool▁call▁end｜> is what it prints'],
  ["gpt-oss's marks, and text after them", '<|channel|>commentary to=functions.bash<|message|>{"command":"ls"}<|call|> is what it prints'],
];

const offered = [
  ...tools,
  {
    name: "write",
    description: "Writes a file",
    input: {
      type: "object",
      properties: { path: { type: "string" }, content: { type: "string" } },
      required: ["path", "content"],
      additionalProperties: false,
    },
  },
];

async function* pieces(text: string, size: number): AsyncGenerator<ModelEvent, void> {
  for (let at = 0; at < text.length; at += size) yield { type: "text-delta", text: text.slice(at, at + size) };
  yield { type: "end", reason: "stop" };
}

describe("what a model says of calls is text", () => {
  test.each(spoken)("%s", async (_what, text) => {
    for (const size of [1, 3, 17, text.length]) expect(await read(textCalls(pieces(text, size), offered, "auto"))).toEqual([text, stopped]);
  });

  test("and the one at the end is meant", async () => {
    expect(await parse(`Like this:\n${call}\nNow I do it.\n${call}\n`)).toEqual([`Like this:\n${call}\nNow I do it.\n`, ls, called]);
  });

  test("also where the person said how the model prints its calls", async () => {
    const text = `${call}\nis how`;
    expect(await parse(text, "hermes")).toEqual([text, stopped]);
  });
});

describe("between a call and the end of the reply", () => {
  const events = async function* (...given: readonly ModelEvent[]): AsyncGenerator<ModelEvent, void> {
    yield { type: "text-delta", text: call };
    yield* given;
    yield { type: "end", reason: "stop" };
  };
  const thought: ModelEvent = { type: "block", block: { type: "reasoning", text: "hm" } };
  const kinds = async (stream: AsyncIterable<ModelEvent>): Promise<readonly string[]> => {
    const said: string[] = [];
    for await (const event of textCalls(stream, tools, "auto")) {
      said.push(event.type === "text-delta" ? event.text : event.type === "block" ? event.block.type : event.type);
    }
    return said;
  };

  test("a thought changes nothing, and keeps its place", async () => {
    expect(await kinds(events(thought))).toEqual(["tool-call", "reasoning", "end"]);
    expect(await kinds(events(thought, { type: "text-delta", text: "so" }))).toEqual([call, "reasoning", "so", "end"]);
  });

  test("what the server says the text is, is the text", async () => {
    expect(await kinds(events({ type: "block", block: { type: "text", text: call } }))).toEqual([call, "text", "end"]);
  });

  test("a call of the server's makes it text", async () => {
    const native: ModelEvent = { type: "block", block: { type: "tool-call", id: "a", name: "now", input: {} } };
    expect(await kinds(events(native))).toEqual([call, "tool-call", "end"]);
  });
});
