import type { Ignore } from "ignore";

/** What the `.gitignore` files from some folder down to another say together. Paths are relative to the first, with `/`; folders end in `/`. */
export interface IgnoreRules {
  ignores(path: string): boolean;
  /** The same with a file of rules of the folder `folder` added, which win over those above it. */
  with(folder: string, text: string): IgnoreRules;
  /** No rules at all. */
  none(): IgnoreRules;
}

/** Loads the library of git's pattern language, once rules are needed. */
export async function createIgnoreRules(): Promise<IgnoreRules> {
  const { default: ignore } = await import("ignore");
  // As git: names are compared as they are where the file system does.
  const options = { ignorecase: process.platform === "darwin" || process.platform === "win32" };
  const rulesOf = (matcher: Ignore): IgnoreRules => ({
    ignores: (path) => matcher.ignores(path),
    with: (folder, text) =>
      rulesOf(
        ignore(options)
          .add(matcher)
          .add(folder === "" ? text : movedTo(folder, text)),
      ),
    none: () => none,
  });
  const none = rulesOf(ignore(options));
  return none;
}

/** Rules as the folder above would write them: one list of all rules in order is what makes a deeper file win. */
const movedTo = (folder: string, text: string): string[] =>
  text
    .replace(/^\uFEFF/u, "")
    .split(/\r?\n/u)
    .flatMap((line) => moved(escaped(folder), line));

function moved(folder: string, line: string): readonly string[] {
  if (line.startsWith("#")) return [];
  const [sign, rest] = line.startsWith("!") ? ["!", line.slice(1)] : ["", line];
  // A slash before the end ties a pattern to its folder; without one it holds at every depth below.
  const isTied = /\/(?!\s*$)/u.test(rest);
  const pattern = rest.replace(/^\//u, "").replace(/^\\(?=[!#])/u, "");
  return pattern.trim() === "" ? [] : [`${sign}/${folder}/${isTied ? "" : "**/"}${pattern}`];
}

const escaped = (folder: string): string => folder.replace(/[\\*?[\]!# ]/gu, "\\$&");
