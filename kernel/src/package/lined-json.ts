import { canonicalJson } from "./strict-json.ts";
import { damaged, parsed } from "./seal.ts";

/** A record as JSON with one property a line, so that one can be read without parsing the others. */
export function linedJson(record: Readonly<Record<string, unknown>>): string {
  const rows = Object.keys(record).sort().map((name) => `${JSON.stringify(name)}:${canonicalJson(record[name])}`);
  return rows.length === 0 ? "{\n}" : `{\n${rows.join(",\n")}\n}`;
}

/** What `linedJson` wrote, read no further than it is asked about: 500 extensions that nobody chose cost a look at two bytes. */
export interface LinedText {
  /** The JSON of one name's value. */
  get(name: string): string | undefined;
  names(): readonly string[];
}

/** Reads what `linedJson` wrote. Canonical JSON has no line break of its own, so a name after one begins its line. */
export function linesOf(text: string, path: string): LinedText {
  if (!text.startsWith("{\n") || !text.endsWith(text === "{\n}" ? "}" : "\n}")) throw damaged(path);
  const lines = (): readonly string[] => (text === "{\n}" ? [] : text.slice(2, -2).split("\n"));
  return {
    get(name) {
      const key = `\n${JSON.stringify(name)}:`;
      const at = text.indexOf(key);
      if (at === -1) return undefined;
      const end = text.indexOf("\n", at + 1);
      // The comma before the next line; the last line has none.
      return text.slice(at + key.length, text[end - 1] === "," ? end - 1 : end);
    },
    names: () => lines().map((line) => {
      const end = line.indexOf('":', 1);
      if (end === -1) throw damaged(path);
      return line.slice(1, end);
    }),
  };
}

/** All of a record that `linedJson` wrote. */
export const recordOf = <T>(lines: LinedText, path: string): Readonly<Record<string, T>> =>
  Object.fromEntries(lines.names().map((name) => [name, parsed(lines.get(name) ?? "", path) as T]));
