import { readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { isWithin } from "@claw/kernel/kit";
import ignore from "ignore";

/** Files that tell ripgrep what to pass by, and with `!` what not: that is searched though its name begins with a dot. */
const names: readonly string[] = [".gitignore", ".ignore", ".rgignore"];
/** All folders, as in `!*\/`: that takes in no file. */
const anyFolder = /^!\/?(?:\*+\/)*\s*$/;
const mostCharacters = 100_000;

/** Whether a path is taken in by a line with `!` of such a file, in a folder or in one of those above it in the session's; undefined where there is no such line. */
export function takenIn(folder: string, roots: readonly string[]): ((path: string) => boolean) | undefined {
  const rules = foldersUp(folder, roots).flatMap((base) => {
    const lines = names.flatMap((name) => takingLines(join(base, name)));
    return lines.length === 0 ? [] : [{ base, rules: ignore({ ignorecase: true }).add([...lines]) }];
  });
  return rules.length === 0 ? undefined : (path) => rules.some(({ base, rules: one }) => isWithin(base, path) && one.ignores(posix.relative(base, path)));
}

function foldersUp(folder: string, roots: readonly string[]): readonly string[] {
  const above = dirname(folder);
  return roots.some((root) => root !== folder && isWithin(root, folder)) ? [folder, ...foldersUp(above, roots)] : [folder];
}

function takingLines(file: string): readonly string[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // What cannot be read here is not read by ripgrep either.
    return [];
  }
  // Of more than that it is not known what it takes in.
  return text.length > mostCharacters ? ["*"] : text.split(/\r?\n/).flatMap((line) => (line.startsWith("!") && !anyFolder.test(line) ? [line.slice(1)] : []));
}
