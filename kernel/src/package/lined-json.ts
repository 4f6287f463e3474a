import { canonicalJson } from "./strict-json.ts";
import { damaged, parsed } from "./seal.ts";

/** A record as JSON with one property a line, so that one can be read without parsing the others. */
export function linedJson(record: Readonly<Record<string, unknown>>): string {
  const rows = Object.keys(record)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(record[name])}`);
  return rows.length === 0 ? "{\n}" : `{\n${rows.join(",\n")}\n}`;
}

/** What `linedJson` wrote: where each name's line is, and nothing of what it says until it is asked for. */
export interface LinedText {
  /** The JSON of one name's value. */
  get(name: string): string | undefined;
  names(): readonly string[];
}

/** Reads what `linedJson` wrote. Canonical JSON has no line break of its own, so a name after one begins its line. */
export function linesOf(text: string, path: string): LinedText {
  if (!text.startsWith("{\n") || !text.endsWith(text === "{\n}" ? "}" : "\n}")) throw damaged(path);
  const places = new Map<string, readonly [start: number, end: number]>();
  for (let at = 2; at < text.length - 1;) {
    const end = text.indexOf("\n", at);
    const colon = text.indexOf('":', at);
    if (end === -1 || colon === -1 || colon > end) throw damaged(path);
    // The comma before the next line; the last line has none.
    places.set(text.slice(at + 1, colon), [colon + 2, text[end - 1] === "," ? end - 1 : end]);
    at = end + 1;
  }
  return {
    get(name) {
      const place = places.get(name);
      return place === undefined ? undefined : text.slice(...place);
    },
    names: () => [...places.keys()],
  };
}

/** All of a record that `linedJson` wrote. */
export const recordOf = <T>(lines: LinedText, path: string): Readonly<Record<string, T>> =>
  Object.fromEntries(lines.names().map((name) => [name, parsed(lines.get(name) ?? "", path) as T]));
