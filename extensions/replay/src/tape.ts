import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { ClawError } from "@claw/kernel";
import { jsonl } from "@claw/kernel/kit";
import { headerProblem, isHeader, isLine, lineProblem } from "./checked-line.ts";
import type { Exchange, Header, Tape } from "./exchange.ts";

/** More than any session; what is larger is no cassette. */
const maxBytes = 512 * 1024 * 1024;

/** Reads a cassette. A last line that its writer did not finish is left out; anything else that is wrong is told with its line. */
export async function readTape(path: string): Promise<Tape> {
  await requireFile(path);
  let header: Header | undefined;
  const exchanges: Exchange[] = [];
  let number = 0;
  try {
    for await (const { text, torn } of jsonl(createReadStream(path))) {
      number += 1;
      if (text.trim() === "") continue;
      const value = parsed(text, path, number, torn && header !== undefined);
      if (value === undefined) break;
      if (header === undefined) {
        if (!isHeader(value)) throw invalid(path, number, headerProblem(value) ?? "is no cassette");
        header = value;
      } else exchanges.push(exchangeOf(value, exchanges.at(-1), path, number));
    }
  } catch (error) {
    if (error instanceof RangeError) throw invalid(path, number + 1, "is longer than any line should be");
    throw error;
  }
  if (header === undefined) throw invalid(path, 1, "is no cassette");
  return { header, exchanges };
}

function exchangeOf(value: unknown, before: Exchange | undefined, path: string, number: number): Exchange {
  const kept = before?.request.messages ?? [];
  if (!isLine(value, kept.length)) throw invalid(path, number, lineProblem(value, kept.length) ?? "is no exchange");
  const {
    request: { keep, messages, tools },
    events,
    error,
  } = value;
  return { request: { messages: [...kept.slice(0, keep), ...messages], tools }, events, ...(error === undefined ? {} : { error }) };
}

function parsed(text: string, path: string, number: number, mayBeTorn: boolean): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (mayBeTorn) return undefined;
    throw invalid(path, number, "is not JSON", error);
  }
}

async function requireFile(path: string): Promise<void> {
  const about = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") throw new ClawError("PATH_NOT_FOUND", `there is no cassette ${path}`, { path });
    throw new ClawError("PATH_UNREADABLE", `the cassette ${path} cannot be read (${error.code})`, { path }, { cause: error });
  });
  if (!about.isFile()) throw new ClawError("PATH_NOT_FILE", `the cassette ${path} is no regular file`, { path });
  if (about.size > maxBytes)
    throw new ClawError("PATH_TOO_LARGE", `the cassette ${path} has ${about.size} bytes, more than ${maxBytes}`, { path, bytes: about.size, maxBytes });
}

const invalid = (cassette: string, line: number, what: string, cause?: unknown): ClawError<"CASSETTE_INVALID"> =>
  new ClawError("CASSETTE_INVALID", `${cassette}:${line} ${what}`, { cassette, line }, { cause });
