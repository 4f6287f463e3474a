import type { PrintedText, Reading } from "../printed-text.ts";
import { type Dialect, type OfferedTools, type PrintedCall, callOfText } from "./dialect.ts";

/** `<|python_tag|>{"name":…,"parameters":…}`, several of them with semicolons between, as Llama prints it. */
export const pythonTag: Dialect = { openings: ["<|python_tag|>"], read: (printed, tools) => readObjects(printed, tools) };

/** What ends a turn of Llama's, where the server lets it through. */
const turnEnds = ["<|eom_id|>", "<|eot_id|>"];

/** Calls as JSON objects one after the other; the first thing that is none ends them. */
export function* readObjects(printed: PrintedText, tools: OfferedTools): Reading<readonly PrintedCall[]> {
  const calls: PrintedCall[] = [];
  yield* printed.skipSpace();
  do {
    const from = printed.at;
    yield* printed.skipSpace();
    const json = yield* printed.json();
    const call = json === undefined ? undefined : callOfText(json, tools);
    if (call === undefined) {
      if (calls.length > 0) printed.at = from;
      return calls;
    }
    calls.push(call);
  } while (yield* printed.takeNext(";"));
  for (const end of turnEnds) if (yield* printed.takeNext(end)) break;
  return calls;
}
