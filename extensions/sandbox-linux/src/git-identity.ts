import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What programs inside may know of the person's git configuration: who commits, and how lines end. No helper, alias or include. */
const kept: Readonly<Record<string, ReadonlySet<string>>> = {
  user: new Set(["name", "email"]),
  core: new Set(["autocrlf", "eol", "quotepath"]),
  init: new Set(["defaultbranch"]),
  pull: new Set(["rebase", "ff"]),
};

/** The text of a configuration file for inside; undefined where there is nothing to say. */
export function gitIdentity(home: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(join(home, ".gitconfig"), "utf8").slice(0, 1_000_000);
  } catch {
    return undefined;
  }
  const lines: string[] = [];
  let section = "";
  for (const line of text.split("\n")) {
    const [, name] = /^\s*\[([\w.-]+)\]\s*(?:[#;].*)?$/.exec(line) ?? [];
    if (name !== undefined) {
      section = name.toLowerCase();
      continue;
    }
    if (/^\s*\[/.test(line)) section = "";
    const [, key, value] = /^\s*([A-Za-z][\w-]*)\s*=\s*([^\\]*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined && Object.hasOwn(kept, section) && kept[section]?.has(key.toLowerCase()) === true)
      lines.push(`[${section}]\n\t${key} = ${value}\n`);
  }
  return lines.length === 0 ? undefined : lines.join("");
}
