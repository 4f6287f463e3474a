import type { PrintedText, Reading } from "../printed-text.ts";
import { type Dialect, type OfferedTools, type PrintedCall, callOfText, noCalls } from "./dialect.ts";
import { readFunction } from "./function-tag.ts";
import { readKeyed } from "./keyed-arguments.ts";

const close = "</tool_call>";
/** How far the end of a call that is no JSON is looked for. */
const maxBroken = 65_536;

/** `<tool_call>{"name":…,"arguments":…}</tool_call>`, as Hermes and Qwen print it; in the tag may also stand what Qwen Coder and GLM print. */
export const hermes: Dialect = {
  openings: ["<tool_call>"],
  ownLine: true,
  *read(printed, tools) {
    yield* printed.skipSpace();
    const next = yield* printed.peek();
    const call = next === "{" ? yield* readJson(printed, tools) : next === "<" ? yield* readTagged(printed, tools) : yield* readKeyed(printed, tools);
    if (call === undefined) return noCalls;
    // The tag that closes a call is often forgotten, at the end of a reply above all.
    yield* printed.takeNext(close);
    return [call];
  },
};

function* readTagged(printed: PrintedText, tools: OfferedTools): Reading<PrintedCall | undefined> {
  return (yield* printed.take("<function=")) ? yield* readFunction(printed, tools) : undefined;
}

function* readJson(printed: PrintedText, tools: OfferedTools): Reading<PrintedCall | undefined> {
  const from = printed.at;
  const json = yield* printed.json();
  if (json !== undefined) return callOfText(json, tools);
  // No JSON: what stands before the closing tag is what the model is told of.
  if (printed.at === printed.text.length) {
    // A string that never ended may have swallowed the tag.
    const end = printed.text.indexOf(close, from);
    if (end === -1) return undefined;
    printed.at = end + close.length;
    return callOfText(printed.text.slice(from, end).trim(), tools);
  }
  const head = printed.text.slice(from, printed.at);
  const rest = yield* printed.until(close, maxBroken);
  if (rest === undefined) printed.at = Math.min(printed.text.length, printed.at + maxBroken);
  return rest === undefined ? undefined : callOfText((head + rest).trim(), tools);
}
