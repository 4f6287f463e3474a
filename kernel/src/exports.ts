import type { LogEntry, SessionStore } from "./contracts/session.ts";
import type { ExportBatch, Exporter } from "./contracts/telemetry.ts";
import { ClawError } from "./errors.ts";
import type { FaultLedger } from "./extension/fault.ts";
import { guarded } from "./hooks/guarded.ts";
import type { SlotRegistry } from "./registry/slot.ts";

/** Entries that wait for one exporter; the oldest of more are dropped. */
const mostWaiting = 4096;
/** Entries that an exporter is given at once. */
const mostAtOnce = 512;
/** How long the first entries of a quiet time wait for others: a start is not held up by who watches it. */
const gatherMs = 1_000;
const exportTimeoutMs = 30_000;
/** How long all exporters together may take when the kernel closes. */
const closeTimeoutMs = 5_000;

interface Waiting {
  readonly session: string;
  readonly entry: LogEntry;
}

/** Hands what sessions store to every exporter, behind their backs: nothing of a session ever waits for one. */
export class Exports {
  readonly #queues: readonly ExportQueue[];
  #timer: NodeJS.Timeout | undefined;

  constructor(slots: SlotRegistry, faults: FaultLedger) {
    this.#queues = slots.names("exporter").map((name) => new ExportQueue(name, slots, faults));
  }

  /** The same store, whose entries are exported once they are stored. */
  watching(store: SessionStore): SessionStore {
    if (this.#queues.length === 0) return store;
    const watched: SessionStore = {
      create: (first) => store.create(first).then(() => this.#offer(first.id, first)),
      open: (session) => store.open(session),
      append: (session, entry) => store.append(session, entry).then(() => this.#offer(session, entry)),
      read: (session, onTorn) => store.read(session, onTorn),
      list: (workspace) => store.list(workspace),
      find: (reference, workspace) => store.find(reference, workspace),
      scratch: (session) => store.scratch(session),
      spill: (session, name) => store.spill(session, name),
      close: (session) => store.close(session),
    };
    return watched;
  }

  /** Sends what waits, as far as there is time. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const signal = AbortSignal.timeout(closeTimeoutMs);
    await Promise.all(this.#queues.map((queue) => queue.close(signal)));
  }

  #offer(session: string, entry: LogEntry): void {
    for (const queue of this.#queues) queue.add({ session, entry });
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const queue of this.#queues) void queue.send();
    }, gatherMs).unref();
  }
}

/** What waits for one exporter. */
class ExportQueue {
  readonly #name: string;
  readonly #owner: string;
  readonly #slots: SlotRegistry;
  readonly #faults: FaultLedger;
  readonly #waiting: Waiting[] = [];
  /** Entries left out since the last batch, by session. */
  readonly #dropped = new Map<string, number>();
  readonly #closing = new AbortController();
  #sending: Promise<void> | undefined;
  #isUsed = false;

  constructor(name: string, slots: SlotRegistry, faults: FaultLedger) {
    this.#name = name;
    this.#slots = slots;
    this.#faults = faults;
    this.#owner = slots.owner("exporter", name) ?? name;
  }

  add(waiting: Waiting): void {
    if (this.#faults.isSuspended(this.#owner)) return;
    this.#waiting.push(waiting);
    const oldest = this.#waiting.length > mostWaiting ? this.#waiting.shift() : undefined;
    if (oldest !== undefined) this.#dropped.set(oldest.session, (this.#dropped.get(oldest.session) ?? 0) + 1);
  }

  /** Sends until nothing waits. */
  send(): Promise<void> {
    return (this.#sending ??= this.#drain().finally(() => (this.#sending = undefined)));
  }

  async close(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#closing.abort(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    await this.send();
    if (this.#isUsed && !signal.aborted && !this.#faults.isSuspended(this.#owner)) await this.#run((exporter, own) => exporter.flush?.(own));
    signal.removeEventListener("abort", stop);
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#closing.signal.aborted) {
      if (this.#faults.isSuspended(this.#owner)) return void this.#waiting.splice(0);
      const batch = this.#take();
      await this.#run((exporter, signal) => exporter.export(batch, signal));
    }
  }

  /** The first of what waits, of one session. */
  #take(): ExportBatch {
    const session = this.#waiting[0]?.session ?? "";
    const other = this.#waiting.findIndex((waiting) => waiting.session !== session);
    const taken = this.#waiting.splice(0, Math.min(other === -1 ? mostAtOnce : other, mostAtOnce));
    const dropped = this.#dropped.get(session) ?? 0;
    this.#dropped.delete(session);
    return { session, entries: taken.map(({ entry }) => entry), dropped };
  }

  async #run(work: (exporter: Exporter, signal: AbortSignal) => Promise<void> | undefined): Promise<void> {
    const at = `exporter ${this.#name}`;
    try {
      const exporter = (await this.#slots.get("exporter", this.#name)) as Exporter;
      this.#isUsed = true;
      await guarded({ extension: this.#owner, at, timeoutMs: exportTimeoutMs, signal: this.#closing.signal, run: async (signal) => work(exporter, signal) });
      this.#faults.succeed(this.#owner);
    } catch (error) {
      // Logged in no session: an entry about an export that failed would be exported.
      this.#faults.record(this.#owner, at, this.#closing.signal.aborted ? tooSlow(this.#owner, at) : error, undefined);
    }
  }
}

const tooSlow = (extension: string, at: string): ClawError =>
  new ClawError("EXTENSION_TIMEOUT", `${extension} did not send everything within ${closeTimeoutMs} ms of the end, in ${at}`, {
    extension,
    at,
    ms: closeTimeoutMs,
  });
