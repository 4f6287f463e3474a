import type { ModelEvent, ToolSpec } from "@claw/kernel";
import type { DialectName } from "../src/dialects.ts";
import { textCalls } from "../src/tool-text.ts";

export const tools: readonly ToolSpec[] = [
  {
    name: "bash",
    description: "Runs a command",
    input: { type: "object", properties: { command: { type: "string" }, timeout: { type: "integer" }, env: { type: "object" } } },
  },
  { name: "now", description: "Tells the time", input: { type: "object" } },
];

export async function* streamed(pieces: readonly string[], reason: "stop" | "length" = "stop"): AsyncGenerator<ModelEvent, void> {
  for (const text of pieces) yield { type: "text-delta", text };
  yield { type: "usage", usage: { inputTokens: 1, outputTokens: 1 } };
  yield { type: "end", reason };
}

/** What comes out: text as it is joined, calls as `name` and what they hold, and why it ended. */
export async function read(events: AsyncIterable<ModelEvent>): Promise<readonly unknown[]> {
  const said: unknown[] = [];
  for await (const event of events) {
    const last = said.at(-1);
    if (event.type === "text-delta") said.splice(typeof last === "string" ? -1 : said.length, 1, (typeof last === "string" ? last : "") + event.text);
    else if (event.type === "block" && event.block.type === "tool-call") {
      const { name, input, malformed } = event.block;
      said.push(malformed === undefined ? [name, input] : [name, input, malformed]);
    } else if (event.type === "end") said.push({ end: event.reason });
  }
  return said;
}

export const parse = (text: string, dialect: DialectName = "auto"): Promise<readonly unknown[]> => read(textCalls(streamed([text]), tools, dialect));

export const ls = ["bash", { command: "ls" }] as const;
export const json = '{"name":"bash","arguments":{"command":"ls"}}';
export const called = { end: "tool-calls" };
export const stopped = { end: "stop" };
