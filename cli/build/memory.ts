import { hash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { layout } from "./layout.ts";

/** What a result was made from: path to digest of each file, and a digest of everything else that matters. */
interface Memory {
  readonly files: Readonly<Record<string, string>>;
  readonly circumstances: string;
}

const pathOf = (result: string): string => join(layout.memory, "made", `${result.replaceAll("/", "+")}.json`);

/** The digest of a file; of nothing where there is none. */
function digestOf(path: string): string {
  try {
    return hash("sha256", readFileSync(path), "base64");
  } catch {
    return "";
  }
}

/** Whether a result was made from the files as they are now, in the same circumstances. */
export function isCurrent(result: string, circumstances: string): boolean {
  let memory: Memory;
  try {
    memory = JSON.parse(readFileSync(pathOf(result), "utf8")) as Memory;
  } catch {
    return false;
  }
  return memory.circumstances === circumstances && Object.entries(memory.files).every(([path, digest]) => digestOf(join(layout.root, path)) === digest);
}

/** Remembers what a result was made from. */
export function remember(result: string, files: readonly string[], circumstances: string): void {
  const inside = files.filter((path) => path.startsWith(layout.root)).map((path) => path.slice(layout.root.length + 1));
  const memory: Memory = { files: Object.fromEntries(inside.sort().map((path) => [path, digestOf(join(layout.root, path))])), circumstances };
  mkdirSync(dirname(pathOf(result)), { recursive: true });
  writeFileSync(pathOf(result), JSON.stringify(memory));
}

/** One digest of files that matter to every result. */
export const digestOfAll = (paths: readonly string[]): string => hash("sha256", paths.map((path) => `${path} ${digestOf(path)}`).join("\n"), "base64");
