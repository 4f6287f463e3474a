import { dirname, sep } from "node:path";

/** Whether a path is a folder or below it, by its text; `/proj-evil` is not below `/proj`. */
export function isWithin(folder: string, path: string): boolean {
  const isSeparator = (sign: string | undefined): boolean => sign === "/" || sign === sep;
  const next = path[folder.length];
  return path.startsWith(folder) && (next === undefined || isSeparator(next) || isSeparator(folder.at(-1)));
}

/** The folders from the top down to the last, both included. */
export function foldersBetween(top: string, last: string): readonly string[] {
  const folders = [last];
  for (let folder = last; folder !== top && dirname(folder) !== folder;) {
    folder = dirname(folder);
    folders.unshift(folder);
  }
  return folders;
}
