import type { CallScope } from "./tool.ts";

export interface StartOptions {
  /** Absolute; the call's folder when absent. */
  readonly cwd?: string;
  /** Added to the clean environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed; without it standard input is empty. */
  readonly input?: Uint8Array;
  /** The whole process group is killed after this long. */
  readonly timeoutMs?: number;
  /** Both outputs through one pipe, in the order of their writes; every chunk then says `stdout`. */
  readonly merged?: boolean;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  /** True if it ran inside a sandbox. */
  readonly contained: boolean;
  /** True if programs of its group still ran when it ended; disposing kills them. */
  readonly leftBehind?: boolean;
}

/** A started program. Disposing kills its process group. */
export interface Running extends AsyncDisposable {
  readonly pid: number;
  readonly output: AsyncIterable<{ readonly stream: "stdout" | "stderr"; readonly bytes: Uint8Array }>;
  readonly exit: Promise<Exit>;
}

/** Service `processes`: the one place that starts programs. Takes argv, never a shell string. */
export interface Processes {
  /** Throws PROGRAM_NOT_FOUND when there is no such program on the clean PATH. */
  start(command: readonly string[], options: StartOptions, call: CallScope): Promise<Running>;
}
