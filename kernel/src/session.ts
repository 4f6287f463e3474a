import type { Usage } from "./contracts/message.ts";
import type { EntryBody, LogEntry, SessionStore } from "./contracts/session.ts";
import { ClawError } from "./errors.ts";
import { deepFreeze } from "./plain-data.ts";
import { requireEntry } from "./stored-entry.ts";
import { ContextSize } from "./turn/context-size.ts";
import { History } from "./turn/history.ts";

export interface SessionParts {
  readonly id: string;
  readonly cwd: string;
  readonly roots: readonly string[];
  readonly store: SessionStore;
  readonly now: () => Date;
  /** The entries so far, its ancestors' first. */
  readonly entries: readonly LogEntry[];
}

/** Sums over the turns of this process. */
export interface Spent {
  readonly tokens: number;
  readonly usd: number;
}

/** A session in memory: its log and the fold over it. Every entry is stored before it is shown. */
export class Session {
  readonly id: string;
  readonly cwd: string;
  readonly roots: readonly string[];
  readonly history = new History();
  readonly #store: SessionStore;
  readonly #now: () => Date;
  readonly #entries: LogEntry[] = [];
  readonly #settings = new Map<string, unknown>();
  readonly #size = new ContextSize();
  readonly #outbox: LogEntry[] = [];
  #next = 0;
  #tail: Promise<unknown> = Promise.resolve();
  #broken: ClawError | undefined;
  #spent: Spent = { tokens: 0, usd: 0 };

  constructor(parts: SessionParts) {
    this.id = parts.id;
    this.cwd = parts.cwd;
    this.roots = parts.roots;
    this.#store = parts.store;
    this.#now = parts.now;
    for (const entry of parts.entries) this.#keep(entry);
    this.#next = (parts.entries.at(-1)?.seq ?? -1) + 1;
  }

  get entries(): readonly LogEntry[] {
    return this.#entries;
  }

  /** Tokens and money of the requests in this process: replies, attempts that came to nothing, summaries, judgements. */
  get spent(): Spent {
    return this.#spent;
  }

  /** The size of the next request in tokens, as far as it is known. */
  get contextTokens(): number {
    return this.#size.tokens;
  }

  /** Whether its log takes nothing more. */
  get isBroken(): boolean {
    return this.#broken !== undefined;
  }

  setting(key: string): unknown {
    return this.#settings.get(key);
  }

  /** Resolves once the entry is stored. After a failed write the session takes nothing more: a log has no gaps. */
  append(body: EntryBody): Promise<LogEntry> {
    const work = this.#tail.then(async () => {
      if (this.#broken !== undefined) throw this.#broken;
      const entry: LogEntry = deepFreeze({ seq: this.#next, at: this.#now().toISOString(), ...body });
      try {
        await this.#store.append(this.id, entry);
      } catch (error) {
        this.#broken = ClawError.is(error)
          ? error
          : new ClawError("SESSION_WRITE_FAILED", `session ${this.id} cannot be written`, { session: this.id }, { cause: error });
        throw this.#broken;
      }
      this.#next += 1;
      this.#keep(entry);
      this.#count(entry);
      return entry;
    });
    this.#tail = work.catch(() => undefined);
    return work;
  }

  /** Appends something that no step of a turn waits for, such as a fault; the running turn shows it when it comes by. */
  async aside(body: EntryBody): Promise<void> {
    this.#outbox.push(await this.append(body));
  }

  /** What was appended aside and stands before this place in the log. */
  takeAsides(before: number = Infinity): readonly LogEntry[] {
    if (this.#outbox.length === 0) return [];
    const later = this.#outbox.findIndex(({ seq }) => seq >= before);
    return this.#outbox.splice(0, later === -1 ? this.#outbox.length : later);
  }

  /** Takes nothing more once every append so far is stored or has failed. */
  async end(): Promise<void> {
    await this.#tail;
    this.#broken ??= new ClawError("SCOPE_CLOSED", `session ${this.id} is closed`, { scope: `session ${this.id}` });
    await this.#tail;
  }

  #keep(entry: LogEntry): void {
    this.#entries.push(entry);
    this.history.push(entry);
    if (entry.type === "changed") this.#settings.set(entry.key, entry.value);
    this.#size.take(entry, this.history.entries);
  }

  #count(entry: LogEntry): void {
    if (entry.type === "reply" || entry.type === "compacted") this.#spend(entry.usage);
    if (entry.type === "reply") this.#spend(entry.wasted);
    if (entry.type === "judged") for (const opinion of entry.opinions) opinion.spent?.forEach(({ usage }) => this.#spend(usage));
  }

  #spend(usage: Usage | undefined): void {
    if (usage === undefined) return;
    const { inputTokens, outputTokens, cacheReadTokens = 0, cacheWriteTokens = 0, costUsd = 0 } = usage;
    this.#spent = { tokens: this.#spent.tokens + inputTokens + outputTokens + cacheReadTokens + cacheWriteTokens, usd: this.#spent.usd + costUsd };
  }
}

/**
 * The entries of a session with its ancestors' first. A child's entries count from 0; its ancestors' are renumbered to end
 * at -1, so that `seq` still grows by one and a child's compaction can reach into its parent.
 */
export async function readWithAncestors(store: SessionStore, id: string, options: ReadOptions): Promise<readonly LogEntry[]> {
  const { onTorn, through = Infinity, below = new Set() } = options;
  if (below.has(id)) throw new ClawError("SESSION_DAMAGED", `session ${id} is its own ancestor`, { session: id });
  const own: LogEntry[] = [];
  for await (const entry of store.read(id, onTorn)) {
    requireEntry(entry, own.length, id);
    if (entry.seq > through) break;
    own.push(deepFreeze(entry));
    // What comes after may be damaged: a fork is the way around it.
    if (entry.seq === through) break;
  }
  const first = own[0];
  if (first?.type !== "session" || first.parent === undefined) return own;
  const { session, seq } = first.parent;
  const parent = await readWithAncestors(store, session, { onTorn, through: seq, below: new Set([...below, id]) });
  return [...parent.map((entry) => renumber(entry, seq + 1)), ...own];
}

interface ReadOptions {
  readonly onTorn: (message: string) => void;
  /** The last entry wanted; nothing after it is read. */
  readonly through?: number;
  /** The sessions whose ancestor this one is. */
  readonly below?: ReadonlySet<string>;
}

/** The same entry, counted `by` lower. */
export function renumber(entry: LogEntry, by: number): LogEntry {
  const seq = entry.seq - by;
  return entry.type === "compacted" ? { ...entry, seq, through: entry.through - by } : { ...entry, seq };
}
