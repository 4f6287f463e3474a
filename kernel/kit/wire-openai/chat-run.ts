import { type TextRun, plainText, runLength, runText, textOfRun } from "./text-run.ts";

// What stands in a chunk beside its text, as servers of this wire order it. A chunk that says anything else is no part of a run.
const chunkMember = `"(?:\\w+":(?:null|\\d+)|(?:id|object|model|system_fingerprint|service_tier|provider|obfuscation)":${plainText})`;
const choiceMember = '"(?:index":0|\\w+":null)';
const deltaMember = '"(?:role":"assistant"|\\w+":null)';
const callMember = '"(?:type":"function"|\\w+":null)';

const open = `data: ?\\{(?:${chunkMember},)*"choices":\\[\\{(?:${choiceMember},)*"delta":\\{(?:${deltaMember},)*`;
const close = `(?:,${deltaMember})*\\}(?:,${choiceMember})*\\}\\](?:,${chunkMember})*\\}\\n\\n`;

const saidHead = `${open}"(?:content|reasoning_content|reasoning)":"`;
const saidTail = `"${close}`;
const callHead = `${open}"tool_calls":\\[\\{"index":\\d{1,6},(?:${callMember},)*"function":\\{(?:"name":null,)?"arguments":"`;
const callTail = `"\\}(?:,${callMember})*\\}\\]${close}`;

/** The pattern of a run of chunks, for `sseBatches`: of the same text, or of the arguments of one call. It keeps a place, so that each stream needs its own. */
export const chatRuns = (): RegExp =>
  new RegExp(`(?=(${saidHead}))(?:\\1${runText}${saidTail})${runLength}|(?=(${callHead}))(?:\\2${runText}${callTail})${runLength}`, "y");

const heads = new RegExp(
  `^(?:${open}"(?:(content|reasoning_content|reasoning)":"|tool_calls":\\[\\{"index":(\\d+),(?:${callMember},)*"function":\\{(?:"name":null,)?"arguments":"))`,
);
const betweenSaid = new RegExp(`${saidTail}(?:${saidHead})?`, "g");
const betweenCalls = new RegExp(`${callTail}(?:${callHead})?`, "g");

/** Reads a run that the pattern matched; undefined if a text in it is no JSON. It is about a field of the delta, or about `tool_calls` and an index. */
export function chatRun(run: string): TextRun | undefined {
  const [head = "", field, index] = heads.exec(run) ?? [];
  const text = textOfRun(run, head, field === undefined ? betweenCalls : betweenSaid);
  return text === undefined ? undefined : { about: field === undefined ? ["tool_calls", index ?? ""] : [field], text };
}
