import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, statSync } from "node:fs";
import type { Readable } from "node:stream";
import { type CallScope, ClawError, type Exit, type Processes, type Running, type StartOptions } from "@claw/kernel";
import { isGroupRunning, signalGroup } from "./group.ts";
import { type Output, openOutput } from "./output.ts";
import type { Pipe, Pipes } from "./pipes.ts";
import { findProgram, notStarted } from "./program.ts";
import type { Watchdog } from "./watchdog.ts";

/** How long a group that was asked to end may take to tidy up. */
const TERM_GRACE_MS = 500;
/** How long output is waited for after the program's end, when something else still holds its pipes. */
const DRAIN_MS = 200;

export interface Launcher {
  readonly variables: Readonly<Record<string, string>>;
  readonly folders: readonly string[];
  readonly platform: NodeJS.Platform;
  readonly pipes: Pipes;
  readonly watchdog: Watchdog;
}

/** Starts programs; disposing ends every group that is left. */
export function createProcesses(launcher: Launcher): Processes & AsyncDisposable {
  const live = new Set<Running>();
  return {
    async start(command, options, call) {
      call.signal.throwIfAborted();
      const pipe = options.merged === true ? await launcher.pipes.open() : undefined;
      const started = await startChild(command, options, call, launcher, pipe).catch((error: unknown) => {
        pipe?.reader.destroy();
        throw error;
      });
      const running = follow(started, options, call, launcher, () => live.delete(running));
      live.add(running);
      return running;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...live].map((running) => running[Symbol.asyncDispose]()));
    },
  };
}

interface Started {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly output: Output;
}

async function startChild(
  [name = "", ...args]: readonly string[],
  options: StartOptions,
  call: CallScope,
  launcher: Launcher,
  pipe: Pipe | undefined,
): Promise<Started> {
  const cwd = options.cwd ?? call.cwd;
  const { input } = options;
  try {
    requireFolder(cwd);
    const file = findProgram(name, { folders: launcher.folders, cwd, platform: launcher.platform });
    launcher.watchdog.begin();
    const child = spawn(file, args, {
      argv0: name,
      cwd,
      env: { ...launcher.variables, ...options.env },
      detached: launcher.platform !== "win32",
      stdio: [input === undefined ? "ignore" : "pipe", pipe?.writer ?? "pipe", pipe?.writer ?? "pipe"],
      windowsHide: true,
    });
    if (child.pid === undefined) throw (await once(child, "error"))[0];
    launcher.watchdog.add(child.pid);
    child.stdin?.on("error", () => child.stdin?.destroy()); // The program need not read what it is given.
    child.stdin?.end(input);
    return { child, pid: child.pid, output: openOutput(pipe === undefined ? ownPipes(child) : [["stdout", pipe.reader]]) };
  } catch (error) {
    throw ClawError.is(error) ? error : whyNotStarted(name, error as NodeJS.ErrnoException);
  } finally {
    if (pipe !== undefined) closeSync(pipe.writer);
  }
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

function follow({ child, pid, output }: Started, options: StartOptions, call: CallScope, { platform, watchdog }: Launcher, onClosed: () => void): Running {
  const exit = Promise.withResolvers<Exit>();
  let ended = false;
  let remains = true;
  let timedOut = false;
  let kill: NodeJS.Timeout | undefined;

  const stop = (): void => {
    if (kill !== undefined) return;
    signalGroup(pid, "SIGTERM", platform);
    kill = setTimeout(() => signalGroup(pid, "SIGKILL", platform), TERM_GRACE_MS);
  };
  const deadline =
    options.timeoutMs === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true;
          stop();
        }, options.timeoutMs);
  call.signal.addEventListener("abort", stop, { once: true });
  if (call.signal.aborted) stop();
  /** A group's number may be given to a stranger once nobody of the group is left: it is never signalled after that. */
  const leave = (): void => {
    clearTimeout(kill);
    watchdog.remove(pid);
    onClosed();
  };

  child.on("exit", (code, signal) => {
    ended = true;
    clearTimeout(deadline);
    call.signal.removeEventListener("abort", stop);
    output.finish(DRAIN_MS);
    const waited = Promise.withResolvers<void>();
    const drain = setTimeout(waited.resolve, DRAIN_MS);
    void Promise.race([output.closed, waited.promise]).then(() => {
      clearTimeout(drain);
      remains = signalGroup(pid, 0, platform);
      if (!remains) leave();
      exit.resolve({ code, signal, timedOut, contained: false, leftBehind: remains && isGroupRunning(pid, platform) });
    });
  });

  const close = async (): Promise<void> => {
    if (!ended) stop();
    output.close();
    await exit.promise;
    if (!remains) return;
    signalGroup(pid, "SIGKILL", platform);
    leave();
  };
  let closing: Promise<void> | undefined;
  return { pid, output: output.chunks, exit: exit.promise, [Symbol.asyncDispose]: () => (closing ??= close()) };
}
