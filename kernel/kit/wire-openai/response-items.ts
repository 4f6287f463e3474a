import type { CallBlock, ContentBlock } from "../../src/contracts/message.ts";
import { stampedLuggage } from "../luggage.ts";
import { objectOfJson } from "../wire-json.ts";
import { type Fields, fieldsOf, listOf, stringOf } from "../json-object.ts";

/** Whose reply it is. */
interface Origin {
  readonly provider: string;
  readonly model: string;
}

/** What a finished item is: a block that deltas alone do not say, or nothing. `text` is what its deltas said. */
export function blockOf(item: Fields, text: string, of: Origin): ContentBlock | undefined {
  switch (item["type"]) {
    case "message": {
      const { phase } = item;
      return typeof phase === "string" ? { type: "text", text, luggage: stampedLuggage(of.provider, of.model, { phase }) } : undefined;
    }
    case "reasoning": {
      const { id, summary, encrypted_content: encrypted } = item;
      // Nothing is stored at the vendor's: without what it encrypted it cannot be sent back, and what was shown is all there is to keep.
      if (typeof encrypted !== "string" || encrypted === "") return undefined;
      return { type: "reasoning", text, luggage: stampedLuggage(of.provider, of.model, { id, summary: listOf(summary), encrypted_content: encrypted }) };
    }
    case "function_call":
      return callOf(item, text);
    default:
      return { type: "unknown", luggage: stampedLuggage(of.provider, of.model, item) };
  }
}

function callOf(item: Fields, pieces: string): CallBlock {
  // What is said when it is done counts more than what was said on the way.
  const text = stringOf(item["arguments"]) === "" ? pieces : stringOf(item["arguments"]);
  // No argument at all comes as "".
  const input = text.trim() === "" ? {} : objectOfJson(text);
  return {
    type: "tool-call",
    // Ids of the item are for what is stored at the vendor's.
    id: stringOf(item["call_id"]),
    name: stringOf(item["name"]),
    input: input ?? {},
    ...(input === undefined ? { malformed: text } : {}),
  };
}

/** The text that a finished message or thought holds, as its deltas said it. */
export function textOfItem(item: Fields): string {
  const parts = (list: unknown): readonly string[] => listOf(list).map((part) => stringOf(fieldsOf(part)["text"]) + stringOf(fieldsOf(part)["refusal"]));
  if (item["type"] === "message") return parts(item["content"]).join("");
  if (item["type"] !== "reasoning") return "";
  const summary = parts(item["summary"]);
  return (summary.length > 0 ? summary : parts(item["content"])).join(betweenParts);
}

/** Between the parts of a thought. */
export const betweenParts = "\n\n";

export const hasRefusal = (item: Fields): boolean => listOf(item["content"]).some((part) => fieldsOf(part)["type"] === "refusal");
