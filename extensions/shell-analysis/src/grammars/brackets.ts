/** `[:alpha:]` within the brackets of a regular expression. */
const named = /\[:[a-z]+:\]/y;

/**
 * The brackets of a regular expression that is read sign by sign, for which of them holds a sign that would end it elsewhere.
 * `open` is where the outer one stands, -1 outside of any.
 */
export interface Brackets {
  open: number;
}

/**
 * Takes in the sign at a place outside of escapes; the place of the last sign that belongs to it comes back. Programs read `[.`, `[=` and
 * a class without an end each in its own way: undefined, for no reading is certain.
 */
export function takeBracket(text: string, at: number, brackets: Brackets): number | undefined {
  const sign = text.charAt(at);
  const { open } = brackets;
  if (open === -1) {
    if (sign === "[") brackets.open = at + (text.charAt(at + 1) === "^" ? 1 : 0);
    return at;
  }
  if (sign === "]" && at > open + 1) brackets.open = -1;
  if (sign !== "[" || !/^[:.=]$/.test(text.charAt(at + 1))) return at;
  named.lastIndex = at;
  return named.test(text) ? named.lastIndex - 1 : undefined;
}
