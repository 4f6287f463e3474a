import type { ContentBlock, LogEntry } from "@claw/kernel";
import { truncate } from "@claw/kernel/kit";
import { type AttributeValue, type Attributes, present } from "./attributes.ts";

/** A value that takes more than this is sent as text, cut. */
const maxValueBytes = 64 * 1024;
/** Readers of protocol buffers give up on what is nested a hundred messages deep, and a level of JSON is three. */
const maxDepth = 30;

/** What was said in an entry, for those who asked for it. `redact` takes out the secrets that it can recognise. */
export function contentOf(entry: LogEntry, redact: (text: string) => string): Attributes {
  const facts = Object.entries(said(entry)).filter(([, value]) => value !== undefined);
  return present(Object.fromEntries(facts.map(([name, value]) => [name, bounded(sendable(value, redact, 0))])));
}

function said(entry: LogEntry): Readonly<Record<string, unknown>> {
  switch (entry.type) {
    case "session":
      return { "process.working_directory": entry.cwd };
    case "prompt":
      return { "gen_ai.input.messages": [{ role: "user", parts: entry.content.flatMap(partOf) }] };
    case "compacted":
      return { "claw.summary": entry.summary };
    case "reply":
      return { "gen_ai.output.messages": [{ role: "assistant", parts: entry.content.flatMap(partOf) }] };
    case "judged":
      return { "gen_ai.tool.call.arguments": entry.input, "claw.judgement": entry.reason };
    case "tool-result":
      return { "gen_ai.tool.call.result": resultOf(entry.content) };
    case "note":
      return { "claw.text": entry.text };
    case "changed":
      return { "claw.value": entry.value };
    case "fault":
    case "turn-end":
      return { "claw.message": entry.message };
    default:
      return {};
  }
}

/** A block as the conventions write it. The bytes of images and documents stay here, and so does what only a provider understands. */
function partOf(block: ContentBlock): readonly object[] {
  switch (block.type) {
    case "text":
    case "reasoning":
      return [{ type: block.type, content: block.text }];
    case "image":
    case "document":
      return [{ type: "blob", modality: block.type, mime_type: block.mediaType }];
    case "tool-call":
      return [{ type: "tool_call", id: block.id, name: block.name, arguments: block.malformed ?? block.input }];
    case "tool-result":
      return [{ type: "tool_call_response", id: block.call, response: resultOf(block.content) }];
    case "unknown":
      return [];
    default:
      return block satisfies never;
  }
}

const resultOf = (content: readonly ContentBlock[]): unknown =>
  content.every((block) => block.type === "text") ? content.map(({ text }) => text).join("\n") : content.flatMap(partOf);

/** The same as every reader of OTLP/JSON can hold it. */
function sendable(value: unknown, redact: (text: string) => string, depth: number): AttributeValue {
  if (typeof value === "string") return redact(value).toWellFormed();
  if (typeof value === "number") return Number.isSafeInteger(value) || (Number.isFinite(value) && !Number.isInteger(value)) ? value : String(value);
  if (typeof value === "boolean") return value;
  if (typeof value !== "object" || value === null) return null;
  if (depth === maxDepth) return "{{too deep}}";
  if (Array.isArray(value)) return value.map((item) => sendable(item, redact, depth + 1));
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [redact(name).toWellFormed(), sendable(part, redact, depth + 1)]));
}

function bounded(value: AttributeValue): AttributeValue {
  const bytes = Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
  if (bytes.length <= maxValueBytes) return value;
  const { head, omittedBytes } = truncate(bytes, maxValueBytes, maxValueBytes);
  return `${head}… [${omittedBytes} bytes left out]`;
}
