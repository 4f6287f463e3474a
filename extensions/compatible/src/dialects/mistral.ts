import { jsonFrom } from "@claw/kernel/kit";
import type { PrintedText, Reading } from "../printed-text.ts";
import { type Dialect, type OfferedTools, type PrintedCall, argued, callOf, callOfText, noCalls } from "./dialect.ts";

/** `[TOOL_CALLS][{"name":…,"arguments":…}]`, or `[TOOL_CALLS]bash[ARGS]{"command":…}` of later models. */
export const mistral: Dialect = {
  openings: ["[TOOL_CALLS]"],
  *read(printed, tools) {
    yield* printed.skipSpace();
    const next = yield* printed.peek();
    if (next === "[") return yield* readList(printed, tools);
    if (next !== "{") return yield* readNamed(printed, tools);
    const json = yield* printed.json();
    const call = json === undefined ? undefined : callOfText(json, tools);
    return call === undefined ? noCalls : [call];
  },
};

/** A list of calls, each of a tool that was offered. */
export function* readList(printed: PrintedText, tools: OfferedTools): Reading<readonly PrintedCall[]> {
  const json = yield* printed.json();
  const list = json === undefined ? undefined : jsonFrom(json);
  if (!Array.isArray(list)) return noCalls;
  const calls = list.flatMap((value) => callOf(value, tools) ?? []);
  return calls.length === list.length ? calls : noCalls;
}

function* readNamed(printed: PrintedText, tools: OfferedTools): Reading<readonly PrintedCall[]> {
  const name = yield* printed.run(/[\w.-]/, 128);
  if (!tools.has(name)) return noCalls;
  if (yield* printed.takeNext("[CALL_ID]")) yield* printed.run(/[\w-]/, 64);
  yield* printed.takeNext("[ARGS]");
  yield* printed.skipSpace();
  if ((yield* printed.peek()) !== "{") return noCalls;
  const json = yield* printed.json();
  return json === undefined ? noCalls : [argued(name, json)];
}
