import { type TextRun, plainText, runLength, runText, textOfRun } from "./text-run.ts";

const kinds = "response\\.(?:output_text|refusal|reasoning_text|reasoning_summary_text|function_call_arguments)\\.delta";
const place = `"item_id":${plainText},"output_index":\\d{1,6}(?:,"(?:content|summary)_index":\\d{1,6})?`;
const order = '"sequence_number":\\d+';

const headOf = (kind: string, kindAgain: string, where: string): string =>
  `(?:event: ${kind}\\n)?data: \\{"type":"${kindAgain}",(?:${order},)?${where},"delta":"`;
const tail = `"(?:,"logprobs":\\[\\]|,${order}|,"obfuscation":${plainText})*\\}\\n\\n`;

/** The pattern of a run of deltas of one item, for `sseBatches`. It keeps a place, so that each stream needs its own. */
export const responsesRuns = (): RegExp =>
  new RegExp(`(?=${headOf(kinds, `(${kinds})`, `(${place})`)})(?:${headOf("\\1", "\\1", "\\2")}${runText}${tail})${runLength}`, "y");

const head = new RegExp(
  `^${headOf(kinds, "response\\.(\\w+)\\.delta", `"item_id":${plainText},"output_index":(\\d+)(?:,"(?:content|summary)_index":(\\d+))?`)}`,
);
const between = new RegExp(`${tail}(?:${headOf(kinds, kinds, place)})?`, "g");

/** Reads a run that the pattern matched; undefined if a text in it is no JSON. It is about a kind, the index of an item and the index of a part of it. */
export function responsesRun(run: string): TextRun | undefined {
  const [first = "", kind = "", item = "", part = "0"] = head.exec(run) ?? [];
  const text = textOfRun(run, first, between);
  return text === undefined ? undefined : { about: [kind, item, part], text };
}
