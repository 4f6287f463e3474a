import type { Word, WordPart } from "unbash";

/** What begins something that is no text to bash: the grammar leaves a substitution behind the number of a stream as it is (`2>(a)`), and what has no end. */
const substitution = /(?:^|[^\\])(?:\\\\)*(?:\$[[{]|[<>]\()/;
const expansion = /(?:^|[^\\])(?:\\\\)*\$[[{]/;
const suspect = /\$[[{]|[<>]\(/;

/** Whether a word that seems to be text runs a command, or is refused by bash. */
export function isMisread(text: string, parts: readonly WordPart[] | undefined): boolean {
  if (!suspect.test(text)) return false;
  if (parts === undefined) return substitution.test(text);
  let typed = "";
  for (const part of parts) {
    if (part.type === "DoubleQuoted" && part.parts.some((inner) => inner.type === "Literal" && expansion.test(inner.text))) return true;
    typed += part.type === "Literal" || part.type === "Glob" ? part.text : "x";
  }
  return substitution.test(typed);
}

/** What the grammar takes for the beginning of a comment, or for text, and bash does not; of a whole text. */
const misleading = /[<>]\([\s\S]*\)(?:\\\n)*#|[\d}][<>]\(/;

export const isMisleading = (text: string): boolean => misleading.test(text);

const parenthesis = /[()]/;

const isTyped = (text: string): boolean => parenthesis.test(text.replace(/\\[\s\S]/g, ""));

/** In the words of a command a parenthesis is quoted, or part of something else. */
export function holdsParenthesis({ text, parts }: Word): boolean {
  if (!text.includes("(") && !text.includes(")")) return false;
  return parts === undefined ? isTyped(text) : parts.some((part) => part.type === "Literal" && isTyped(part.text));
}
