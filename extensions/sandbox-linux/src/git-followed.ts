import { dirname, join, resolve } from "node:path";
import { isWithin } from "@claw/kernel/kit";
import { isRealFile, realOf, textOf } from "./disk.ts";

const most = { config: 200_000, includes: 5 } as const;

interface Setting {
  /** Section and key in lower case; what lies between them, as it stands. */
  readonly name: string;
  readonly value: string;
}

/** Keys whose value is a file or folder that git obeys: hooks, and further configuration. */
const includes = /^include(?:if\.[^\n]*)?\.path$/;
const folders = /^core\.(?:hookspath|attributesfile)$/;
/** Keys whose value is a command line. Of an alias, only what begins with `!` is one. */
const commands =
  /^(?:core\.(?:fsmonitor|sshcommand|editor|pager|askpass|gitproxy|alternaterefscommand)|sequence\.editor|pager\.[^\n]*|alias\.[^\n]*|gpg\.(?:[^\n]*\.)?program|credential\.(?:[^\n]*\.)?helper|diff\.external|[^\n]*\.(?:textconv|command|cmd|clean|smudge|process|driver))$/;

/**
 * Files and folders of the workspace that a repository's configuration leads to, there or not: whoever writes one decides what git runs,
 * though the configuration itself stays as it is.
 */
export function followedByGit(git: string, root: string): readonly string[] {
  const top = dirname(git);
  const found = (config: string, depth: number): readonly string[] =>
    settingsOf(textOf(config, most.config)).flatMap(({ name, value }) => {
      if (includes.test(name)) {
        const path = resolve(dirname(config), value);
        return [path, ...(depth === 0 ? [] : found(path, depth - 1))];
      }
      if (folders.test(name)) return [resolve(top, value)];
      if (!commands.test(name) || (name.startsWith("alias.") && !value.startsWith("!"))) return [];
      const words = value.split(/[\s"'`;|&()<>=!]+/).filter((word) => word !== "");
      return words.map((word) => resolve(top, word)).filter(isRealFile);
    });
  // What is part of a repository is guarded as such.
  const isOthers = (path: string): boolean => path !== root && isWithin(root, path) && !path.split("/").includes(".git");
  return [...new Set(["config", "config.worktree"].flatMap((name) => found(join(git, name), most.includes)))].filter((path) => isOthers(realOf(path) ?? path));
}

function settingsOf(text: string): readonly Setting[] {
  const settings: Setting[] = [];
  let section = "";
  for (const line of text.replace(/\\\r?\n/g, "").split("\n")) {
    const [, name, sub, rest = line] = /^\s*\[([\w.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\](.*)$/.exec(line) ?? [];
    if (name !== undefined) section = sub === undefined ? name.toLowerCase() : `${name.toLowerCase()}.${sub}`;
    const [, key, value] = /^\s*([A-Za-z][\w-]*)\s*=\s*(.*?)\s*$/.exec(rest) ?? [];
    if (key !== undefined && value !== undefined) settings.push({ name: `${section}.${key.toLowerCase()}`, value: plain(value) });
  }
  return settings;
}

/** Without a remark behind it, without quotes and what they escape. */
const plain = (value: string): string =>
  value
    .replace(/^((?:[^"#;\\]|\\.|"(?:[^"\\]|\\.)*")*)[#;].*$/, "$1")
    .replace(/(^|[^\\])"/g, "$1")
    .replace(/\\(["\\])/g, "$1")
    .trim();
