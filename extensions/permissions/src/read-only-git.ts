import { filesOf } from "./command-options.ts";
import type { ReadOnlyCommand } from "./read-only-commands.ts";

const shown = [
  "abbrev", "abbrev=", "abbrev-commit", "all", "author=", "author-date-order", "branches", "cc", "cherry", "cherry-mark", "color", "color=", "committer=", "date=", "date-order", "decorate", "decorate=",
  "first-parent", "follow", "format=", "full-history", "graph", "grep=", "invert-grep", "left-right", "max-count=", "merges", "no-abbrev-commit", "no-color", "no-decorate", "no-merges", "no-walk",
  "oneline", "perl-regexp", "pretty", "pretty=", "regexp-ignore-case", "remotes", "reverse", "since=", "after=", "skip=", "tags", "topo-order", "until=", "before=",
] as const;
const compared = [
  "cached", "check", "color", "color=", "color-words", "diff-filter=", "dirstat", "exit-code", "find-copies", "find-renames", "full-index", "function-context", "histogram", "ignore-all-space",
  "ignore-blank-lines", "ignore-space-at-eol", "ignore-space-change", "inter-hunk-context=", "merge-base", "minimal", "name-only", "name-status", "no-color", "no-ext-diff", "no-patch", "no-prefix",
  "no-renames", "no-textconv", "numstat", "patch", "patch-with-stat", "patience", "quiet", "raw", "shortstat", "staged", "stat", "stat=", "submodule", "submodule=", "summary", "unified=", "word-diff", "word-diff=",
] as const;
const comparedFlags = "abMpRsuwWz";

/** Without -c, -C, --output, --ext-diff and --textconv: they write, or run what is configured. */
const commands: Readonly<Record<string, ReadOnlyCommand>> = {
  status: { operands: "files", flags: "bsvz", other: /^-u(?:no|normal|all)?$/, long: ["ahead-behind", "branch", "column", "ignored", "ignored=", "long", "no-ahead-behind", "no-renames", "porcelain", "porcelain=", "short", "show-stash", "untracked-files", "untracked-files=", "verbose"] },
  log: { operands: "files", flags: `${comparedFlags}cEFimP`, valued: "nGSU", other: /^-\d+$/, long: [...shown, ...compared] },
  show: { operands: "files", flags: `${comparedFlags}cm`, valued: "nU", other: /^-\d+$/, long: [...shown, ...compared] },
  diff: { operands: "files", flags: comparedFlags, valued: "GSU", long: [...compared] },
  branch: { operands: "none", flags: "arv", long: ["all", "color", "color=", "column", "contains=", "format=", "ignore-case", "list", "merged", "no-color", "no-column", "no-contains=", "no-merged", "points-at=", "remotes", "show-current", "sort=", "verbose"] },
  "rev-parse": { operands: "files", flags: "q", long: ["abbrev-ref", "abbrev-ref=", "absolute-git-dir", "all", "branches", "git-common-dir", "git-dir", "is-bare-repository", "is-inside-git-dir", "is-inside-work-tree", "quiet", "remotes", "short", "short=", "show-cdup", "show-prefix", "show-toplevel", "symbolic-full-name", "tags", "verify"] },
  "ls-files": { operands: "files", flags: "cdikmostuvz", long: ["cached", "deleted", "deduplicate", "error-unmatch", "exclude-standard", "full-name", "ignored", "modified", "others", "stage", "unmerged"] },
};

/** The files that a git command that only reads is told of, or undefined if it may do more. A revision counts as a file: it may be one. */
export function readGit(words: readonly string[]): readonly string[] | undefined {
  const start = words.findIndex((word) => word !== "--no-pager" && word !== "-P");
  const command = words[start];
  const row = command !== undefined && Object.hasOwn(commands, command) ? commands[command] : undefined;
  // %G asks for a signature check, which starts a program.
  if (row === undefined || words.some((word) => /^--(?:format|pretty)=.*%G/s.test(word))) return undefined;
  const operands = filesOf(row, words.slice(start + 1));
  // `:/text` and `:(magic)` are languages of their own.
  if (operands === undefined || operands.some((operand) => operand.startsWith(":"))) return undefined;
  return operands.flatMap((operand) => [operand, ...(operand.includes(":") ? [operand.slice(operand.lastIndexOf(":") + 1)] : [])]);
}
