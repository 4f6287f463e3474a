import { chmodSync, lstatSync, renameSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";

/** The name, beside a path, that nobody obeys. */
export const asideOf = (path: string, mark: string): string => join(dirname(path), `claw-moved-${mark}-${basename(path).replace(/^\.+/, "")}`);

export const newMark = (): string => randomBytes(6).toString("hex");

/** Gives what lies at a path that name. Nothing of it is lost. */
export function putAside(path: string, mark: string): void {
  const folder = dirname(path);
  try {
    renameSync(path, asideOf(path, mark));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
    // A program may have taken away the right to change its folder.
    const { mode } = lstatSync(folder);
    chmodSync(folder, mode | 0o300);
    try {
      renameSync(path, asideOf(path, mark));
    } finally {
      chmodSync(folder, mode);
    }
  }
}
