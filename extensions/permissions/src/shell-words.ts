import { controlCharacters, hiddenCharacters, joiningCharacters } from "@claw/kernel/kit";
import type { DoubleQuotedChild, Word, WordPart } from "unbash";

/** A word of a shell command. */
export interface ShellWord {
  /** As it was typed. */
  readonly text: string;
  /** What the program is given; undefined when that is known only once it runs. */
  readonly value: string | undefined;
  /** Whether `value` is a pattern of files, not a name. */
  readonly glob: boolean;
}

/** What a word means before anything is run. `~` is the person's home. */
export function shellWordOf(word: Word, home: string | undefined): ShellWord {
  const text = word.text;
  const made = (value: string | undefined, glob = false): ShellWord => ({ text, value: value === undefined || hasControl(value) ? undefined : value, glob });
  if (/[=:]~/.test(text)) return made(undefined);
  const parts = word.parts ?? [];
  const read = word.parts === undefined ? word.value : joined(parts.map(partValue));
  if (read === undefined) return made(undefined);
  const glob = parts.some(({ type }) => type === "Glob");
  if (!text.startsWith("~")) return made(read, glob);
  const tilde = /^~(?=$|\/)/.test(text) && home !== undefined;
  return made(tilde ? `${home}${read.slice(1)}` : undefined, glob);
}

function partValue(part: WordPart): string | undefined {
  switch (part.type) {
    case "Literal":
    case "Glob":
    case "SingleQuoted":
    case "AnsiCQuoted":
      return part.value;
    case "DoubleQuoted":
      return joined(part.parts.map((child: DoubleQuotedChild) => (child.type === "Literal" ? child.value : undefined)));
    default:
      return undefined;
  }
}

const joined = (values: readonly (string | undefined)[]): string | undefined => (values.includes(undefined) ? undefined : values.join(""));

const hasControl = (text: string): boolean => /[\u0000-\u0008\u000b-\u001f\u007f]/.test(text);

const misleading = new RegExp(`[${controlCharacters}${hiddenCharacters}${joiningCharacters}\\u00A0\\u1680\\u2000-\\u200A\\u202F\\u205F\\u3000\\p{Cs}]`, "u");

/** Signs that are not seen or that look like a space: whoever reads the command would read another one. */
export const isMisleading = (source: string): boolean => misleading.test(source);
