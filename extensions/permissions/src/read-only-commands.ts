/** The commands that can be proven to do nothing but read, as data. What a row does not name is not proven. */

export interface ReadOnlyCommand {
  /** Letters of options without a value. */
  readonly flags: string;
  /** Letters of options with a value, which is never a file. */
  readonly valued?: string;
  /** Whole names of long options: `name`, `name=` with an attached value, `name:` with a value either way. GNU's abbreviations are not taken. */
  readonly long?: readonly string[];
  /** Further option words, whole. */
  readonly other?: RegExp;
  /** What the remaining words are: files, text, or none allowed. */
  readonly operands: "files" | "text" | "none";
  /** How many remaining words come before the files and are text: grep's pattern. */
  readonly textFirst?: number;
  /** Options that say the text in their place. */
  readonly textOptions?: readonly string[];
  readonly maxOperands?: number;
  readonly operandPattern?: RegExp;
  /** A folder as operand would have it read every file in there. */
  readonly noFolders?: true;
}

const files = { operands: "files" } as const;
const text = { operands: "text" } as const;
const lineCount = /^-\d+$/;
const grepLong = [
  "after-context:",
  "before-context:",
  "context:",
  "count",
  "color",
  "color=",
  "colour",
  "colour=",
  "extended-regexp",
  "files-with-matches",
  "fixed-strings",
  "ignore-case",
  "invert-match",
  "line-number",
  "line-regexp",
  "max-count:",
  "no-filename",
  "only-matching",
  "quiet",
  "regexp:",
  "text",
  "with-filename",
  "word-regexp",
];

