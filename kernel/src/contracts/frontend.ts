import type { ContentBlock } from "./message.ts";
import type { LogEntry, TurnEvent } from "./session.ts";
import type { ToolCallView } from "./tool.ts";
import type { ViewNode } from "./view.ts";

export interface QuestionOption {
  readonly id: string;
  readonly label: string;
  readonly kind?: "allow-once" | "allow-always" | "reject-once" | "reject-always";
}

export interface Question {
  readonly session: string;
  readonly text: string;
  readonly call?: ToolCallView;
  /** What is said of the tool by whoever brings it at run time, as an MCP server does: to be shown, and not to be believed. */
  readonly toolDescription?: string;
  readonly freeText: boolean;
  readonly options: readonly QuestionOption[];
}

/** Asks the person. `undefined` means that nobody answered. */
export interface Asker {
  ask(question: Question, signal: AbortSignal): Promise<{ readonly id: string } | { readonly text: string } | undefined>;
}

/** The person's side of the program: standard streams, and what they are. */
export interface Terminal {
  /** Resolves once the stream can take more; throws OUTPUT_CLOSED when the reader is gone, OUTPUT_FAILED when it cannot be written, as on a full disk. */
  write(text: string): Promise<void>;
  /** Standard error. */
  say(text: string): void;
  /** Standard input when it is no terminal, and a line at a time when it is. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Whether somebody can be asked: standard input and error are terminals. */
  readonly interactive: boolean;
  /** Whether standard input is a pipe or a file that carries data. */
  readonly piped: boolean;
  /** Whether standard output is a terminal: what is written there is for eyes and not for a program. Absent means that it is not. */
  readonly outputIsTerminal?: boolean;
  readonly color: boolean;
  readonly columns: number;
}

/** `/name` in a session and `claw name` on the command line are the same command; the number is the exit code. */
export interface Command {
  run(call: CommandCall): Promise<number>;
}

export interface CommandCall {
  readonly argv: readonly string[];
  readonly cwd: string;
  /** The workspace key of `cwd`. */
  readonly workspace: string;
  readonly roots: readonly string[];
  /** The session it is typed in; on the command line what `--session` names: an id, its beginning, `latest` or a path. */
  readonly session?: string;
  readonly json: boolean;
  readonly client: Client;
  readonly input: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
  /** Hands over to the front-end, as if the command line had asked for this; its exit code. Absent inside a session. */
  converse?(request: { readonly resume: string; readonly prompt?: string }): Promise<number>;
  /** For people. */
  show(...nodes: readonly ViewNode[]): void;
  /** For programs: one JSON value a line, when `json`. */
  emit(record: object): void;
  /** Resolves once all of it is written; rejects with OUTPUT_CLOSED where nobody reads it any more. For who writes without end. */
  flush(): Promise<void>;
}

/** What the command line asked a front-end for. */
export interface Invocation {
  /** The prompt of the command line; undefined when it gave none. */
  readonly prompt?: string;
  readonly cwd: string;
  readonly workspace: string;
  readonly roots: readonly string[];
  /** An id, its beginning, `latest` or a path of a session to go on with. */
  readonly resume?: string;
  /** Go on in a copy of `resume`, from this entry on when it is a number. */
  readonly fork?: number | true;
  /** The id of a new session; a UUID. */
  readonly session?: string;
  readonly terminal: Terminal;
  /** What `--dev`, an untrusted folder or a held-back extension make worth saying, one sentence each. */
  readonly notices: readonly string[];
}

/** TUI, print and ACP are all one of these; the process exits with its number. */
export interface Frontend {
  asker?(invocation: Invocation): Asker | undefined;
  run(client: Client, invocation: Invocation, signal: AbortSignal): Promise<number>;
}

export interface OpenOptions {
  readonly cwd: string;
  readonly workspace: string;
  readonly roots: readonly string[];
  readonly resume?: string;
  readonly fork?: number | true;
  readonly session?: string;
}

/** What a front-end may know of a session. */
export interface SessionInfo {
  readonly session: string;
  readonly cwd: string;
  readonly model: string;
  readonly tools: readonly string[];
  readonly commands: readonly string[];
  readonly extensions: readonly { readonly name: string; readonly version: string }[];
}

/** What a front-end, a script or an embedder may do with a kernel. */
export interface Client {
  /** Opens a session and returns its id. */
  open(options: OpenOptions): Promise<string>;
  info(session: string, signal: AbortSignal): Promise<SessionInfo>;
  /** The entries of the session so far, its parents' first. */
  entries(session: string): readonly LogEntry[];
  /** One turn. An abort or a failure is logged as `turn-end` and then thrown. A prompt that comes while a turn runs joins it at its next step. */
  prompt(session: string, content: readonly ContentBlock[], signal: AbortSignal): AsyncIterable<TurnEvent>;
  command(session: string, line: string, signal: AbortSignal): Promise<readonly ViewNode[]>;
  /** Sets a setting of the session, such as `model`. */
  set(session: string, key: string, value: unknown): Promise<void>;
  compact(session: string, instructions: string | undefined, signal: AbortSignal): AsyncIterable<TurnEvent>;
  close(session: string): Promise<void>;
}
