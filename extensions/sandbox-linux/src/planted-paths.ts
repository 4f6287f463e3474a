import { lstatSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Guarded } from "./protected-paths.ts";

/**
 * Files of a repository that no device can stand in for: git gives up where one is empty. They are taken away when a program that
 * was contained has made them; git obeys a `commondir` and a `config.worktree` as its own configuration.
 */
const names: readonly string[] = ["commondir", "config.worktree"];

/** Those that are not there before a program runs. */
export const watchPlanted = (guarded: readonly Guarded[]): readonly string[] =>
  guarded.flatMap(({ type, path }) => (type === "pinned" ? names.map((name) => join(path, name)).filter((one) => !isThere(one)) : []));

export function removePlanted(paths: readonly string[]): void {
  for (const path of paths) if (isThere(path)) rmSync(path, { recursive: true, force: true });
}

const isThere = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
