import { dirname } from "node:path";
import { type CallScope, ClawError, type Processes } from "@claw/kernel";
import { visibleLine } from "./visible-text.ts";

/**
 * What a repository's own configuration could make git run is off: monitors, hooks, pagers, signature programs, helpers of
 * remotes, submodules, a bare repository inside the project. Filters cannot be turned off: git is run in trusted folders only.
 */
const GUARDS = [
  "--no-optional-locks",
  "--no-pager",
  "-c",
  "core.fsmonitor=false",
  "-c",
  "core.hooksPath=/dev/null",
  "-c",
  "safe.bareRepository=explicit",
  "-c",
  "log.showSignature=false",
  "-c",
  "protocol.allow=never",
  "-c",
  "submodule.recurse=false",
  "-c",
  "core.quotePath=true",
];
/** The repository at hand and none above it; nothing is fetched. */
const ENVIRONMENT = { GIT_NO_LAZY_FETCH: "1", LC_ALL: "C" };
const DEADLINE_MS = 2_000;
const COMMITS = 5;
const MAX_SUBJECT = 100;
/** More changes than fit in this are counted no further. */
const MAX_BYTES = 256 * 1024;

/** Branch, changes and last commits; undefined without git, without a repository, or when git takes too long. */
export async function describeGit(root: string, processes: Processes, call: CallScope): Promise<string | undefined> {
  const run = (...command: readonly string[]): Promise<GitOutput | undefined> => runGit(command, root, processes, call);
  const [status, log] = await Promise.all([
    run("status", "--porcelain=v2", "--branch", "--untracked-files=normal", "--ignore-submodules=all"),
    run("log", `--max-count=${COMMITS}`, "--format=%s"),
  ]);
  return status === undefined ? undefined : renderGit(status, log?.text ?? "");
}

export interface GitOutput {
  readonly text: string;
  readonly isWhole: boolean;
}

async function runGit(command: readonly string[], cwd: string, processes: Processes, call: CallScope): Promise<GitOutput | undefined> {
  try {
    await using running = await processes.start(
      ["git", ...GUARDS, ...command],
      { cwd, timeoutMs: DEADLINE_MS, own: true, env: { ...ENVIRONMENT, GIT_CEILING_DIRECTORIES: dirname(cwd) } },
      call,
    );
    const parts: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of running.output) {
      if (chunk.stream !== "stdout") continue;
      parts.push(chunk.bytes);
      if ((bytes += chunk.bytes.length) > MAX_BYTES) break;
    }
    const text = Buffer.concat(parts).toString("utf8");
    if (bytes > MAX_BYTES) return { text, isWhole: false };
    const { code } = await running.exit;
    call.signal.throwIfAborted();
    return code === 0 ? { text, isWhole: true } : undefined;
  } catch (error) {
    if (ClawError.is(error, "PROGRAM_NOT_FOUND") || ClawError.is(error, "PROGRAM_NOT_STARTED") || ClawError.is(error, "PATH_NOT_FOUND")) return undefined;
    throw error;
  }
}

/** `status` is porcelain version 2 with branch headers, `log` a subject a line. */
export function renderGit(status: GitOutput, log: string): string {
  const lines = status.text.split("\n");
  const header = (name: string): string | undefined => lines.find((line) => line.startsWith(`# branch.${name} `))?.slice(name.length + 10);
  const subjects = log
    .split("\n")
    .map(visibleLine)
    .filter((subject) => subject !== "")
    .slice(0, COMMITS);
  return [
    "# Git",
    "As the session began; it does not follow what happens since.",
    `- Branch: ${branchOf(header)}`,
    `- Changes: ${changesOf(lines, status.isWhole)}`,
    ...(subjects.length === 0
      ? ["- No commits yet"]
      : ["- Last commits, as their authors named them:", ...subjects.map((subject) => `  - ${shortened(subject)}`)]),
  ].join("\n");
}

function branchOf(header: (name: string) => string | undefined): string {
  const head = header("head") ?? "(unknown)";
  const name = head === "(detached)" ? `none, detached at ${(header("oid") ?? "").slice(0, 12)}` : shortened(visibleLine(head));
  const upstream = header("upstream");
  const [, ahead = "0", behind = "0"] = /^\+(\d+) -(\d+)$/.exec(header("ab") ?? "") ?? [];
  const apart = [ahead === "0" ? "" : `${ahead} ahead`, behind === "0" ? "" : `${behind} behind`].filter((part) => part !== "").join(", ");
  return upstream === undefined ? name : `${name}, tracking ${shortened(visibleLine(upstream))}${apart === "" ? "" : ` (${apart})`}`;
}

function changesOf(lines: readonly string[], isWhole: boolean): string {
  const changed = lines.filter((line) => /^[12u] /.test(line)).length;
  const untracked = lines.filter((line) => line.startsWith("? ")).length;
  if (changed + untracked === 0) return "none";
  return `${isWhole ? "" : "more than "}${[changed === 0 ? "" : `${changed} changed`, untracked === 0 ? "" : `${untracked} untracked`].filter((part) => part !== "").join(", ")}`;
}

const shortened = (text: string): string => (text.length <= MAX_SUBJECT ? text : `${text.slice(0, MAX_SUBJECT).toWellFormed()}…`);
