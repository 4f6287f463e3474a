import { ClawError, type ContentBlock, type Invocation } from "@claw/kernel";
import { isDoneWithin, unlessAborted } from "@claw/kernel/kit";

const mebibyte = 1024 * 1024;
const mostBytes = 10 * mebibyte;

/** A program that starts claw may leave standard input open and say nothing; a prompt of the command line does not wait longer than this for it. */
export const patienceMs = 3000;

const usage = (message: string, hint: string): ClawError => new ClawError("USAGE", message, { hint });

/** The prompt of the command line, of standard input, or of both: then what was piped follows as a block of its own. */
export async function promptOf({ prompt, terminal }: Invocation, patience: number, signal: AbortSignal): Promise<readonly ContentBlock[]> {
  const isGiven = prompt !== undefined && prompt !== "-";
  if (!isGiven && prompt === undefined && !terminal.piped) throw usage("there is no prompt", 'claw -p "what to do", or pipe the prompt to claw -p');
  const piped = terminal.piped || prompt === "-" ? await readAll(terminal.input, isGiven ? patience : undefined, signal) : "";
  if (piped === undefined) terminal.say(`note: nothing came from standard input within ${patience / 1000} s; going on without it\n`);
  const texts = isGiven ? [prompt, ...(piped === undefined || piped.trim() === "" ? [] : [`<stdin>\n${piped.trimEnd()}\n</stdin>`])] : [piped ?? ""];
  if (texts[0]?.trim() === "") throw usage("the prompt is empty", 'claw -p "what to do", or pipe the prompt to claw -p');
  return texts.map((text) => ({ type: "text", text }));
}

/** All of an input as text; undefined when it has not begun within `patience` milliseconds. */
async function readAll(input: AsyncIterable<Uint8Array>, patience: number | undefined, signal: AbortSignal): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const iterator = input[Symbol.asyncIterator]();
  let next = iterator.next();
  if (patience !== undefined && !(await isDoneWithin(next, patience, signal))) return undefined;
  for (;;) {
    const { done, value } = await unlessAborted(next, signal);
    if (done === true) break;
    chunks.push(value);
    bytes += value.length;
    if (bytes > mostBytes) throw usage(`standard input is over ${mostBytes / mebibyte} MiB`, "write it to a file and name the file in the prompt");
    next = iterator.next();
  }
  const text = new TextDecoder().decode(Buffer.concat(chunks));
  if (text.includes("\0")) throw usage("standard input is no text", "write it to a file and name the file in the prompt");
  return text;
}
