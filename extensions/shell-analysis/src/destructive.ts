import type { Field } from "./field.ts";

/** Programs whose whole purpose is to destroy. */
const destroyers: ReadonlySet<string> = new Set(["rm", "shred", "wipefs", "dd", "truncate", "srm", "unlink", "rmdir", "fdisk", "sfdisk", "parted"]);

const destroys = (program: string): boolean => destroyers.has(program) || program === "mkfs" || program.startsWith("mkfs.");

const force = (rest: readonly string[], pattern: RegExp): boolean => rest.some((word) => pattern.test(word));

const gitDestroyers: Readonly<Record<string, (rest: readonly string[]) => boolean>> = {
  branch: (rest) => force(rest, /^(?:-[a-zA-Z]*[DdfM]|--delete|--force)/),
  checkout: (rest) => force(rest, /^(?:--|\.|--force|-[a-z]*f.*)$/),
  clean: (rest) => !force(rest, /^(?:--dry-run|-[a-z]*n[a-z]*)$/),
  "filter-branch": () => true,
  gc: (rest) => force(rest, /^--prune/),
  push: (rest) => force(rest, /^(?:--(?:force|force-with-lease|mirror|delete|prune)|-[a-z]*[fd]|[+:])/),
  reflog: (rest) => rest[0] === "expire" || rest[0] === "delete",
  reset: (rest) => force(rest, /^--(?:hard|merge|keep)$/),
  restore: (rest) => !(force(rest, /^(?:--staged|-S)$/) && !force(rest, /^(?:--worktree|-W)$/)),
  rm: (rest) => !rest.includes("--cached"),
  stash: (rest) => rest[0] === "drop" || rest[0] === "clear",
  switch: (rest) => force(rest, /^(?:--force|--discard-changes|-[a-z]*f.*)$/),
  tag: (rest) => force(rest, /^(?:-[a-z]*[df]|--delete|--force)/),
  "update-ref": () => true,
  worktree: (rest) => rest[0] === "remove" || rest[0] === "prune",
};

/** Whether a command may destroy work that nothing brings back, whatever its specification says. What may, counts. */
export function isDestructive(program: string, fields: readonly Field[]): boolean {
  if (destroys(program)) return !fields.some(({ value }) => value === "--help" || value === "--version") || fields.length > 1;
  if (program === "git") return isGitDestructive(typedWords(fields));
  return owners.has(program) && force(typedWords(fields), /^(?:-[a-zA-Z]*R|--recursive$)/);
}

/** Programs that change whose files are, and who may use them. */
const owners: ReadonlySet<string> = new Set(["chmod", "chown", "chgrp"]);

const typedWords = (fields: readonly Field[]): readonly string[] => fields.map(({ value, text }) => value ?? text);

function isGitDestructive(words: readonly string[]): boolean {
  const at = words.findIndex((word, index) => !word.startsWith("-") && !/^-[cC]$/.test(words[index - 1] ?? ""));
  const command = words[at] ?? "";
  return Object.hasOwn(gitDestroyers, command) && gitDestroyers[command]?.(words.slice(at + 1)) === true;
}
