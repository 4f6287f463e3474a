import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, readdirSync, readlinkSync, statSync, type Dirent } from "node:fs";
import { join } from "node:path";
import { careful, fold, reachOf } from "./opened.ts";

/** A folder while it is listed. */
export interface ListedFolder extends Disposable {
  /** By name. */
  readonly entries: readonly Dirent[];
  /** Where to reach an entry. */
  at(name: string): string;
  /** A small text file of it; undefined when there is none. */
  text(name: string): string | undefined;
}

const maxTextBytes = 1024 * 1024;

/** Opens a folder by its real path; undefined when it cannot be read, or is no longer what was found there. */
export function openListed(real: string): ListedFolder | undefined {
  let descriptor: number | undefined;
  const close = (): void => {
    if (descriptor !== undefined) closeSync(descriptor);
  };
  try {
    // Windows opens no folders.
    if (process.platform !== "win32") descriptor = openSync(real, constants.O_RDONLY | constants.O_DIRECTORY | careful);
    const base = baseOf(descriptor, real);
    if (base === undefined) {
      close();
      return undefined;
    }
    const entries = readdirSync(base, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    const at = (name: string): string => join(base, name);
    return { entries, at, text: (name) => textAt(at(name)), [Symbol.dispose]: close };
  } catch {
    close();
    return undefined;
  }
}

function baseOf(descriptor: number | undefined, real: string): string | undefined {
  const base = descriptor === undefined ? real : reachOf(descriptor, real);
  if (base === real) return lstatSync(real).isDirectory() ? real : undefined;
  const opened = readlinkSync(base);
  return opened === real || (fold(opened) === fold(real) && lstatSync(real).ino === statSync(base).ino) ? base : undefined;
}

function textAt(path: string): string | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | careful);
    const stats = fstatSync(descriptor);
    return stats.isFile() && stats.size <= maxTextBytes ? readFileSync(descriptor, "utf8") : undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
