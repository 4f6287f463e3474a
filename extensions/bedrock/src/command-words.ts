/**
 * The words of a command line as AWS's own tools split one on this system; nothing is expanded in them. Undefined when a quote is
 * left open.
 */
export function commandWords(line: string, platform: NodeJS.Platform): readonly string[] | undefined {
  const quotes = platform === "win32" ? '"' : `"'`;
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at);
    const next = line.charAt(at + 1);
    if (character === "\\" && next !== "" && isEscape(next, quote, platform)) {
      word = (word ?? "") + next;
      at += 1;
    } else if (quote !== "") {
      if (character === quote) quote = "";
      else word = (word ?? "") + character;
    } else if (quotes.includes(character)) {
      quote = character;
      word ??= "";
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + character;
  }
  if (quote !== "") return undefined;
  return word === undefined ? words : [...words, word];
}

/** Whether a backslash before a character stands for that character alone. Windows writes its paths with them. */
function isEscape(next: string, quote: string, platform: NodeJS.Platform): boolean {
  if (platform === "win32") return next === '"';
  if (quote === "'") return false;
  return quote === "" || next === '"' || next === "\\";
}
