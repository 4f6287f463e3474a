import { ClawError, type ContentBlock } from "@claw/kernel";
import { isJsonObject, jsonFrom, jsonl } from "@claw/kernel/kit";
import { contentFrom } from "./messages-api.ts";

const mebibyte = 1024 * 1024;
const mostLineBytes = 10 * mebibyte;

/** One line of `--input-format stream-json`. */
export type Incoming =
  | { readonly type: "message"; readonly content: readonly ContentBlock[] }
  | { readonly type: "control"; readonly id: string; readonly request: Readonly<Record<string, unknown>> };

/** The messages of an input, one a line. A line that is none is a USAGE error that names it. */
export async function* messagesOf(input: AsyncIterable<Uint8Array>): AsyncGenerator<Incoming, void> {
  let number = 0;
  try {
    for await (const line of jsonl(input, mostLineBytes)) {
      number += 1;
      const text = line.text.trim();
      if (text !== "") yield incomingFrom(text, number);
    }
  } catch (error) {
    throw error instanceof RangeError ? wrong(number + 1, `is over ${mostLineBytes / mebibyte} MiB`) : error;
  }
}

function incomingFrom(text: string, number: number): Incoming {
  const value = jsonFrom(text);
  if (!isJsonObject(value)) throw wrong(number, "is no JSON object");
  if (value["type"] === "user") {
    const message = value["message"];
    const { role, content } = (typeof message === "object" && message !== null ? message : {}) as { readonly role?: unknown; readonly content?: unknown };
    const blocks = role === "user" ? contentFrom(content) : "has no message of the user";
    if (typeof blocks === "string") throw wrong(number, blocks);
    if (blocks.every((block) => block.type === "text" && block.text.trim() === "")) throw wrong(number, "is an empty prompt");
    return { type: "message", content: blocks };
  }
  const { type, request_id: id, request } = value;
  if (type !== "control_request") throw wrong(number, `has the type ${JSON.stringify(type)}; user and control_request are known`);
  if (typeof id !== "string" || typeof request !== "object" || request === null) throw wrong(number, "is a control_request without request_id or request");
  return { type: "control", id, request: request as Readonly<Record<string, unknown>> };
}

const wrong = (line: number, why: string): ClawError =>
  new ClawError("USAGE", `line ${line} of standard input ${why}`, { hint: '{"type":"user","message":{"role":"user","content":"what to do"}}' });
