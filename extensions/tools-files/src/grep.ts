import { ClawError, type CallScope, type Located, type Processes, type Tool, type ToolResult, type Workspace } from "@claw/kernel";
import { isSecretFile, isWithin } from "@claw/kernel/kit";
import { relative, resolve, sep } from "node:path";
import { createGlobPattern } from "./glob-pattern.ts";
import { filesCommand, grepCommand, modeOf } from "./grep-command.ts";
import { grepEntries, pageOf, sortEntries, type GrepEntry, type Page } from "./grep-output.ts";
import { notFound } from "./near-names.ts";
import { startRipgrep } from "./ripgrep.ts";
import { shownPath } from "./shown-path.ts";
import type { ToolInput } from "./tool-input.ts";

type GrepInput = ToolInput<"grep">;

const defaultLimit = 250;
const maxShownBytes = 64 * 1024;
/** So much is looked at in any order before the search begins again in the order of the paths. */
const maxUnsortedBytes = 256 * 1024;
const maxNamed = 5;

/** Where a search goes: a real path that was checked, what it is called, and which of the files below it count. */
interface Target {
  readonly real: string;
  readonly path: string;
  readonly isFile: boolean;
  readonly glob: string | undefined;
  matches(path: string): boolean;
  /** Whether a file is not shown because nobody was asked about it. */
  isLeftOut(path: string): boolean;
  /** Whether `.agentsignore` keeps a file from agents: not even its name is shown. */
  isKept(path: string): Promise<boolean>;
}

interface Search extends Page {
  /** What ripgrep had to say against it. */
  readonly complaint: string;
}

export const grep =
  (workspace: Workspace, processes: Processes): Tool<GrepInput> =>
  async (input, call) => {
    const target = await targetOf(workspace, input, call);
    const { offset: skip = 0, head_limit: limit = defaultLimit } = input;
    const take = limit === 0 ? Infinity : limit;
    const first = await search(processes, input, target, false, call, (entries) => pageOf(entries, 0, skip + take, maxUnsortedBytes));
    // Whatever finishes first is printed first: a part of that would be another part each time.
    const found = first.isCut
      ? await search(processes, input, target, true, call, (entries) => pageOf(entries, skip, take, maxShownBytes))
      : { ...(await pageOf(sortEntries(first.entries), skip, take, maxShownBytes)), complaint: first.complaint };
    const secrets = await leftOut(processes, input, target, call);
    if ((await workspace.locate(target.path, call)).real !== target.real)
      throw new ClawError("PATH_CHANGED", `${target.path} became something else while it was searched`, { path: target.path }, { fix: "try again" });
    const named = (path: string): string => shownPath(target.path + path.slice(target.real.length), call.cwd);
    return resultOf(input, found, secrets.map(named), named);
  };

async function targetOf(workspace: Workspace, input: GrepInput, call: CallScope): Promise<Target> {
  const start = input.path ?? ".";
  const { real, path, kind, inside, allowed, ignored } = await workspace.locate(start, call);
  if (!inside && allowed !== true)
    throw new ClawError(
      "PATH_OUTSIDE",
      `${real} is outside this session's folders (${call.roots.join(", ")})`,
      { path },
      { fix: "start claw with --add-dir and its folder, or allow this path" },
    );
  if (ignored === true && allowed !== true) await refuse(workspace, start, kind, call);
  if (kind === "missing") throw await notFound(workspace, start, call);
  if (kind === "other") throw new ClawError("PATH_NOT_FILE", `${start} is neither a file nor a folder`, { path });
  const { glob } = input;
  // What was named was judged by its name.
  const isJudged = input.path !== undefined && (isSecretFile(path) || isSecretFile(real));
  const isKept = ignored === true ? async () => false : await keptFrom(workspace, call);
  const base = { real, path, isFile: kind === "file", isKept, isLeftOut: (found: string) => !isJudged && isSecretFile(found) };
  // Half of a name with a line end in it is no file that was found.
  const printed = real.split(sep).join("/");
  const isFound = (found: string): boolean => isWithin(printed, found);
  if (glob === undefined || kind === "file") return { ...base, glob: undefined, matches: isFound };
  if (glob.startsWith("!")) return { ...base, glob, matches: isFound };
  // ripgrep tells by a file's name; the folders of a pattern, or a type beside it, are matched here.
  const pattern = await createGlobPattern(glob.includes("/") ? glob : `**/${glob}`, true);
  const folder = resolve(path, pattern.folder);
  const matches = (found: string): boolean =>
    isFound(found) &&
    pattern.matches(
      relative(folder, path + found.slice(real.length))
        .split(sep)
        .join("/"),
    );
  return { ...base, glob: input.type === undefined ? nameOf(glob) : undefined, matches };
}

/** Has the workspace say why it opens none of it. */
async function refuse(workspace: Workspace, path: string, kind: Located["kind"], call: CallScope): Promise<never> {
  if (kind === "folder") await workspace.list(path, call)[Symbol.asyncIterator]().next();
  else await workspace.read(path, call, { maxBytes: 0 });
  throw new ClawError("PATH_CHANGED", `${path} became something else while it was looked at`, { path }, { fix: "try again" });
}

