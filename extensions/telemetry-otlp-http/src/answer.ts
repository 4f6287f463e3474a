import { boundedText, controlCharacters, hiddenCharacters, isJsonObject, jsonFrom } from "@claw/kernel/kit";
import { failed } from "./failure.ts";

/** Records that a collector took in but did not keep; none and a message is a warning of its own. */
export interface Rejection {
  readonly count: number;
  readonly message: string;
}

const maxAnswerBytes = 64 * 1024;
const maxMessage = 200;

/** What a success says was not kept. A page that is no answer of a collector is a failure: the records went to a login page. */
export async function rejectionIn(response: Response, host: string, signal: AbortSignal): Promise<Rejection | undefined> {
  const text = await textOf(response, host, signal);
  if (text.trim() === "") return undefined;
  const answer = jsonFrom(text);
  if (!isJsonObject(answer)) {
    throw failed(host, `answered log records with status ${response.status} and something that is no OTLP/JSON`, {
      fix: "look at the endpoint, and at what stands before the collector: it may be a login page",
    });
  }
  const partial = answer["partialSuccess"];
  if (!isJsonObject(partial)) return undefined;
  const { rejectedLogRecords, errorMessage } = partial;
  // A 64-bit number is a text in JSON; some write it as a number.
  const count = /^\d{1,15}$/.test(String(rejectedLogRecords)) ? Number(rejectedLogRecords) : 0;
  const message = typeof errorMessage === "string" ? inOneLine(errorMessage) : "";
  return count === 0 && message === "" ? undefined : { count, message };
}

async function textOf(response: Response, host: string, signal: AbortSignal): Promise<string> {
  try {
    return await boundedText(response, maxAnswerBytes);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof RangeError) throw failed(host, `answered log records with status ${response.status} and more than ${maxAnswerBytes / 1024} KiB`);
    // The records were taken; sent again they would be there twice.
    return "";
  }
}

const unprintable = new RegExp(`[${controlCharacters}${hiddenCharacters}\\n\\t]+`, "gu");

const inOneLine = (text: string): string =>
  text
    .slice(0, 4 * maxMessage)
    .replace(unprintable, " ")
    .trim()
    .slice(0, maxMessage)
    .toWellFormed();
