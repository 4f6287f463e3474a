import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Who commits, from the person's git configuration, as one of its own: no helper, no alias, no include. */
export function gitIdentity(home: string | undefined): string {
  const lines = home === undefined ? [] : textOf(join(home, ".gitconfig")).split("\n");
  const kept: string[] = [];
  let isUser = false;
  for (const line of lines) {
    if (/^\s*\[/.test(line)) isUser = /^\s*\[user\]\s*$/i.test(line);
    const [, key, value] = /^\s*(name|email)\s*=\s*([^\\#;]*?)\s*$/i.exec(line) ?? [];
    if (isUser && key !== undefined) kept.push(`\t${key} = ${value}\n`);
  }
  return kept.length === 0 ? "" : `[user]\n${kept.join("")}`;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8").slice(0, 100_000);
  } catch {
    return "";
  }
}
