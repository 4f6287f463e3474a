import { type Dirent, lstatSync, readFileSync, readdirSync, realpathSync } from "node:fs";

/** Looks at the disk that answer for what cannot be looked at, too. */
const statOf = (path: string): ReturnType<typeof lstatSync> | undefined => {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
};

/** A link counts as itself. */
export const isThere = (path: string): boolean => statOf(path) !== undefined;
export const isRealFolder = (path: string): boolean => statOf(path)?.isDirectory() === true;
export const isRealFile = (path: string): boolean => statOf(path)?.isFile() === true;
export const isLink = (path: string): boolean => statOf(path)?.isSymbolicLink() === true;

export function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

export function entriesIn(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

export const foldersIn = (folder: string): readonly string[] => entriesIn(folder).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));

/** The beginning of a file; nothing of what cannot be read. */
export function textOf(file: string, most: number): string {
  try {
    return readFileSync(file, "utf8").slice(0, most);
  } catch {
    return "";
  }
}
