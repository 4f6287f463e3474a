import type { Field } from "./field.ts";

/** Programs whose whole purpose is to destroy. */
const destroyers = /^(?:rm|shred|wipefs|mkfs(?:\..*)?|dd|truncate|srm|unlink|rmdir|fdisk|sfdisk|parted)$/;

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
  if (destroyers.test(program)) return !fields.some(({ value }) => value === "--help" || value === "--version") || fields.length > 1;
  const rest = fields.map(({ value, text }) => value ?? text);
  if (program === "chmod" || program === "chown" || program === "chgrp") return force(rest, /^(?:-[a-zA-Z]*R|--recursive$)/);
  if (program !== "git") return false;
  const at = rest.findIndex((word, index) => !word.startsWith("-") && !/^-[cC]$/.test(rest[index - 1] ?? ""));
  const command = rest[at] ?? "";
  return Object.hasOwn(gitDestroyers, command) && gitDestroyers[command]?.(rest.slice(at + 1)) === true;
}
