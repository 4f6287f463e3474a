import { controlCharacters, hiddenCharacters, joiningCharacters } from "@claw/kernel/kit";

/** Deeper than any tool's input is meant to be, and far from where the stack ends. */
const mostDepth = 64;

const unseen = new RegExp(`[${controlCharacters}${hiddenCharacters}${joiningCharacters}\\n\\t]`, "gu");

/**
 * One text for one value: keys in the order of their code units, no space, and every character that shows nothing as an escape. Throws
 * RangeError for what is nested too deep.
 */
export function canonicalJson(value: unknown, depth = 0): string {
  if (depth > mostDepth) throw new RangeError("it is nested too deep");
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, depth + 1)).join(",")}]`;
  if (typeof value !== "object" || value === null) return shownJson(value);
  const record = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(record)
    .filter((key) => record[key] !== undefined)
    .sort();
  return `{${keys.map((key) => `${shownJson(key)}:${canonicalJson(record[key], depth + 1)}`).join(",")}}`;
}

const shownJson = (value: unknown): string => (JSON.stringify(value) ?? "null").replace(unseen, escaped);

const escaped = (sign: string): string => [...Array(sign.length).keys()].map((at) => `\\u${sign.charCodeAt(at).toString(16).padStart(4, "0")}`).join("");
