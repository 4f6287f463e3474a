import type { PrintedText, Reading } from "../printed-text.ts";
import { type Dialect, type OfferedTools, type PrintedCall, argued, bareName, noCalls } from "./dialect.ts";

interface Marks {
  readonly begin: string;
  readonly callBegin: string;
  readonly separator: string;
  readonly callEnd: string;
  readonly end: string;
}

/** How far a name may be from what begins its call. */
const maxHead = 160;

/** `<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>…`, as DeepSeek prints it. */
export const deepseek: Dialect = sectioned({
  begin: "<｜tool▁calls▁begin｜>",
  callBegin: "<｜tool▁call▁begin｜>",
  separator: "<｜tool▁sep｜>",
  callEnd: "<｜tool▁call▁end｜>",
  end: "<｜tool▁calls▁end｜>",
});

/** `<|tool_calls_section_begin|><|tool_call_begin|>functions.bash:0…`, as Kimi prints it. */
export const kimi: Dialect = sectioned({
  begin: "<|tool_calls_section_begin|>",
  callBegin: "<|tool_call_begin|>",
  separator: "<|tool_call_argument_begin|>",
  callEnd: "<|tool_call_end|>",
  end: "<|tool_calls_section_end|>",
});

/** Calls in a section of their own; what opens the section is sometimes left out. */
function sectioned(marks: Marks): Dialect {
  return {
    openings: [marks.begin, marks.callBegin],
    *read(printed, tools, opening) {
      const calls: PrintedCall[] = [];
      if (opening === marks.begin && !(yield* printed.takeNext(marks.callBegin))) return noCalls;
      do {
        const from = printed.at;
        const call = yield* readCall(printed, tools, marks);
        if (call === undefined) {
          if (calls.length > 0) printed.at = from;
          return calls;
        }
        calls.push(call);
      } while (yield* printed.takeNext(marks.callBegin));
      yield* printed.takeNext(marks.end);
      return calls;
    },
  };
}

function* readCall(printed: PrintedText, tools: OfferedTools, { separator, callEnd }: Marks): Reading<PrintedCall | undefined> {
  const head = (yield* printed.until(separator, maxHead))?.trim();
  if (head === undefined) return undefined;
  // Earlier models print what kind of call it is, then its name in a line and its arguments in a fence.
  const isFenced = head === "function";
  const name = bareName(isFenced ? ((yield* printed.until("\n", maxHead)) ?? "") : head);
  if (!tools.has(name)) return undefined;
  const hasFence = yield* printed.takeNext("```");
  if (hasFence) yield* printed.take("json");
  yield* printed.skipSpace();
  const json = (yield* printed.peek()) === "{" ? yield* printed.json() : undefined;
  if (json === undefined) return undefined;
  if (hasFence) yield* printed.takeNext("```");
  yield* printed.takeNext(callEnd);
  return argued(name, json);
}
