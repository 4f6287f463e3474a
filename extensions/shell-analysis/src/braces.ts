import type { WordPart } from "unbash";

/** More words than this are not made of one. */
const most = 64;

const suspect = /\{[^}]*(?:,|\.\.)|\{[^}]*\{/;

/** Whether the shell may make several words of it by its braces. */
export function hasBraces(text: string, parts: readonly WordPart[] | undefined): boolean {
  if (!text.includes("{")) return false;
  if (parts === undefined) return suspect.test(text);
  let literal = "";
  for (const part of parts) {
    if (part.type === "BraceExpansion") return true;
    literal += part.type === "Literal" || part.type === "Glob" ? part.text : "x";
  }
  return suspect.test(literal);
}

/** The words that braces become, where all of it is typed plainly: `src/{a,b}.ts`, `{1..3}`. */
export function bracesOf(text: string, parts: readonly WordPart[]): readonly string[] | undefined {
  if (!parts.some(({ type }) => type === "BraceExpansion") || !/^[\w./@%+:=*?{},-]+$/.test(text)) return undefined;
  let made: readonly string[] = [""];
  for (const part of parts) {
    const choices = part.type === "BraceExpansion" ? choicesOf(part.text) : part.type === "Literal" || part.type === "Glob" ? [part.text] : undefined;
    // A lone brace beside others is a riddle.
    if (choices === undefined || (part.type !== "BraceExpansion" && /[{}]/.test(part.text)) || made.length * choices.length > most) return undefined;
    made = made.flatMap((before) => choices.map((choice) => before + choice));
  }
  return made;
}

function choicesOf(text: string): readonly string[] | undefined {
  const [, from, to] = /^\{(0|[1-9]\d{0,3})\.\.(0|[1-9]\d{0,3})\}$/.exec(text) ?? [];
  if (from !== undefined && to !== undefined) {
    const step = Number(from) <= Number(to) ? 1 : -1;
    const count = Math.abs(Number(to) - Number(from)) + 1;
    return count > most ? undefined : Array.from({ length: count }, (_, index) => String(Number(from) + step * index));
  }
  return /^\{[^{}]*,[^{}]*\}$/.test(text) && !text.includes("..") ? text.slice(1, -1).split(",") : undefined;
}
