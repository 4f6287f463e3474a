import { isJsonObject, jsonFrom } from "@claw/kernel/kit";
import type { PrintedText, Reading } from "../printed-text.ts";
import { type OfferedTools, type PrintedCall, callOf, noCalls } from "./dialect.ts";

/** What an object that is a call may hold. */
const keys = new Set(["name", "arguments", "parameters", "type", "id", "function"]);
/** And what it may begin with. */
const firstKeys = new Set(["name", "arguments", "parameters", "type", "function"]);
/** Fences that are made for calls; the others may show what one looks like. */
const callLanguages = new Set(["tool_call", "tool_code", "tool"]);
const languages = new Set(["", "json", ...callLanguages]);
/** Longer than any of the keys, and than the space before it. */
const maxKey = 64;

/**
 * An answer that is nothing but a call, as models print it whose marks the server has swallowed: one JSON object, several with
 * semicolons between, a list of them, or one in a fence. Nothing of it is shown before the answer is whole.
 */
export function* readWholeAnswer(printed: PrintedText, tools: OfferedTools, isGuess: boolean): Reading<readonly PrintedCall[]> {
  const from = printed.at;
  const calls = yield* readCalls(printed, tools, isGuess ? callLanguages : languages);
  // In what is none, a mark may still open something.
  if (calls.length === 0) printed.at = from;
  return calls;
}

function* readCalls(printed: PrintedText, tools: OfferedTools, fences: ReadonlySet<string>): Reading<readonly PrintedCall[]> {
  yield* printed.skipSpace();
  const calls = (yield* printed.take("```")) ? yield* readFenced(printed, tools, fences) : yield* readBare(printed, tools);
  if (calls.length === 0) return noCalls;
  for (const end of ["<|eom_id|>", "<|eot_id|>", "<|im_end|>"]) if (yield* printed.takeNext(end)) break;
  yield* printed.skipSpace();
  return (yield* printed.peek()) === "" ? calls : noCalls;
}

function* readFenced(printed: PrintedText, tools: OfferedTools, fences: ReadonlySet<string>): Reading<readonly PrintedCall[]> {
  const language = (yield* printed.until("\n", maxKey))?.trim();
  if (language === undefined || !fences.has(language)) return noCalls;
  yield* printed.skipSpace();
  const call = yield* readObject(printed, tools);
  return call !== undefined && (yield* printed.takeNext("```")) ? [call] : noCalls;
}

function* readBare(printed: PrintedText, tools: OfferedTools): Reading<readonly PrintedCall[]> {
  const calls: PrintedCall[] = [];
  const isList = yield* printed.take("[");
  do {
    yield* printed.skipSpace();
    const call = yield* readObject(printed, tools);
    if (call === undefined) return noCalls;
    calls.push(call);
  } while (yield* printed.takeNext(isList ? "," : ";"));
  return !isList || (yield* printed.takeNext("]")) ? calls : noCalls;
}

function* readObject(printed: PrintedText, tools: OfferedTools): Reading<PrintedCall | undefined> {
  if (!(yield* couldBeCall(printed, tools))) return undefined;
  const json = yield* printed.json();
  const value = json === undefined ? undefined : jsonFrom(json);
  if (!isJsonObject(value) || !Object.keys(value).every((key) => keys.has(key))) return undefined;
  const isArgued = "arguments" in value || "parameters" in value || isJsonObject(value["function"]);
  return isArgued ? callOf(value, tools) : undefined;
}

/** Tells other JSON by how it begins, so that it is not held back. */
function* couldBeCall(printed: PrintedText, tools: OfferedTools): Reading<boolean> {
  const from = printed.at;
  const quoted = function* (): Reading<string | undefined> {
    return (yield* printed.takeNext('"')) ? yield* printed.until('"', maxKey) : undefined;
  };
  if (!(yield* printed.take("{"))) return false;
  const key = yield* quoted();
  const name = key === "name" && (yield* printed.takeNext(":")) ? yield* quoted() : undefined;
  printed.at = from;
  return key !== undefined && firstKeys.has(key) && (key !== "name" || (name !== undefined && tools.has(name)));
}
