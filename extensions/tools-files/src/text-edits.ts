import { ClawError } from "@claw/kernel";
import { nearMiss } from "./near-miss.ts";

export interface TextEdit {
  readonly old_string: string;
  readonly new_string: string;
  readonly replace_all?: boolean;
}

interface Match {
  readonly start: number;
  readonly end: number;
}

/** The text with an edit made. Line ends are no part of what is compared: what is put in gets those of its surroundings. */
export function edited(text: string, edit: TextEdit, name: string): string {
  const { old_string: old, new_string: replacement, replace_all: all = false } = edit;
  if (old === replacement) throw refusal(`old_string and new_string are the same, so nothing would change in ${name}`);
  if (old === "") {
    if (text === "") return replacement;
    throw refusal(`old_string is empty, and ${name} is not`, "give the text to replace, or replace the whole file with write_file");
  }
  // Whoever changes nothing but line ends means what they say.
  const isLiteral = plain(old) === plain(replacement) && text.includes(old);
  const matches = isLiteral ? occurrences(text, old) : matchesOf(text, old);
  const [first, ...others] = matches;
  if (first === undefined) throw refusal(`old_string does not occur in ${name}${nearMiss(text, old)}`);
  if (others.length > 0 && !all) throw severalMatches(text, matches, name);
  const put = isLiteral ? () => replacement : replacerOf(text, replacement);
  return text.slice(0, first.start) + matches.map((match, index) => put(match) + text.slice(match.end, matches[index + 1]?.start)).join("");
}

const plain = (text: string): string => text.replaceAll("\r\n", "\n");

const refusal = (message: string, fix?: string): ClawError => new ClawError("TOOL_FAILED", message, { tool: "file_edit" }, fix === undefined ? {} : { fix });

function severalMatches(text: string, matches: readonly Match[], name: string): ClawError {
  const lines = matches.slice(0, 20).map(({ start }) => lineAt(text, start));
  const more = matches.length > lines.length ? ` and ${matches.length - lines.length} more` : "";
  return refusal(
    `old_string occurs ${matches.length} times in ${name}, in lines ${lines.join(", ")}${more}`,
    "add lines around it until it is unique, or set replace_all",
  );
}

/** Where a text occurs, whichever line ends it and the file have. */
function matchesOf(text: string, old: string): readonly Match[] {
  const wanted = plain(old);
  if (!text.includes("\r\n") || !wanted.includes("\n")) return occurrences(text, wanted);
  const pattern = new RegExp(
    wanted
      .split("\n")
      .map((line) => RegExp.escape(line))
      .join("\\r?\\n"),
    "gu",
  );
  return [...text.matchAll(pattern)].map(({ index, 0: found }) => ({ start: index, end: index + found.length }));
}

function occurrences(text: string, wanted: string): readonly Match[] {
  const matches: Match[] = [];
  for (let start = text.indexOf(wanted); start !== -1; start = text.indexOf(wanted, start + wanted.length)) matches.push({ start, end: start + wanted.length });
  return matches;
}

/** Gives what is put in the line ends of what it replaces, or else those of the line it stands in, or else the file's. */
function replacerOf(text: string, replacement: string): (match: Match) => string {
  const unix = plain(replacement);
  if (!text.includes("\r\n") || !unix.includes("\n")) return () => unix;
  const windows = unix.replaceAll("\n", "\r\n");
  return ({ start, end }) => {
    const own = text.slice(start, end);
    if (own.includes("\n")) return own.includes("\r\n") ? windows : unix;
    const next = text.indexOf("\n", end);
    const near = next === -1 ? text.lastIndexOf("\n", start) : next;
    return text[near - 1] === "\r" ? windows : unix;
  };
}

export function lineAt(text: string, position: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at !== -1 && at < position; at = text.indexOf("\n", at + 1)) line += 1;
  return line;
}
