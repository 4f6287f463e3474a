import { ClawError, type CallScope, type Processes, type Tool, type ToolResult, type Workspace } from "@claw/kernel";
import { relative, resolve, sep } from "node:path";
import { createGlobPattern } from "./glob-pattern.ts";
import { grepCommand, modeOf } from "./grep-command.ts";
import { grepEntries, pageOf, sortEntries, type GrepEntry, type Page } from "./grep-output.ts";
import { notFound } from "./near-names.ts";
import { shownPath } from "./shown-path.ts";
import type { ToolInput } from "./tool-input.ts";

type GrepInput = ToolInput<"grep">;

const defaultLimit = 250;
const maxShownBytes = 64 * 1024;
/** So much is looked at in any order before the search begins again in the order of the paths. */
const maxUnsortedBytes = 256 * 1024;
const timeoutMs = 60_000;

/** Where a search goes: a real path that was checked, what it is called, and which of the files below it count. */
interface Target {
  readonly real: string;
  readonly path: string;
  readonly glob: string | undefined;
  matches(path: string): boolean;
}

interface Search extends Page {
  /** What ripgrep had to say against it. */
  readonly complaint: string;
}

export const grep = (workspace: Workspace, processes: Processes): Tool<GrepInput> => async (input, call) => {
  const target = await targetOf(workspace, input, call);
  const { offset: skip = 0, head_limit: limit = defaultLimit } = input;
  const take = limit === 0 ? Infinity : limit;
  const first = await search(processes, input, target, false, call, (entries) => pageOf(entries, 0, skip + take, maxUnsortedBytes));
  // Whatever finishes first is printed first: a part of that would be another part each time.
  const found = first.isCut
    ? await search(processes, input, target, true, call, (entries) => pageOf(entries, skip, take, maxShownBytes))
    : { ...(await pageOf(sortEntries(first.entries), skip, take, maxShownBytes)), complaint: first.complaint };
  if ((await workspace.locate(target.path, call)).real !== target.real) throw new ClawError("PATH_CHANGED", `${target.path} became something else while it was searched`, { path: target.path }, { fix: "try again" });
  const named = (path: string): string => shownPath(target.path + path.slice(target.real.length), call.cwd);
  return resultOf(input, found, named);
};

async function targetOf(workspace: Workspace, input: GrepInput, call: CallScope): Promise<Target> {
  const start = input.path ?? ".";
  const { real, path, kind, inside, allowed } = await workspace.locate(start, call);
  if (!inside && allowed !== true) throw new ClawError("PATH_OUTSIDE", `${real} is outside this session's folders (${call.roots.join(", ")})`, { path }, { fix: "start claw with --add-dir and its folder, or allow this path" });
  if (kind === "missing") throw await notFound(workspace, start, call);
  if (kind === "other") throw new ClawError("PATH_NOT_FILE", `${start} is neither a file nor a folder`, { path });
  const { glob } = input;
  if (glob === undefined || kind === "file") return { real, path, glob: undefined, matches: () => true };
  if (glob.startsWith("!")) return { real, path, glob, matches: () => true };
  // ripgrep tells by a file's name; the folders of a pattern, or a type beside it, are matched here.
  const pattern = await createGlobPattern(glob.includes("/") ? glob : `**/${glob}`, true);
  const folder = resolve(path, pattern.folder);
  const matches = (found: string): boolean => pattern.matches(relative(folder, path + found.slice(real.length)).split(sep).join("/"));
  return { real, path, glob: input.type === undefined ? nameOf(glob) : undefined, matches };
}

/** What the last part of a pattern says of the name alone; undefined when that cannot be told from the rest. */
function nameOf(glob: string): string | undefined {
  const name = glob.slice(glob.lastIndexOf("/") + 1);
  const isWhole = name === glob || !/[{}()]/u.test(glob);
  return name === "" || name.includes("**") || !isWhole ? undefined : name;
}

async function search(processes: Processes, input: GrepInput, target: Target, isSorted: boolean, call: CallScope, take: (entries: AsyncIterable<GrepEntry>) => Promise<Page>): Promise<Search> {
  await using running = await processes.start(grepCommand(input, target.real, target.glob, isSorted), { timeoutMs }, call).catch((error: unknown) => {
    if (!ClawError.is(error, "PROGRAM_NOT_FOUND")) throw error;
    throw new ClawError("PROGRAM_NOT_FOUND", "grep needs ripgrep (rg), which comes with claw and is missing", { program: "rg" }, { cause: error, fix: "install claw again, or ripgrep" });
  });
  let complaint = "";
  async function* found(): AsyncGenerator<Uint8Array, void> {
    for await (const { stream, bytes } of running.output) {
      if (stream === "stdout") yield bytes;
      else if (complaint.length < 4096) complaint += Buffer.from(bytes).toString();
    }
  }
  async function* counted(): AsyncGenerator<GrepEntry, void> {
    for await (const entry of grepEntries(found(), modeOf(input))) if (target.matches(entry.path)) yield entry;
  }
  const page = await take(counted());
  call.signal.throwIfAborted();
  if (page.isCut) return { ...page, complaint: "" };
  const { code, timedOut } = await running.exit;
  if (timedOut) throw new ClawError("TOOL_FAILED", `the search took longer than ${timeoutMs / 1000} seconds`, { tool: "grep" }, { fix: "search a smaller folder, or fewer files with glob or type" });
  return { ...page, complaint: code === 0 || code === 1 ? "" : complaint.trim() || `rg ended with ${code ?? "a signal"}` };
}

function resultOf(input: GrepInput, { entries, isCut, complaint }: Search, named: (path: string) => string): ToolResult {
  if (entries.length === 0 && complaint !== "") return { failed: true, content: [{ type: "text", text: complaint }], details: { count: 0 } };
  const { offset = 0, ignored = false } = input;
  const lines = entries.length > 0 ? linesOf(entries, named, input) : [offset > 0 ? `no more than ${offset} results` : `no match for ${input.pattern}${ignored ? "" : "; files that .gitignore names were not searched"}`];
  if (isCut) lines.push(`[cut after ${entries.length} results; narrow the search, or read on with offset ${offset + entries.length}]`);
  if (complaint !== "") lines.push(`[not everything could be searched: ${complaint.split("\n", 1)[0] ?? ""}]`);
  const paths = [...new Set(entries.map(({ path }) => named(path)))];
  return { content: [{ type: "text", text: lines.join("\n") }], details: { mode: modeOf(input), paths, count: entries.length, cut: isCut } };
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