/** ripgrep knows nothing of `.agentsignore`: what it finds is asked about, a file at a time, where there is such a file and it names any. */
async function keptFrom(workspace: Workspace, call: CallScope): Promise<Target["isKept"]> {
  const isNeeded = await workspace.ignored(call).then(
    (paths) => paths.length > 0,
    (error: unknown) => (ClawError.is(error, "PATH_TOO_LARGE") ? true : Promise.reject(error as Error)),
  );
  if (!isNeeded) return async () => false;
  const known = new Map<string, Promise<boolean>>();
  const ask = (path: string): Promise<boolean> =>
    workspace.locate(path, call).then(
      ({ ignored }) => ignored === true,
      // A name that cannot be asked about is none to show.
      (error: unknown) => (ClawError.is(error) ? true : Promise.reject(error as Error)),
    );
  return (path) => {
    const answer = known.get(path) ?? ask(path);
    known.set(path, answer);
    return answer;
  };
}

/** What the last part of a pattern says of the name alone; undefined when that cannot be told from the rest. */
function nameOf(glob: string): string | undefined {
  const name = glob.slice(glob.lastIndexOf("/") + 1);
  const isWhole = name === glob || !/[{}()]/u.test(glob);
  return name === "" || name.includes("**") || !isWhole ? undefined : name;
}

async function search(
  processes: Processes,
  input: GrepInput,
  target: Target,
  isSorted: boolean,
  call: CallScope,
  take: (entries: AsyncIterable<GrepEntry>) => Promise<Page>,
): Promise<Search> {
  await using ripgrep = await startRipgrep(processes, grepCommand(input, target.real, target.glob, isSorted), call);
  async function* counted(): AsyncGenerator<GrepEntry, void> {
    for await (const entry of grepEntries(ripgrep.output, modeOf(input)))
      if (target.matches(entry.path) && !target.isLeftOut(entry.path) && !(await target.isKept(entry.path))) yield entry;
  }
  const page = await take(counted());
  call.signal.throwIfAborted();
  return { ...page, complaint: page.isCut ? "" : await ripgrep.complaint() };
}

/** All files that are left out, whatever is looked for: which of them would match says what is in them. */
async function leftOut(processes: Processes, input: GrepInput, target: Target, call: CallScope): Promise<readonly string[]> {
  if (target.isFile) return [];
  await using ripgrep = await startRipgrep(processes, filesCommand(input, target.real, target.glob), call);
  const paths: string[] = [];
  for await (const { path } of grepEntries(ripgrep.output, "files_with_matches"))
    if (target.matches(path) && target.isLeftOut(path) && !(await target.isKept(path))) paths.push(path);
  call.signal.throwIfAborted();
  return paths.sort();
}

function resultOf(input: GrepInput, { entries, isCut, complaint }: Search, secrets: readonly string[], named: (path: string) => string): ToolResult {
  if (entries.length === 0 && complaint !== "") return { failed: true, content: [{ type: "text", text: complaint }], details: { count: 0 } };
  const { offset = 0, ignored = false } = input;
  const lines =
    entries.length > 0
      ? linesOf(entries, named, input)
      : [offset > 0 ? `no more than ${offset} results` : `no match for ${input.pattern}${ignored ? "" : "; files that .gitignore names were not searched"}`];
  if (isCut) lines.push(`[cut after ${entries.length} results; narrow the search, or read on with offset ${offset + entries.length}]`);
  if (complaint !== "") lines.push(`[not everything could be searched: ${complaint.split("\n", 1)[0] ?? ""}]`);
  if (secrets.length > 0) lines.push(`[${leftOutText(secrets)}]`);
  const paths = [...new Set(entries.map(({ path }) => named(path)))];
  return {
    content: [{ type: "text", text: lines.join("\n") }],
    details: { mode: modeOf(input), paths, count: entries.length, cut: isCut, ...(secrets.length === 0 ? {} : { leftOut: secrets }) },
  };
}

function leftOutText(secrets: readonly string[]): string {
  const more = secrets.length - maxNamed;
  const names = `${secrets.slice(0, maxNamed).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  return secrets.length === 1
    ? `1 file was left out because it may hold secrets: ${names}; name it as path to search it`
    : `${secrets.length} files were left out because they may hold secrets: ${names}; name one as path to search it`;
}

function linesOf(entries: readonly GrepEntry[], named: (path: string) => string, input: GrepInput): string[] {
  const isAround = [input["-A"], input["-B"], input["-C"], input.context].some((count) => (count ?? 0) > 0);
  return entries.flatMap((entry, index) => {
    const line = lineOf(entry, named(entry.path), input);
    const previous = entries[index - 1];
    const isApart = previous !== undefined && (entry.isApart || entry.path !== previous.path);
    return isAround && isApart && modeOf(input) === "content" ? ["--", line] : [line];
  });
}

function lineOf({ text }: GrepEntry, path: string, input: GrepInput): string {
  if (modeOf(input) === "files_with_matches") return path;
  // A line's number is followed by `:` in a match and by `-` in a line around one; so is its path.
  const isBeside = input["-n"] !== false && /^\d+-/u.test(text);
  return `${path}${isBeside ? "-" : ":"}${text}`;
}
