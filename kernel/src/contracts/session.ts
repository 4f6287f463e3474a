import type { ContentBlock, Usage } from "./message.ts";
import type { PrefixRecord, StopReason } from "./model.ts";
import type { Opinion } from "./permission.ts";
import type { Containment } from "./sandbox.ts";
import type { Spill } from "./tool.ts";

/** Always entry 0. A fork's history begins with its parent's entries up to and including `seq`. */
export interface SessionEntry {
  readonly type: "session";
  readonly version: 1;
  readonly id: string;
  readonly cwd: string;
  /** The workspace key: which sessions belong together. */
  readonly workspace: string;
  /** The version of claw that began it. */
  readonly claw: string;
  readonly parent?: { readonly session: string; readonly seq: number };
}

export interface PromptEntry {
  readonly type: "prompt";
  readonly content: readonly ContentBlock[];
  readonly source: "person" | "hook" | "agent" | "cron";
}

/** `summary` stands in for every entry up to and including `through`. */
export interface CompactedEntry {
  readonly type: "compacted";
  readonly through: number;
  readonly summary: string;
  readonly trigger: "auto" | "manual";
  readonly tokensBefore: number;
  readonly tokensAfter: number;
  /** What the summary itself cost, and who wrote it. */
  readonly usage?: Usage;
  readonly writtenBy?: string;
}

/** `partial` marks a reply that was cut off: its calls are never run. */
export interface ReplyEntry {
  readonly type: "reply";
  readonly content: readonly ContentBlock[];
  readonly model: string;
  readonly ms: number;
  readonly usage?: Usage;
  readonly reason?: StopReason;
  readonly requestId?: string;
  readonly partial?: boolean;
  readonly prefix?: PrefixRecord;
  /** What attempts cost that came to nothing. */
  readonly wasted?: Usage;
}

/** `input` is what was judged, and what runs if the verdict is allow. */
export interface JudgedEntry {
  readonly type: "judged";
  readonly call: string;
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly verdict: "allow" | "deny";
  readonly opinions: readonly Opinion[];
  /** The person's answer, when one was asked: the id of the option chosen. */
  readonly answer?: string;
  /** Whose word decided: an extension, or `person`. */
  readonly decidedBy?: string;
  readonly reason?: string;
  /** How far its programs may reach. */
  readonly containment?: Containment;
}

export type Outcome = "ok" | "failed" | "denied" | "aborted" | "interrupted";

export interface ToolResultEntry {
  readonly type: "tool-result";
  readonly call: string;
  readonly tool: string;
  readonly content: readonly ContentBlock[];
  readonly outcome: Outcome;
  readonly ms: number;
  readonly details?: object;
}

/** Text shown to the model as a user message. */
export interface NoteEntry {
  readonly type: "note";
  readonly text: string;
  readonly author: string;
}

/** A setting of the session: `model`, `permission-mode`, `title`, `cwd`, `roots`, `system-prompt`. */
export interface ChangedEntry {
  readonly type: "changed";
  readonly key: string;
  readonly value: unknown;
  readonly author: string;
}

export interface FaultEntry {
  readonly type: "fault";
  readonly extension: string;
  readonly where: string;
  readonly code: string;
  readonly message: string;
}

export type LimitName = "steps" | "time" | "tokens" | "money";

export interface TurnEndEntry {
  readonly type: "turn-end";
  readonly reason: "done" | "limit" | "aborted" | "failed";
  readonly limit?: LimitName;
  readonly code?: string;
  readonly message?: string;
}

/** What can be appended to a session's log. */
export type EntryBody =
  | SessionEntry
  | PromptEntry
  | CompactedEntry
  | ReplyEntry
  | JudgedEntry
  | ToolResultEntry
  | NoteEntry
  | ChangedEntry
  | FaultEntry
  | TurnEndEntry;

/** One line of a log: `seq` counts from 0 without gaps, `at` is an ISO time. Entries of unknown type are kept and ignored. */
export type LogEntry = EntryBody & { readonly seq: number; readonly at: string };

/** What a front-end sees: entries once they are stored, and deltas on their way. */
export type TurnEvent =
  | LogEntry
  | { readonly type: "text-delta" | "reasoning-delta"; readonly text: string }
  | {
      readonly type: "retry";
      readonly attempt: number;
      readonly attempts: number;
      readonly delayMs: number;
      readonly code: string;
      readonly message: string;
      readonly status?: number;
      /** The address of the model that is asked now, where it is another. */
      readonly model?: string;
    }
  | { readonly type: "progress"; readonly call: string; readonly content: ContentBlock };

export interface SessionSummary {
  readonly session: string;
  /** ISO time of the last entry. */
  readonly at: string;
  /** The first prompt's first line, or the title given. */
  readonly title: string;
  readonly cwd: string;
  readonly entries: number;
  readonly parent?: { readonly session: string; readonly seq: number };
}

/**
 * Service `session-store`: append-only logs. An entry is stored before `append` resolves; one process at a time may append
 * to a session (SESSION_LOCKED), others may read.
 */
export interface SessionStore {
  /** Begins a log with its entry 0 and takes its writer lock. */
  create(first: SessionEntry & { readonly seq: 0; readonly at: string }): Promise<void>;
  /** Takes the writer lock of a log that exists; throws SESSION_NOT_FOUND, SESSION_LOCKED. */
  open(session: string): Promise<void>;
  append(session: string, entry: LogEntry): Promise<void>;
  /** The entries in order. A torn last line is left out and reported as a fault entry's text through `onTorn`. */
  read(session: string, onTorn?: (message: string) => void): AsyncIterable<LogEntry>;
  /** Newest first; those of one workspace, or all. */
  list(workspace: string | undefined): AsyncIterable<SessionSummary>;
  /** The id that an id, its beginning, `latest` or a path means; throws SESSION_NOT_FOUND. */
  find(reference: string, workspace: string): Promise<string>;
  /** The session's folder for spilled output, absolute. */
  scratch(session: string): string;
  spill(session: string, name: string): Promise<Spill>;
  /** Gives up the writer lock. */
  close(session: string): Promise<void>;
}