export const readOnlyCommands: Readonly<Record<string, ReadOnlyCommand>> = {
  ls: {
    ...files,
    flags: "1aAbBcCdDfFgGhiklmnNopqQrRsStuUvxXZ",
    valued: "ITw",
    long: [
      "all",
      "almost-all",
      "author",
      "classify",
      "color",
      "color=",
      "directory",
      "escape",
      "file-type",
      "full-time",
      "group-directories-first",
      "human-readable",
      "hide=",
      "ignore=",
      "indicator-style=",
      "inode",
      "literal",
      "no-group",
      "numeric-uid-gid",
      "quote-name",
      "recursive",
      "reverse",
      "si",
      "size",
      "sort=",
      "time=",
      "time-style=",
      "width=",
    ],
  },
  cat: { ...files, flags: "AbeEnstTuv", long: ["number", "number-nonblank", "show-all", "show-ends", "show-nonprinting", "show-tabs", "squeeze-blank"] },
  head: { ...files, flags: "qvz", valued: "nc", other: lineCount, long: ["bytes:", "lines:", "quiet", "silent", "verbose"] },
  tail: { ...files, flags: "qvz", valued: "nc", other: lineCount, long: ["bytes:", "lines:", "quiet", "silent", "verbose"] },
  wc: { ...files, flags: "clLmw", long: ["bytes", "chars", "lines", "max-line-length", "words"] },
  pwd: { operands: "none", flags: "LP" },
  echo: { ...text, flags: "neE", other: /^-/ },
  printf: { ...text, flags: "" },
  // Without -r: a folder may hold secrets.
  grep: {
    ...files,
    flags: "EFGHLPachilnoqsvwxyZz",
    valued: "ABCem",
    other: lineCount,
    long: [...grepLong, "basic-regexp", "perl-regexp", "files-without-match", "no-messages", "null"],
    textFirst: 1,
    textOptions: ["e", "regexp"],
  },
  // Without --pre, -z, -L, -u, --hidden and --glob: they run programs, follow links or reach what is hidden.
  rg: {
    ...files,
    flags: "acFHIilnNopPqsSUvwx0",
    valued: "ABCeEmMtTj",
    long: [
      ...grepLong,
      "case-sensitive",
      "column",
      "count-matches",
      "crlf",
      "files",
      "heading",
      "max-columns=",
      "max-depth=",
      "multiline",
      "multiline-dotall",
      "no-heading",
      "no-line-number",
      "pcre2",
      "pretty",
      "smart-case",
      "sort=",
      "stats",
      "trim",
      "type=",
      "type-list",
      "type-not=",
      "vimgrep",
    ],
    textFirst: 1,
    textOptions: ["e", "regexp", "files", "type-list"],
  },
  which: { ...text, flags: "a" },
  // `command NAME` has been unwrapped before.
  command: { ...text, flags: "vV" },
  file: { ...files, flags: "bhikLN", long: ["brief", "dereference", "mime", "mime-encoding", "mime-type", "no-dereference"] },
  stat: { ...files, flags: "fLt", valued: "c", long: ["dereference", "file-system", "format=", "printf=", "terse"] },
  du: {
    ...files,
    flags: "abchkmsSx0",
    valued: "dt",
    long: ["all", "apparent-size", "bytes", "human-readable", "max-depth=", "one-file-system", "summarize", "total"],
  },
  df: { ...files, flags: "ahHiklPT", valued: "Btx", long: ["human-readable", "inodes", "print-type", "total"] },
  date: {
    ...text,
    flags: "uR",
    valued: "d",
    other: /^-I(?:date|hours|minutes|seconds|ns)?$/,
    long: ["date=", "iso-8601", "iso-8601=", "rfc-3339=", "rfc-email", "universal", "utc"],
    operandPattern: /^\+/,
  },
  uname: { operands: "none", flags: "aimnoprsv", long: ["all", "kernel-name", "kernel-release", "machine", "operating-system"] },
  whoami: { operands: "none", flags: "" },
  true: { ...text, flags: "", other: /^-/ },
  false: { ...text, flags: "", other: /^-/ },
  basename: { ...text, flags: "az", valued: "s", long: ["multiple", "suffix=", "zero"] },
  dirname: { ...text, flags: "z", long: ["zero"] },
  realpath: { ...files, flags: "eLmPqsz", long: ["canonicalize-existing", "canonicalize-missing", "quiet", "no-symlinks", "strip"] },
  // Without -o, -T, -S, --compress-program and --files0-from.
  sort: {
    ...files,
    flags: "bcCdfghiMnrRsuVz",
    valued: "kt",
    long: [
      "check",
      "dictionary-order",
      "field-separator=",
      "general-numeric-sort",
      "human-numeric-sort",
      "ignore-case",
      "ignore-leading-blanks",
      "key=",
      "month-sort",
      "numeric-sort",
      "reverse",
      "stable",
      "unique",
      "version-sort",
      "zero-terminated",
    ],
  },
  // A second operand would be written.
  uniq: {
    ...files,
    flags: "cdDiuz",
    valued: "fsw",
    long: ["count", "ignore-case", "repeated", "skip-chars=", "skip-fields=", "unique", "zero-terminated"],
    maxOperands: 1,
  },
  cut: {
    ...files,
    flags: "nsz",
    valued: "bcdf",
    long: ["bytes=", "characters=", "complement", "delimiter=", "fields=", "only-delimited", "output-delimiter="],
  },
  tr: { ...text, flags: "cCdst", long: ["complement", "delete", "squeeze-repeats", "truncate-set1"] },
  diff: {
    ...files,
    flags: "abBcdeiNpqstuwyZ",
    valued: "UCW",
    long: [
      "brief",
      "color",
      "color=",
      "ignore-all-space",
      "ignore-blank-lines",
      "ignore-case",
      "minimal",
      "new-file",
      "report-identical-files",
      "side-by-side",
      "strip-trailing-cr",
      "text",
      "unified",
      "unified=",
    ],
    noFolders: true,
  },
  cmp: { ...files, flags: "bls", valued: "in", long: ["bytes=", "print-bytes", "quiet", "silent", "verbose"] },
  nl: { ...files, flags: "p", valued: "bdfhilnsvw" },
  // Without -o, -R and -l: they write, or follow links.
  tree: { ...files, flags: "aACdDfFghinpqrstuvxNQ", valued: "ILP", long: ["dirsfirst", "du", "gitignore", "noreport", "prune"] },
};
