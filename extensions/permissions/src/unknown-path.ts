import type { ShellPath } from "@claw/kernel";

/**
 * Whether a path stands for what is known only once the command runs: the root of all files, where the text does not name it.
 * `ls /` means the root, `cat "$f"` means anything.
 */
export function isUnknownPath({ path, many, pos, end }: ShellPath, text: string): boolean {
  if (!many || path !== "/") return false;
  const word = text.slice(pos, end);
  return !/^["']*\//.test(word) && (!word.includes("/") || /[$`]/.test(word));
}
