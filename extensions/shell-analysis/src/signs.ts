/** A table by character code of the ASCII signs in a text: looking a word through with it is quicker than a pattern is. */
export function signs(text: string): Uint8Array {
  const table = new Uint8Array(128);
  for (const sign of text) table[sign.charCodeAt(0)] = 1;
  return table;
}

/** Whether a word holds none but those signs, and is not empty. */
export function isMadeOf(word: string, table: Uint8Array): boolean {
  for (let at = 0; at < word.length; at += 1) if (table[word.charCodeAt(at)] !== 1) return false;
  return word !== "";
}

export const wordSigns = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_";
