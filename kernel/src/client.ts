import type { Asker, Client, CommandCall, Command, OpenOptions, SessionInfo } from "./contracts/frontend.ts";
import type { ContentBlock } from "./contracts/message.ts";
import type { LogEntry, TurnEvent } from "./contracts/session.ts";
import type { ViewNode } from "./contracts/view.ts";
import { ClawError } from "./errors.ts";
import { nearest } from "./extension/config.ts";
import type { Scope } from "./registry/scope.ts";
import type { Session } from "./session.ts";
import { openSession } from "./session-open.ts";
import { compactStep } from "./turn/compact-step.ts";
import type { QueuedPrompt, TurnHost } from "./turn/host.ts";
import { turn } from "./turn/turn.ts";

export interface ClientParts {
  readonly host: () => Promise<TurnHost>;
  readonly scope: Scope;
  readonly version: string;
  readonly now: () => Date;
  readonly id: () => string;
  readonly extensions: SessionInfo["extensions"];
  readonly commands: () => readonly string[];
  readonly command: (name: string) => Promise<Command | undefined>;
}

interface OpenedSession {
  readonly session: Session;
  readonly options: OpenOptions;
  readonly scope: Scope;
  readonly queue: QueuedPrompt[];
  running: boolean;
}

/** The sessions of one kernel, as front-ends and embedders see them. */
export class Sessions implements Client {
  readonly #parts: ClientParts;
  readonly #open = new Map<string, OpenedSession>();
  asker: Asker | undefined;

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  async open(options: OpenOptions): Promise<string> {
    const { scope, version, now, id } = this.#parts;
    const host = await this.#parts.host();
    const session = await openSession(options, { store: host.store, version, now, id });
    const own = scope.child(`session ${session.id}`);
    own.own(async () => {
      await session.settled();
      await host.store.close(session.id);
    });
    this.#open.set(session.id, { session, options, scope: own, queue: [], running: false });
    return session.id;
  }

  async info(id: string, signal: AbortSignal): Promise<SessionInfo> {
    const { session } = this.#get(id);
    const host = await this.#parts.host();
    const { address } = await host.model(session, signal);
    const tools = (await host.toolbox.specs()).map(({ name }) => name);
    return { session: id, cwd: session.cwd, model: address, tools, commands: this.#parts.commands(), extensions: this.#parts.extensions };
  }

  entries(id: string): readonly LogEntry[] {
    return this.#get(id).session.entries;
  }

  async *prompt(id: string, content: readonly ContentBlock[], signal: AbortSignal): AsyncGenerator<TurnEvent, void> {
    const opened = this.#get(id);
    if (opened.running) {
      opened.queue.push({ content, source: "person" });
      return;
    }
    const host = await this.#parts.host();
    yield* this.#run(opened, host, signal, (own) => turn(opened.session, { content, source: "person" }, host, own));
  }

  async *compact(id: string, instructions: string | undefined, signal: AbortSignal): AsyncGenerator<TurnEvent, void> {
    const opened = this.#get(id);
    const host = await this.#parts.host();
    yield* this.#run(opened, host, signal, async function* (own) {
      const model = await host.model(opened.session, own);
      yield* compactStep(opened.session, model, host, own, instructions === undefined ? {} : { instructions });
    });
  }

  async command(id: string, line: string, signal: AbortSignal): Promise<readonly ViewNode[]> {
    const { session, options } = this.#get(id);
    const [name = "", ...argv] = line.replace(/^\//, "").split(/\s+/).filter((word) => word !== "");
    const command = await this.#parts.command(name);
    if (command === undefined) {
      const near = nearest(name, this.#parts.commands())[0];
      throw new ClawError("USAGE", `there is no command /${name}${near === undefined ? "" : `; did you mean /${near}?`}`, {});
    }
    const shown: ViewNode[] = [];
    const call: CommandCall = {
      argv, cwd: session.cwd, workspace: options.workspace, roots: session.roots, session: id, json: false, client: this, signal,
      input: nothing(), show: (...nodes) => void shown.push(...nodes), emit: () => undefined,
    };
    await command.run(call);
    return shown;
  }

  async set(id: string, key: string, value: unknown): Promise<void> {
    await this.#get(id).session.append({ type: "changed", key, value, author: "person" });
  }

  async close(id: string): Promise<void> {
    const opened = this.#get(id);
    this.#open.delete(id);
    await opened.scope.close();
  }

  takeQueued(session: Session): readonly QueuedPrompt[] {
    return this.#open.get(session.id)?.queue.splice(0) ?? [];
  }

  hasQueued(session: Session): boolean {
    return (this.#open.get(session.id)?.queue.length ?? 0) > 0;
  }

  /** Logs a fault in the session it happened in. A log that cannot be written has said so itself. */
  aside(id: string, entry: Parameters<Session["aside"]>[0]): void {
    this.#open.get(id)?.session.aside(entry).catch(() => undefined);
  }

  #get(id: string): OpenedSession {
    const opened = this.#open.get(id);
    if (opened === undefined) throw new ClawError("SESSION_NOT_FOUND", `session ${id} is not open`, { session: id }, { fix: "claw session list" });
    return opened;
  }

  /** Runs a turn in a scope of its own. Its abort, time limit or failure is logged before anybody hears of it. */
  async *#run(opened: OpenedSession, host: TurnHost, signal: AbortSignal, work: (signal: AbortSignal) => AsyncGenerator<TurnEvent, void>): AsyncGenerator<TurnEvent, void> {
    const { session } = opened;
    const scope = opened.scope.child("turn", signal);
    const timeUp = new ClawError("LIMIT_REACHED", `the turn took longer than ${host.limits.seconds} s`, { limit: "time" });
    const timer = host.limits.seconds === undefined ? undefined : setTimeout(() => scope.abort(timeUp), host.limits.seconds * 1000);
    opened.running = true;
    try {
      for await (const event of work(scope.signal)) {
        yield* session.takeAsides();
        yield event;
      }
    } catch (error) {
      const late = scope.signal.reason === timeUp;
      if (late) yield await session.append({ type: "turn-end", reason: "limit", limit: "time" });
      else if (signal.aborted) yield await session.append({ type: "turn-end", reason: "aborted" });
      else yield* failedTurn(session, error);
      if (!late) throw error;
    } finally {
      clearTimeout(timer);
      opened.running = false;
      await scope.close();
      yield* session.takeAsides();
    }
  }
}

async function* failedTurn(session: Session, error: unknown): AsyncGenerator<TurnEvent, void> {
  const code = ClawError.is(error) ? error.code : "EXTENSION_FAILED";
  // Where the log itself is what failed, there is nowhere to write that down.
  if (code === "SESSION_WRITE_FAILED") return;
  yield await session.append({ type: "turn-end", reason: "failed", code, message: error instanceof Error ? error.message : String(error) });
}

async function* nothing(): AsyncGenerator<Uint8Array, void> {
  // No input: a command typed in a session has none.
}
