import type { LogEntry } from "@claw/kernel";
import { isJsonObject } from "@claw/kernel/kit";

type Kind = "string" | "number" | "array" | "object";

/** What an entry of each type must have for a fold to stand on it. Entries of other types are kept as they are. */
const required: Readonly<Record<string, Readonly<Record<string, Kind>>>> = {
  session: { id: "string", cwd: "string", workspace: "string" },
  prompt: { content: "array" },
  compacted: { through: "number", summary: "string" },
  reply: { content: "array", model: "string" },
  judged: { call: "string", tool: "string", input: "object", verdict: "string", opinions: "array" },
  "tool-result": { call: "string", tool: "string", content: "array", outcome: "string" },
  note: { text: "string" },
  changed: { key: "string" },
  fault: { extension: "string", code: "string", message: "string" },
  "turn-end": { reason: "string" },
};

/** The entry a parsed line is, or a sentence's end on why it is none. */
export function entryFrom(value: unknown, seq: number): LogEntry | string {
  if (!isJsonObject(value)) return "is no JSON object";
  const { type, at } = value;
  if (typeof type !== "string" || typeof at !== "string") return "is no entry of a log";
  if (value["seq"] !== seq) return `has number ${JSON.stringify(value["seq"])} where ${seq} is due`;
  if (seq === 0 && (type !== "session" || value["version"] !== 1)) {
    return typeof value["version"] === "number" && value["version"] > 1 ? "was written by a newer claw" : "does not begin a session";
  }
  const wrong = Object.entries(required[type] ?? {}).find(([key, kind]) => !isKind(value[key], kind));
  if (wrong !== undefined) return `has no proper "${wrong[0]}"`;
  if (Array.isArray(value["content"]) && !value["content"].every((block) => isJsonObject(block) && typeof block["type"] === "string"))
    return 'has no proper "content"';
  return value as unknown as LogEntry;
}

function isKind(value: unknown, kind: Kind): boolean {
  if (kind === "array") return Array.isArray(value);
  if (kind === "object") return isJsonObject(value);
  return typeof value === kind;
}
