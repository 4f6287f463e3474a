import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { type CallScope, ClawError, type Launch, type StartOptions } from "@claw/kernel";
import { launchOf, searchedFolders, type Walls } from "./containment.ts";
import { type FirstOutput, firstOutput, takeDown } from "./failed-launch.ts";
import { withGitGuards } from "./git-guard.ts";
import { type Output, openOutput } from "./output.ts";
import type { Pipe, Pipes } from "./pipes.ts";
import { findProgram, notStarted } from "./program.ts";
import type { Watchdog } from "./watchdog.ts";

export interface Launcher extends Walls {
  readonly variables: Readonly<Record<string, string>>;
  readonly folders: readonly string[];
  readonly platform: NodeJS.Platform;
  readonly pipes: Pipes;
  readonly watchdog: Watchdog;
}

/** A program that runs, alone or behind a wall. */
export interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly output: Output;
  /** The program itself, absolute. */
  readonly program: string;
  readonly launch: Launch | undefined;
  readonly first: FirstOutput;
}

/** What nothing but a person's shell may hand on: `less` runs them. */
const NEVER = ["LESSOPEN", "LESSCLOSE"];

export async function startChild(
  [name = "", ...args]: readonly string[],
  options: StartOptions,
  call: CallScope,
  launcher: Launcher,
  pipe: Pipe | undefined,
): Promise<Started> {
  const cwd = options.cwd ?? call.cwd;
  let launch: Launch | undefined;
  try {
    requireFolder(cwd);
    const program = findProgram(name, { folders: searchedFolders(launcher.folders, options, call), cwd, platform: launcher.platform });
    const env = environmentOf(launcher.variables, options);
    launch = await launchOf([program, ...args], options, call, env, launcher);
    call.signal.throwIfAborted();
    const way: Way =
      launch === undefined ? { command: [program, ...args], argv0: name, cwd, env } : { command: launch.command, cwd: launch.cwd, env: launch.environment };
    const child = await spawned(way, launch?.descriptors ?? [], options, launcher, pipe);
    const first = firstOutput();
    const output = openOutput(pipe === undefined ? ownPipes(child) : [["stdout", pipe.reader]], launch === undefined ? undefined : first.take);
    return { child, pid: child.pid ?? 0, output, program, launch, first };
  } catch (error) {
    await takeDown(launch);
    throw ClawError.is(error) || call.signal.aborted ? error : whyNotStarted(name, error as NodeJS.ErrnoException);
  } finally {
    if (pipe !== undefined) closeSync(pipe.writer);
  }
}

interface Way {
  readonly command: readonly string[];
  readonly argv0?: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

async function spawned(
  { command: [file = "", ...args], argv0, cwd, env }: Way,
  descriptors: Launch["descriptors"],
  { input, inherit = false, conversation = false }: StartOptions,
  { platform, watchdog }: Launcher,
  pipe: Pipe | undefined,
): Promise<ChildProcess> {
  if (!inherit) watchdog.begin();
  const out = pipe?.writer ?? "pipe";
  const streams: StdioOptions = inherit ? ["inherit", "inherit", "inherit"] : [input === undefined && !conversation ? "ignore" : "pipe", out, out];
  const child: ChildProcess = spawn(file, args, {
    ...(argv0 === undefined ? {} : { argv0 }),
    cwd,
    env: { ...env },
    // A program with claw's own terminal stays in claw's group: a Ctrl-C is for both.
    detached: platform !== "win32" && !inherit,
    stdio: [...streams, ...descriptors],
    windowsHide: true,
  });
  if (child.pid === undefined) throw (await once(child, "error"))[0];
  if (!inherit) watchdog.add(child.pid);
  child.stdin?.on("error", () => child.stdin?.destroy()); // The program need not read what it is given.
  if (!conversation) child.stdin?.end(input);
  else if (input !== undefined) child.stdin?.write(input);
  return child;
}

function environmentOf(variables: Readonly<Record<string, string>>, { env }: StartOptions): Readonly<Record<string, string>> {
  return withGitGuards(Object.fromEntries(Object.entries({ ...variables, ...env }).filter(([name]) => !NEVER.includes(name))));
}

function ownPipes({ stdout, stderr }: ChildProcess): readonly (readonly ["stdout" | "stderr", Readable])[] {
  return stdout === null || stderr === null
    ? []
    : [
        ["stdout", stdout],
        ["stderr", stderr],
      ];
}

function requireFolder(cwd: string): void {
  let isFolder: boolean;
  try {
    isFolder = statSync(cwd).isDirectory();
  } catch (error) {
    throw new ClawError("PATH_NOT_FOUND", `the folder ${cwd} does not exist or cannot be entered`, { path: cwd }, { cause: error });
  }
  if (!isFolder) throw new ClawError("PATH_NOT_FOUND", `${cwd} is not a folder`, { path: cwd });
}

function whyNotStarted(name: string, error: NodeJS.ErrnoException): ClawError {
  switch (error.code) {
    case "E2BIG":
      return notStarted(name, "its arguments are too long for this system", { cause: error, fix: "write them to a file, or hand them over as input" });
    case "EACCES":
    case "EPERM":
      return notStarted(name, "this system does not let you run it", { cause: error });
    case "EAGAIN":
    case "EMFILE":
    case "ENFILE":
    case "ENOMEM":
      return notStarted(name, `this machine has no room for another program (${error.code})`, { cause: error, retryable: true });
    default:
      return notStarted(name, error.message, { cause: error });
  }
}
