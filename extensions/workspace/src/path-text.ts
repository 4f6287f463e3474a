import { ClawError } from "@claw/kernel";
import { isAbsolute, join, resolve } from "node:path";

/** Whether a name can be asked for at all. Control characters are in no file's name for a good reason, and a terminal obeys some. */
export const isPlain = (name: string): boolean => !/\p{Cc}/u.test(name) && name.isWellFormed();

/** The absolute path a model's string means, without `..`: from the call's folder, `~/` from the home folder. */
export function absolutePath(path: string, cwd: string, home: string | undefined): string {
  const problem = problemOf(path);
  if (problem !== undefined) throw new ClawError("PATH_INVALID", `the path ${JSON.stringify(path)} ${problem}`, { path });
  if (path === "~" || path.startsWith("~/")) {
    if (home === undefined)
      throw new ClawError("HOME_MISSING", `${path} needs a home folder and this machine names none`, {}, { fix: "give an absolute path" });
    return join(home, path.slice(1));
  }
  return isAbsolute(path) ? resolve(path) : resolve(cwd, path);
}

function problemOf(path: string): string | undefined {
  if (path === "") return "is empty";
  if (!isPlain(path)) return "has a control character in it";
  return process.platform === "win32" ? windowsProblemOf(path) : undefined;
}

const reserved = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:[ .].*)?$/iu;

/** Names that Windows gives a meaning of its own: other machines, devices, streams, and ends it drops. */
export function windowsProblemOf(path: string): string | undefined {
  if (/^[\\/]{2}/u.test(path)) return "names another machine or a device";
  const names = path.replace(/^[a-z]:/iu, "").split(/[\\/]/u);
  if (names.some((name) => name.includes(":"))) return "names a stream of a file";
  if (names.some((name) => reserved.test(name))) return "names a device";
  return names.some((name) => /[^. ][. ]+$/u.test(name)) ? "has a name that ends in a dot or a space" : undefined;
}
