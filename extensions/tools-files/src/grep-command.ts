import type { ToolInput } from "./tool-input.ts";

type GrepInput = ToolInput<"grep">;
export type GrepMode = NonNullable<GrepInput["output_mode"]>;

export const modeOf = (input: GrepInput): GrepMode => input.output_mode ?? "files_with_matches";

/** A line is shown with at most so many bytes. */
const maxColumns = 500;

/** Our own file type, for a glob. */
const globType = "wanted";

/** ripgrep's arguments for the names of all files that a search of `target`, an absolute path, looks into. */
export const filesCommand = (input: GrepInput, target: string, glob: string | undefined): readonly string[] => [
  "rg",
  "--files",
  ...filesOptions(input, glob),
  "--",
  target,
];

/** Every path in the output ends in a NUL, so that no name can pass for something else. */
const filesOptions = (input: GrepInput, glob: string | undefined): readonly string[] => [
  "--no-config",
  "--color=never",
  "--null",
  "--path-separator=/",
  "--hidden",
  ...(input.ignored === true ? ["--no-ignore"] : ["--no-require-git", "--no-ignore-global", "--no-ignore-dot"]),
  ...(input.type === undefined ? [] : [`--type=${input.type}`]),
  ...globOptions(glob),
  "--glob=!.git",
];

/** ripgrep's arguments for a search of `target`, an absolute path. Sorted output takes one thread and twice the time. */
export function grepCommand(input: GrepInput, target: string, glob: string | undefined, isSorted: boolean): readonly string[] {
  const mode = modeOf(input);
  const around = [
    ["--after-context", input["-A"]],
    ["--before-context", input["-B"]],
    ["--context", input["-C"] ?? input.context],
  ] as const;
  return [
    "rg",
    ...filesOptions(input, glob),
    "--no-heading",
    "--with-filename",
    "--crlf",
    ...(isSorted ? ["--sort=path"] : []),
    ...(input["-i"] === true ? ["--ignore-case"] : []),
    ...(input.multiline === true ? ["--multiline", "--multiline-dotall"] : []),
    ...(mode === "content"
      ? [
          input["-n"] === false ? "--no-line-number" : "--line-number",
          `--max-columns=${maxColumns}`,
          "--max-columns-preview",
          ...around.flatMap(([option, count]) => (count === undefined ? [] : [`${option}=${count}`])),
        ]
      : mode === "count"
        ? ["--count"]
        : ["--files-with-matches"]),
    "--",
    input.pattern,
    target,
  ];
}

/** What `--glob` names is searched although it is ignored; a file type is not. */
function globOptions(glob: string | undefined): readonly string[] {
  if (glob === undefined) return [];
  return glob.startsWith("!") ? [`--glob=${glob}`] : [`--type-add=${globType}:${glob}`, `--type=${globType}`];
}
