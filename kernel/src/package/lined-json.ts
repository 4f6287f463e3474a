import { canonicalJson } from "./strict-json.ts";
import { damaged, parsed } from "./seal.ts";

/** A record as JSON with one property a line, so that one can be read without parsing the others. */
export function linedJson(record: Readonly<Record<string, unknown>>): string {
  const rows = Object.keys(record).sort().map((name) => `${JSON.stringify(name)}:${canonicalJson(record[name])}`);
  return rows.length === 0 ? "{\n}" : `{\n${rows.join(",\n")}\n}`;
}

/** Reads what `linedJson` wrote: each name to the JSON of its value. Canonical JSON has no line break of its own. */
export function linesOf(text: string, path: string): ReadonlyMap<string, string> {
  const lines = text.split("\n");
  if (lines.shift() !== "{" || lines.pop() !== "}") throw damaged(path);
  return new Map(lines.map((line, index) => {
    const end = line.indexOf('":', 1);
    const comma = index < lines.length - 1 ? 1 : 0;
    if (end === -1 || (comma === 1 && !line.endsWith(","))) throw damaged(path);
    return [line.slice(1, end), line.slice(end + 2, line.length - comma)];
  }));
}

/** All of a record that `linedJson` wrote. */
export const recordOf = <T>(lines: ReadonlyMap<string, string>, path: string): Readonly<Record<string, T>> =>
  Object.fromEntries([...lines].map(([name, text]) => [name, parsed(text, path) as T]));
