import type { ToolSpec } from "@claw/kernel";
import { fieldOf, isJsonObject, objectOfJson } from "@claw/kernel/kit";
import type { PrintedText, Reading } from "../printed-text.ts";

/** A call as a model printed it. */
export interface PrintedCall {
  readonly name: string;
  readonly input: Readonly<Record<string, unknown>>;
  /** The text that was no JSON object. */
  readonly malformed?: string;
}

/** The tools offered, by name: what a model may call. */
export type OfferedTools = ReadonlyMap<string, ToolSpec>;

/** How a family of models prints its calls. */
export interface Dialect {
  /** What a call begins with. */
  readonly openings: readonly string[];
  /** Its models begin a call on a line of its own. */
  readonly ownLine?: true;
  /** Reads what follows an opening. Without a call, what was read is text; so is what is left unread, until it opens something. */
  read(printed: PrintedText, tools: OfferedTools, opening: string): Reading<readonly PrintedCall[]>;
}

export const noCalls: readonly PrintedCall[] = [];

/** The call that a JSON object is, under the names that models use for its parts; undefined if it is none, or of no tool that was offered. */
export function callOf(value: unknown, tools: OfferedTools): PrintedCall | undefined {
  const inner = fieldOf(value, "function");
  const name = fieldOf(value, "name") ?? fieldOf(inner, "name") ?? inner;
  if (typeof name !== "string" || !tools.has(name)) return undefined;
  const given = [value, inner].flatMap((part) => [fieldOf(part, "arguments"), fieldOf(part, "parameters")]).find((part) => part !== undefined && part !== null);
  return argued(name, given ?? {});
}

/** A call with its arguments: an object, or the text of one. */
export function argued(name: string, given: unknown): PrintedCall {
  if (isJsonObject(given)) return { name, input: given };
  const input = typeof given === "string" ? objectOfJson(given) : undefined;
  return input === undefined ? { name, input: {}, malformed: typeof given === "string" ? given : JSON.stringify(given) } : { name, input };
}

/** The call of a JSON text; one that is no JSON makes a malformed call, if its tool can be told. */
export function callOfText(json: string, tools: OfferedTools): PrintedCall | undefined {
  const value = objectOfJson(json);
  if (value !== undefined) return callOf(value, tools);
  const name = /"name"\s*:\s*"([\w.:-]{1,128})"/.exec(json.slice(0, 4096))?.[1];
  return name === undefined || !tools.has(name) ? undefined : { name, input: {}, malformed: json };
}

/** What a model calls a tool when it puts it into a namespace: `functions.bash`, `functions.bash:0`. */
export const bareName = (name: string): string =>
  name
    .trim()
    .replace(/^functions\./, "")
    .replace(/:\d+$/, "");
