import { createHash } from "node:crypto";
import type { ModelRequest } from "@claw/kernel";
import { mapStrings, type StringMap } from "@claw/kernel/kit";
import { toPlaceholders, type Places } from "./places.ts";

/** What of a request is compared: the conversation and the names of the tools. The system prompt names the day and the machine. */
export interface NormalRequest {
  readonly messages: readonly unknown[];
  /** In the order of the alphabet. */
  readonly tools: readonly string[];
}

const month = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]*";
const clock = "\\d{1,2}:\\d{2}(?::\\d{2}(?:[.,]\\d+)?)?";
const number = "\\d+(?:[.,]\\d+)*";
const unit = "(?:ns|µs|μs|us|ms|s|secs?|seconds?|mins?|minutes?)";

/** What differs between two runs of one thing: times, how long it took, names that chance has made. */
const volatile: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "{{id}}"],
  [new RegExp(`\\b\\d{4}-\\d{2}-\\d{2}[T ]${clock}(?: ?(?:Z|[+-]\\d{2}:?\\d{2}))?`, "g"), "{{time}}"],
  [new RegExp(`\\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? )?${month} +\\d{1,2},?(?: +${clock})?(?: +\\d{4})?(?: [+-]\\d{4})?\\b`, "g"), "{{time}}"],
  [/\b\d{1,2}:\d{2}:\d{2}(?:[.,]\d+)?\b/g, "{{time}}"],
  [new RegExp(`\\b\\d+m ?${number}s\\b`, "g"), "{{duration}}"],
  [new RegExp(`\\b${number} ?${unit}\\b`, "g"), "{{duration}}"],
  [new RegExp(`(\\bduration(?:_?ms)?["']?\\s*[:=]?\\s*)${number}`, "gi"), "$1{{duration}}"],
  [/\b(pid[ :=]+)\d+\b/gi, "$1{{id}}"],
  [/((?:\blocalhost|\b127\.0\.0\.1|\[::1\]):)\d{2,5}\b/g, "$1{{port}}"],
];

/** The normal form of requests in certain places; two requests are the same when theirs are. */
export function normalForm(places: Places, temporary: readonly string[], secrets: StringMap): (request: ModelRequest) => NormalRequest {
  const inPlace = toPlaceholders(places);
  const folders = temporary.map((folder) => RegExp.escape(folder.replace(/\/+$/, ""))).join("|");
  const scratch = new RegExp(`(?<![\\w.-])(?:${folders})/[^\\s/"'\`:;,()<>\\]}]+`, "g");
  const text = (part: string): string =>
    volatile.reduce((changed, [pattern, placeholder]) => changed.replace(pattern, placeholder), inPlace(secrets.text(part)).replace(scratch, "{{tmp}}"));
  return ({ messages, tools }) => ({
    messages: mapStrings(withoutBytes(messages), { text, opaque: (part) => inPlace(secrets.opaque(part)) }) as readonly unknown[],
    tools: tools.map(({ name }) => secrets.text(name)).sort(),
  });
}

/** Messages whose images and documents are there by their digests only. */
function withoutBytes(messages: ModelRequest["messages"]): unknown {
  return messages.map((message) => ({ ...message, content: digests(message.content) }));
}

type Blocks = ModelRequest["messages"][number]["content"];

const digests = (blocks: Blocks): readonly unknown[] =>
  blocks.map((block) => {
    if (block.type === "tool-result") return { ...block, content: digests(block.content) };
    return block.type === "image" || block.type === "document"
      ? { ...block, data: `sha256-${createHash("sha256").update(block.data).digest("base64")}` }
      : block;
  });
