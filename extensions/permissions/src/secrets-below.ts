import type { CallScope, Located, ShellCommand, ShellReport, Workspace } from "@claw/kernel";
import { isSecretFile } from "@claw/kernel/kit";

/** Looks below a folder for a file that must not be read unasked and that `matches`, by its path from there; undefined if there is none. */
export type SecretSearch = (folder: string, matches: (relative: string) => boolean) => Promise<string | undefined>;

/** Programs that tell names and sizes of what is below and nothing of what is in it; and those that pass hidden and ignored files by. */
const namesOnly: ReadonlySet<string> = new Set([
  "[",
  "ag",
  "basename",
  "cloc",
  "df",
  "dirname",
  "du",
  "eza",
  "exa",
  "fd",
  "fdfind",
  "file",
  "find",
  "git",
  "ls",
  "lsd",
  "realpath",
  "rg",
  "scc",
  "stat",
  "test",
  "tokei",
  "tree",
  "wc",
]);

/** Whether a command's output holds nothing of what the files below are made of. */
export const tellsNamesOnly = ({ program, words }: Pick<ShellCommand, "program" | "words">): boolean =>
  program !== undefined && namesOnly.has(program) && !words.some((word) => word === undefined || /^--?(?:exec|ok|x$|X$)/.test(word));

/** How many files are looked at: past that the mask of the extension `secrets` is what remains. */
const mostFiles = 4_000;

/** A folder that a command reads through: what is searched, and the path of the report that stands for it. */
interface ReadThrough {
  readonly path: string;
  readonly folder: string;
  matches(relative: string): boolean;
}

/** The folders whose files a command's output may show. */
export function readThrough(report: ShellReport, located: ReadonlyMap<string, Located>, roots: readonly string[]): readonly ReadThrough[] {
  const readers = report.commands.filter((command) => command.class === "read-only" && !tellsNamesOnly(command));
  return readers
    .flatMap(({ reads }) => reads)
    .flatMap(({ path, many, pos, end }) => {
      if (!many) return [];
      // What it reads is known only once it runs: it may be anything in the session's folders.
      if (path === "/") return roots.map((folder) => ({ path, folder, matches: () => true }));
      const place = located.get(path);
      return place?.inside === true && place.kind === "folder" ? [{ path, folder: place.real, matches: matcherOf(report.text.slice(pos, end)) }] : [];
    });
}

/** By folder that is read through: a file in it that may hold secrets. */
export async function secretsBelow(places: readonly ReadThrough[], search: SecretSearch): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for (const { path, folder, matches } of places) {
    const secret = found.has(path) ? undefined : await search(folder, matches);
    if (secret !== undefined) found.set(path, secret);
  }
  return found;
}

/** Which files a word stands for: those a pattern in its last part matches, or everything below where it says more than that. */
function matcherOf(word: string): (relative: string) => boolean {
  const name = word.replaceAll(/["']/g, "").split("/").at(-1) ?? "";
  const isSimple = /^[\w.*-]+$/.test(name) && name.includes("*") && !/[*?[{$`]/.test(word.slice(0, word.length - name.length));
  if (!isSimple) return () => true;
  const shape = new RegExp(`^${name.startsWith("*") ? "(?!\\.)" : ""}${name.split("*").map(RegExp.escape).join(".*")}$`);
  return (relative) => !relative.includes("/") && shape.test(relative);
}

/** The search through a session's folders, as far as the workspace lists them: `.git` and what `.agentsignore` names are not among it. */
export const searchIn =
  (workspace: Workspace, scope: CallScope): SecretSearch =>
  async (folder, matches) => {
    let looked = 0;
    for await (const { path } of workspace.list(folder, scope, { ignored: true })) {
      if (looked++ === mostFiles) return undefined;
      const relative = path.slice(folder.length + 1);
      if (!relative.startsWith("node_modules/") && !relative.includes("/node_modules/") && isSecretFile(path) && matches(relative)) return path;
    }
    return undefined;
  };
