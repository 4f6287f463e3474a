import { withoutEscapes } from "./escape-sequences.ts";
import { controlCharacters, hiddenCharacters } from "./hidden-characters.ts";

const unseen = new RegExp(`[${controlCharacters}${hiddenCharacters}]`, "gu");

/** A stranger's text as a person can see it: without escape sequences, control and hidden characters, and so long at the most. Line ends and tabs stay. */
export function plainText(text: string, mostCharacters: number): string {
  // What is cut off is never looked at, however long it is.
  const plain = withoutEscapes(text.slice(0, mostCharacters * 2))
    .replace(unseen, "")
    .trim();
  return plain.length <= mostCharacters && text.length <= mostCharacters * 2 ? plain : `${plain.slice(0, mostCharacters - 1)}…`;
}

/** The same on one line. */
export const plainLine = (text: string, mostCharacters: number): string => plainText(text, mostCharacters).replaceAll(/\s+/g, " ");
