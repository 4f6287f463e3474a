import type { PrefixRecord } from "./contracts/model.ts";
import type { CallBlock, ContentBlock, Usage } from "./contracts/message.ts";
import type { ToolResult } from "./contracts/tool.ts";
import { isRecord, plainCopy, plainOrNothing } from "./plain-data.ts";

/** Longer results lose their middle: a tool that does not bound its own output must not fill the context. */
const mostResultCharacters = 400_000;

/** What a person or a tool can say to a model. */
function isMaterial(value: unknown): value is ContentBlock {
  if (!isRecord(value)) return false;
  switch (value["type"]) {
    case "text":
      return typeof value["text"] === "string";
    case "image":
    case "document":
      return typeof value["data"] === "string" && typeof value["mediaType"] === "string";
    default:
      return false;
  }
}

/** Whether a block tells a model anything. */
export const isTelling = (block: ContentBlock): boolean => block.type !== "text" || block.text.trim() !== "";

/** What a prompt may consist of, frozen; undefined if it is something else, or tells nothing. */
export function promptContent(value: unknown): readonly ContentBlock[] | undefined {
  const content = plainOrNothing(value);
  return Array.isArray(content) && content.every(isMaterial) && content.some(isTelling) ? content : undefined;
}

/** What a system prompt may consist of, frozen; it may be empty. */
export function systemContent(value: unknown): readonly ContentBlock[] | undefined {
  const content = plainOrNothing(value);
  return Array.isArray(content) && content.every((block) => isMaterial(block) && block.type === "text") ? (content as readonly ContentBlock[]) : undefined;
}

/** A tool's result, frozen and bounded; undefined if it is none. Throws when it cannot be read or written down. */
export function toolResult(value: unknown): ToolResult | undefined {
  const result: unknown =
    typeof value === "string" ? { content: [{ type: "text", text: value.toWellFormed() }] } : value === undefined ? value : plainCopy(value);
  if (!isRecord(result)) return undefined;
  const { content, failed, details } = result;
  if (!Array.isArray(content) || !content.every(isMaterial) || (details !== undefined && (typeof details !== "object" || details === null))) return undefined;
  return { content: bounded(content), ...(failed === true ? { failed } : {}), ...(details === undefined ? {} : { details }) };
}

/** A part of a result that a tool shows early, frozen and bounded; undefined if it is none. */
export function progressBlock(value: unknown): ContentBlock | undefined {
  const block = plainOrNothing(value);
  return isMaterial(block) ? bounded([block])[0] : undefined;
}

/** A finished block of a model's reply, frozen; undefined if it is none. A call whose input is no object, or cannot be written down, is malformed. */
export function replyBlock(value: unknown): ContentBlock | undefined {
  if (!isRecord(value)) return undefined;
  if (value["type"] === "tool-call") return callBlock(value);
  const block = plainOrNothing(value);
  if (!isRecord(block)) return undefined;
  switch (block["type"]) {
    case "text":
    case "reasoning":
      return typeof block["text"] === "string" ? (block as unknown as ContentBlock) : undefined;
    case "image":
    case "document":
      return isMaterial(block) ? block : undefined;
    case "unknown":
      return isRecord(block["luggage"]) ? (block as unknown as ContentBlock) : undefined;
    default:
      return undefined;
  }
}

function callBlock({ id, name, input, malformed, luggage }: Readonly<Record<string, unknown>>): CallBlock {
  const sound = plainOrNothing(input);
  const carried = plainOrNothing(luggage);
  const wrong =
    typeof malformed === "string"
      ? malformed
      : isRecord(sound)
        ? undefined
        : `an input that is ${Array.isArray(input) ? "a list" : `of type ${input === null ? "null" : typeof input}`} or cannot be written down`;
  return {
    type: "tool-call",
    id: typeof id === "string" ? id : "",
    name: typeof name === "string" ? name : "",
    input: wrong === undefined ? (sound as CallBlock["input"]) : {},
    ...(wrong === undefined ? {} : { malformed: wrong }),
    ...(isRecord(carried) ? { luggage: carried } : {}),
  };
}

/** Usage with what is no count left out: limits must hold whatever a provider counts. */
export function soundUsage({ inputTokens, outputTokens, ...rest }: Readonly<Record<string, unknown>>): Usage {
  const more = (["cacheReadTokens", "cacheWriteTokens", "reasoningTokens", "costUsd"] as const).filter((name) => isCount(rest[name]));
  return {
    inputTokens: isCount(inputTokens) ? inputTokens : 0,
    outputTokens: isCount(outputTokens) ? outputTokens : 0,
    ...Object.fromEntries(more.map((name) => [name, rest[name]])),
  };
}

const isCount = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value) && value >= 0;

function bounded(content: readonly ContentBlock[]): readonly ContentBlock[] {
  let room = mostResultCharacters;
  return content.map((block) => {
    if (block.type !== "text") return block;
    const text = withoutMiddle(block.text, room);
    room = Math.max(0, room - text.length);
    return text === block.text ? block : { ...block, text };
  });
}

function withoutMiddle(text: string, most: number): string {
  if (text.length <= most) return text;
  const half = Math.floor(most / 2);
  const [head, tail] = [text.slice(0, half).toWellFormed(), half === 0 ? "" : text.slice(-half).toWellFormed()];
  return `${head}\n[… ${text.length - 2 * half} characters left out …]\n${tail}`;
}

const maxPrefixLength = 64 * 1024;

/** A record of a request's prefix as JSON can say it; undefined for one that JSON cannot, or that is no record's length. */
export function soundPrefix(prefix: PrefixRecord): PrefixRecord | undefined {
  try {
    const json = JSON.stringify(prefix);
    return json.length > maxPrefixLength ? undefined : (JSON.parse(json) as PrefixRecord);
  } catch {
    return undefined;
  }
}
