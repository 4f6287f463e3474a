import { isAbsolute, relative, sep } from "node:path";

/** A path as the model should name it: from the call's folder when it is in it, with `/`. */
export function shownPath(path: string, cwd: string): string {
  const below = relative(cwd, path);
  const isBelow = below !== "" && below !== ".." && !below.startsWith(`..${sep}`) && !isAbsolute(below);
  return (isBelow ? below : path).split(sep).join("/");
}
