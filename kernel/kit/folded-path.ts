import { hiddenCharacters, joiningCharacters } from "./hidden-characters.ts";

/** Signs that file systems leave out of a name's spelling, or that nobody sees in it. */
const unseen = new RegExp(`[${hiddenCharacters}${joiningCharacters}]`, "gu");
const odd = /[^!-~]|\\|\.(?:\/|$)|git~/i;

/** One spelling for every way in which a file system may take a path: case, invisible signs, dots and spaces at the end of names. */
export function foldedPath(path: string): string {
  if (!odd.test(path)) return path.toLowerCase();
  return path
    .normalize("NFC")
    .toLowerCase()
    .replaceAll(unseen, "")
    .replaceAll("\\", "/")
    .split("/")
    .map((name) => (name === "." || name === ".." ? name : name.replace(/[. ]+$/, "").replace(/^git~\d$/, ".git")))
    .join("/");
}
