import type { PrintedText, Reading } from "../printed-text.ts";
import type { OfferedTools, PrintedCall } from "./dialect.ts";
import { typed } from "./function-tag.ts";

/** `bash<arg_key>command</arg_key><arg_value>ls</arg_value>` up to a closing tag, as GLM prints it in `<tool_call>`. */
export function* readKeyed(printed: PrintedText, tools: OfferedTools): Reading<PrintedCall | undefined> {
  const name = yield* printed.run(/[\w.-]/, 128);
  const tool = tools.get(name);
  if (tool === undefined) return undefined;
  const values: [string, unknown][] = [];
  while (yield* printed.takeNext("<arg_key>")) {
    const key = (yield* printed.until("</arg_key>", 256))?.trim();
    if (key === undefined || !(yield* printed.takeNext("<arg_value>"))) return undefined;
    const value = yield* printed.until("</arg_value>");
    if (value === undefined) {
      printed.at = printed.text.length;
      return undefined;
    }
    values.push([key, typed(value, tool, key)]);
  }
  // A tool's name alone is no call: a sentence may hold it.
  const from = printed.at;
  const isClosed = yield* printed.takeNext("</tool_call>");
  if (isClosed) printed.at = from;
  return isClosed || values.length > 0 ? { name, input: Object.fromEntries(values) } : undefined;
}
