import { dirname, sep } from "node:path";

/** Whether a path is a folder or below it, by its text; `/proj-evil` is not below `/proj`. */
export const isWithin = (folder: string, path: string): boolean => path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);

/** The folders from the top down to the last, both included. */
export function foldersBetween(top: string, last: string): readonly string[] {
  const folders = [last];
  for (let folder = last; folder !== top && dirname(folder) !== folder;) {
    folder = dirname(folder);
    folders.unshift(folder);
  }
  return folders;
}
