import { posix } from "node:path";
import type { ShellWord } from "./shell-words.ts";

/** Programs whose whole purpose is to destroy. */
const destroyers = /^(?:shred|wipefs|mkfs(?:\..*)?|dd|truncate|srm|unlink|rmdir|fdisk|parted)$/;

const gitDestroyers: Readonly<Record<string, (rest: readonly string[]) => boolean>> = {
  clean: () => true,
  reset: (rest) => rest.some((word) => /^--(?:hard|merge|keep)$/.test(word)),
  checkout: (rest) => rest.some((word) => word === "--" || word === "." || word === "--force" || /^-[a-z]*f/.test(word)),
  restore: () => true,
  switch: (rest) => rest.some((word) => /^--(?:force|discard-changes)$/.test(word) || /^-[a-z]*f/.test(word)),
  push: (rest) => rest.some((word) => /^--(?:force|force-with-lease|mirror|delete|prune)/.test(word) || /^-[a-z]*[fd]/.test(word) || /^[+:]/.test(word)),
  stash: (rest) => rest[0] === "drop" || rest[0] === "clear",
  branch: (rest) => rest.some((word) => /^-[a-zA-Z]*[Dd]/.test(word) || word === "--delete" || word === "--force"),
  tag: (rest) => rest.some((word) => /^-[a-z]*[df]/.test(word) || word === "--delete"),
  rm: () => true,
  reflog: (rest) => rest[0] === "expire" || rest[0] === "delete",
  gc: (rest) => rest.some((word) => word.startsWith("--prune")),
  "filter-branch": () => true,
  "update-ref": () => true,
  worktree: (rest) => rest[0] === "remove" || rest[0] === "prune",
};

/** Whether a command may destroy work that nothing brings back. Knowing is not needed: what may, counts. */
export function isDestructive(words: readonly ShellWord[]): boolean {
  const [program = "", ...rest] = words.map(({ value, text }) => value ?? text);
  const name = posix.basename(program);
  if (destroyers.test(name) || name === "rm") return true;
  if (name === "find") return rest.includes("-delete");
  if (name === "chmod" || name === "chown") return rest.some((word) => /^-[a-zA-Z]*R/.test(word) || word === "--recursive");
  if (name !== "git") return false;
  const at = rest.findIndex((word, index) => !word.startsWith("-") && !/^-[cC]$/.test(rest[index - 1] ?? ""));
  const command = rest[at] ?? "";
  return Object.hasOwn(gitDestroyers, command) && gitDestroyers[command]?.(rest.slice(at + 1)) === true;
}
