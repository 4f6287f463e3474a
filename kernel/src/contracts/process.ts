import type { Containment, SandboxDenial, SandboxMode } from "./sandbox.ts";
import type { CallScope } from "./tool.ts";

export interface StartOptions {
  /** Absolute; the call's folder when absent. */
  readonly cwd?: string;
  /** Added to the clean environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Written to standard input, which is then closed; without it standard input is empty. */
  readonly input?: Uint8Array;
  /** Standard input stays open, to be written to in `Running.input`; `input` comes first. */
  readonly conversation?: boolean;
  /** The whole process group is killed after this long. */
  readonly timeoutMs?: number;
  /** Both outputs through one pipe, in the order of their writes; every chunk then says `stdout`. */
  readonly merged?: boolean;
  /** The program takes claw's own standard streams; there is no output to read then. */
  readonly inherit?: boolean;
  /** True for a program of claw's own, with arguments that claw chose: it is never contained. Everything else is, wherever there is a sandbox. */
  readonly own?: boolean;
  /** Instead of the call's: never further than what the person asked for. */
  readonly containment?: Containment;
  /** The sandbox's mode for this one program. */
  readonly mode?: SandboxMode;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
  /** True if it ran inside a sandbox. */
  readonly contained: boolean;
  /** What kind of sandbox that was. */
  readonly backend?: string;
  /** What the sandbox refused it, as far as it was seen. */
  readonly denials?: readonly SandboxDenial[];
  /** True if programs of its group still ran when it ended; disposing kills them. */
  readonly leftBehind?: boolean;
}

/** A started program. Disposing kills its process group. */
export interface Running extends AsyncDisposable {
  readonly pid: number;
  readonly output: AsyncIterable<{ readonly stream: "stdout" | "stderr"; readonly bytes: Uint8Array }>;
  readonly exit: Promise<Exit>;
  /** Its standard input, when it was started for a conversation. */
  readonly input?: RunningInput;
}

/** The standard input of a running program. */
export interface RunningInput {
  /** Resolves once the program's pipe can take more. Throws PROGRAM_NOT_STARTED when it reads no more. */
  write(bytes: Uint8Array): Promise<void>;
  /** Says that nothing more comes. */
  end(): void;
}

/** Service `processes`: the one place that starts programs. Takes argv, never a shell string. */
export interface Processes {
  /**
   * Throws PROGRAM_NOT_FOUND when there is no such program on the clean PATH, SANDBOX_REQUIRED when it may run only inside a
   * sandbox and there is none.
   */
  start(command: readonly string[], options: StartOptions, call: CallScope): Promise<Running>;
}
