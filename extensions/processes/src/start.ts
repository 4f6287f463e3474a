import type { CallScope, Exit, Processes, Running, StartOptions } from "@claw/kernel";
import { failureOf, looksFailed, takeDown } from "./failed-launch.ts";
import { type Group, groupOf, onlyChild } from "./group.ts";
import { inputOf } from "./input.ts";
import { programIn } from "./program.ts";
import { type Launcher, type Started, startChild } from "./started.ts";

/** How long a group that was asked to end may take to tidy up. */
const TERM_GRACE_MS = 500;
/** How long output is waited for after the program's end, when something else still holds its pipes. */
const DRAIN_MS = 200;
/** How long a program that does nothing may take behind a wall. */
const TRIAL_MS = 5_000;

/** Starts programs; disposing ends every group that is left. */
export function createProcesses(launcher: Launcher): Processes & AsyncDisposable {
  const live = new Set<Running>();
  const start = async (command: readonly string[], options: StartOptions, call: CallScope): Promise<Running> => {
    call.signal.throwIfAborted();
    const pipe = options.merged === true && options.inherit !== true ? await launcher.pipes.open() : undefined;
    const started = await startChild(command, options, call, launcher, pipe).catch((error: unknown) => {
      pipe?.reader.destroy();
      throw error;
    });
    const tries = (): Promise<boolean> => standsFor(started, options, call, launcher);
    const running = follow(started, options, call, launcher, tries, () => live.delete(running));
    live.add(running);
    return running;
  };
  return {
    start,
    async [Symbol.asyncDispose]() {
      await Promise.all([...live].map((running) => running[Symbol.asyncDispose]()));
    },
  };
}

/** Whether a program that does nothing runs behind the same wall. */
async function standsFor(failed: Started, { cwd, env, containment, mode }: StartOptions, call: CallScope, launcher: Launcher): Promise<boolean> {
  const nothing = programIn(launcher.folders, "true", launcher.platform);
  if (nothing === undefined || failed.launch === undefined) return false;
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(TRIAL_MS)]);
  const options: StartOptions = {
    ...(cwd === undefined ? {} : { cwd }),
    ...(env === undefined ? {} : { env }),
    ...(containment === undefined ? {} : { containment }),
    ...(mode === undefined ? {} : { mode }),
  };
  try {
    const { child, output, launch } = await startChild([nothing], options, { ...call, signal }, launcher, undefined);
    const code = Promise.withResolvers<number | null>();
    child.on("exit", code.resolve);
    signal.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
    const ended = await code.promise;
    output.close();
    launcher.watchdog.remove(child.pid ?? 0);
    await takeDown(launch);
    return ended === 0 && launch !== undefined;
  } catch {
    return false;
  }
}

function follow(
  { child, pid, output, program, launch, first }: Started,
  options: StartOptions,
  call: CallScope,
  { platform, watchdog }: Launcher,
  tries: () => Promise<boolean>,
  onClosed: () => void,
): Running {
  const group: Group = options.inherit === true ? onlyChild(child) : groupOf(pid, platform);
  const exit = Promise.withResolvers<Exit>();
  // Whoever does not ask how it ended need not hear that it never began.
  exit.promise.catch(() => undefined);
  let ended = false;
  let remains = true;
  let timedOut = false;
  let kill: NodeJS.Timeout | undefined;
  let down: Promise<void> | undefined;

  const stop = (): void => {
    if (kill !== undefined) return;
    group.signal("SIGTERM");
    kill = setTimeout(() => group.signal("SIGKILL"), TERM_GRACE_MS);
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
    if (options.inherit !== true) watchdog.remove(pid);
    down ??= takeDown(launch);
    onClosed();
  };

  /** What its wall saw, before that is taken down. */
  const ending = (code: number | null, signal: string | null): Exit => {
    const wall = launch === undefined ? { contained: false } : { contained: true, backend: launch.backend, denials: launch.denials() };
    return { code, signal, timedOut, ...wall, leftBehind: remains && group.isRunning() };
  };
  const settle = async (code: number | null, signal: string | null): Promise<void> => {
    remains = group.signal(0);
    const how = ending(code, signal);
    if (!remains) leave();
    const line = first.onlyLine();
    const failure = launch !== undefined && !timedOut && looksFailed(launch.backend, code, line) ? await failureOf(line, program, tries) : undefined;
    if (failure === undefined) exit.resolve(how);
    else exit.reject(failure);
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
      return settle(code, signal);
    });
  });

  const close = async (): Promise<void> => {
    if (!ended) stop();
    output.close();
    await exit.promise.catch(() => undefined);
    if (remains) {
      group.signal("SIGKILL");
      leave();
    }
    await down;
  };
  let closing: Promise<void> | undefined;
  const input = options.conversation === true && child.stdin !== null ? inputOf(child.stdin, program) : undefined;
  return { pid, output: output.chunks, exit: exit.promise, ...(input === undefined ? {} : { input }), [Symbol.asyncDispose]: () => (closing ??= close()) };
}
