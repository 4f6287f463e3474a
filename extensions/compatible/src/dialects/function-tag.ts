import type { ToolSpec } from "@claw/kernel";
import { fieldOf, jsonFrom } from "@claw/kernel/kit";
import type { PrintedText, Reading } from "../printed-text.ts";
import { type Dialect, type OfferedTools, type PrintedCall, argued, noCalls } from "./dialect.ts";

const maxName = 128;

/** `<function=bash><parameter=command>ls</parameter></function>`, as Qwen Coder prints it, or `<function=bash>{"command":"ls"}</function>` as Llama does. */
export const functionTag: Dialect = {
  openings: ["<function="],
  ownLine: true,
  *read(printed, tools) {
    const call = yield* readFunction(printed, tools);
    if (call === undefined) return noCalls;
    // Of a call that stands in a tag, the tag that opens it is often forgotten.
    yield* printed.takeNext("</tool_call>");
    return [call];
  },
};

/** Reads on after `<function=`. */
export function* readFunction(printed: PrintedText, tools: OfferedTools): Reading<PrintedCall | undefined> {
  const name = (yield* printed.until(">", maxName))?.replaceAll(/^["'\s]+|["'\s]+$/g, "");
  const tool = name === undefined ? undefined : tools.get(name);
  if (name === undefined || tool === undefined) return undefined;
  yield* printed.skipSpace();
  if ((yield* printed.peek()) === "{") {
    const json = yield* printed.json();
    if (json === undefined) return undefined;
    yield* printed.takeNext("</function>");
    return argued(name, json);
  }
  const input = yield* readParameters(printed, tool);
  return input === undefined ? undefined : { name, input };
}

function* readParameters(printed: PrintedText, tool: ToolSpec): Reading<Readonly<Record<string, unknown>> | undefined> {
  const values: [string, unknown][] = [];
  for (;;) {
    if (yield* printed.takeNext("</function>")) break;
    if (!(yield* printed.takeNext("<parameter="))) {
      // At the end of a reply the last tag may be missing.
      if (values.length === 0 || (yield* printed.peek()) !== "") return undefined;
      break;
    }
    const key = (yield* printed.until(">", maxName))?.replaceAll(/^["'\s]+|["'\s]+$/g, "");
    const value = key === undefined ? undefined : yield* readValue(printed);
    if (key === undefined || value === undefined) return undefined;
    values.push([key, typed(value, tool, key)]);
  }
  return Object.fromEntries(values);
}

/** A value is any text: only a closing tag after which the call goes on, or ends, ends it. */
function* readValue(printed: PrintedText): Reading<string | undefined> {
  const from = printed.at;
  for (;;) {
    if ((yield* printed.until("</parameter>")) === undefined) {
      printed.at = printed.text.length;
      return undefined;
    }
    const end = printed.at;
    const value = printed.text.slice(from, end - "</parameter>".length);
    for (const next of ["<parameter=", "</function>", "</tool_call>"]) {
      if (!(yield* printed.takeNext(next))) continue;
      printed.at = end;
      return value;
    }
    yield* printed.skipSpace();
    const isEnd = (yield* printed.peek()) === "";
    printed.at = end;
    if (isEnd) return value;
  }
}

/** A text as its tool wants it: what is to be no text is read as JSON. A line break at either end is the tag's. */
export function typed(value: string, tool: ToolSpec, key: string): unknown {
  const text = value.replace(/^\r?\n/, "").replace(/\r?\n$/, "");
  const schema = fieldOf(fieldOf(tool.input, "properties"), key);
  const types = [fieldOf(schema, "type")].flat();
  if (schema === undefined || types.includes("string")) return text;
  return jsonFrom(text) ?? text;
}
