import type { Asker, Client, CommandCall, Command, OpenOptions, SessionInfo } from "./contracts/frontend.ts";
import type { ContentBlock } from "./contracts/message.ts";
import type { LogEntry, TurnEvent } from "./contracts/session.ts";
import type { ViewNode } from "./contracts/view.ts";
import { ClawError } from "./errors.ts";
import { nearest } from "./extension/config.ts";
import { failure } from "./hooks/guarded.ts";
import { plainOrNothing } from "./plain-data.ts";
import type { Scope } from "./registry/scope.ts";
import type { Session } from "./session.ts";
import { openSession } from "./session-open.ts";
import { promptContent } from "./sound-content.ts";
import { compactStep } from "./turn/compact-step.ts";
import { type QueuedPrompt, type TurnHost, resolvedModel } from "./turn/host.ts";
import { endOf, timeLimit } from "./turn/ending.ts";
import { RunningTurn, type TurnParts } from "./turn/running-turn.ts";
import { turn } from "./turn/turn.ts";
import { unlessAborted } from "./unless-aborted.ts";

export interface ClientParts {
  readonly host: () => Promise<TurnHost>;
  readonly scope: Scope;
  readonly version: string;
  readonly now: () => Date;
  readonly id: () => string;
  readonly extensions: SessionInfo["extensions"];
  readonly commands: () => readonly string[];
  readonly command: (name: string) => Promise<Command | undefined>;
  readonly commandOwner: (name: string) => string;
}

interface OpenedSession {
  readonly session: Session;
  readonly options: OpenOptions;
  readonly scope: Scope;
  readonly queue: QueuedPrompt[];
  /** What it is doing, one thing at a time. */
  busy: { readonly with: "turn" | "compaction"; readonly over: Promise<void> } | undefined;
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
    const session = await openSession(options, { store: host.store, version, now, id, isOpen: (one) => this.#open.has(one) }).catch((error: unknown) => {
      throw ClawError.is(error) ? error : failure(host.ownerOf("session-store"), "opening a session", error);
    });
    const close = async (): Promise<void> => {
      await session.end();
      await host.store.close(session.id);
    };
    try {
      const own = scope.child(`session ${session.id}`);
      own.own(close);
      this.#open.set(session.id, { session, options, scope: own, queue: [], busy: undefined });
    } catch (error) {
      await close();
      throw error;
    }
    return session.id;
  }

  async info(id: string, signal: AbortSignal): Promise<SessionInfo> {
    const { session } = this.#get(id);
    const host = await this.#parts.host();
    const { address } = await resolvedModel(await unlessAborted(host.models(), signal), session, signal);
    const tools = (await unlessAborted(host.toolbox.specs(), signal)).map(({ name }) => name);
    return { session: id, cwd: session.cwd, model: address, tools, commands: this.#parts.commands(), extensions: this.#parts.extensions };
  }

  entries(id: string): readonly LogEntry[] {
    return this.#get(id).session.entries;
  }

  prompt(id: string, content: readonly ContentBlock[], signal: AbortSignal): RunningTurn {
    return new RunningTurn(async () => {
      const sound = promptContent(content);
      if (sound === undefined) throw new ClawError("USAGE", "the prompt has nothing in it that a model can be told", {});
      const opened = this.#get(id);
      while (opened.busy?.with === "compaction") await unlessAborted(opened.busy.over, signal);
      const prompt: QueuedPrompt = { content: sound, source: "person" };
      const left = opened.queue.length;
      if (opened.busy === undefined) return this.#run(opened, "turn", signal, (host, own) => turn(opened.session, prompt, left, host, own));
      opened.queue.push(prompt);
      return undefined;
    });
  }

  compact(id: string, instructions: string | undefined, signal: AbortSignal): RunningTurn {
    return new RunningTurn(async () => {
      const opened = this.#get(id);
      if (opened.busy !== undefined)
        throw new ClawError("USAGE", `session ${id} is in the middle of a ${opened.busy.with}; compact it when the ${opened.busy.with} has ended`, {});
      return this.#run(opened, "compaction", signal, async function* (host, own) {
        const model = await resolvedModel(await unlessAborted(host.models(), own), opened.session, own);
        yield* compactStep(opened.session, model, host, own, instructions === undefined ? {} : { instructions });
      });
    });
  }

  async command(id: string, line: string, signal: AbortSignal): Promise<readonly ViewNode[]> {
    const { session, options } = this.#get(id);
    const [name = "", ...argv] = line
      .replace(/^\//, "")
      .split(/\s+/)
      .filter((word) => word !== "");
    const command = await this.#parts.command(name);
    if (command === undefined) {
      const near = nearest(name, this.#parts.commands())[0];
      throw new ClawError("USAGE", `there is no command /${name}${near === undefined ? "" : `; did you mean /${near}?`}`, {});
    }
    const shown: ViewNode[] = [];
    const call: CommandCall = {
      argv,
      cwd: session.cwd,
      workspace: options.workspace,
      roots: session.roots,
      session: id,
      json: false,
      client: this,
      signal,
      input: nothing(),
      show: (...nodes) => void shown.push(...nodes),
      emit: () => undefined,
      flush: () => Promise.resolve(),
    };
    try {
      await command.run(call);
    } catch (error) {
      throw signal.aborted || ClawError.is(error) ? error : failure(this.#parts.commandOwner(name), `command ${name}`, error);
    }
    return shown;
  }

  async set(id: string, key: string, value: unknown): Promise<void> {
    const { session } = this.#get(id);
    const plain = plainOrNothing(value);
    if (plain === undefined) throw new ClawError("USAGE", `the setting ${key} takes a value that can be written down`, {});
    await session.append({ type: "changed", key, value: plain, author: "person" });
  }

  async close(id: string): Promise<void> {
    await this.#get(id).scope.close();
    this.#open.delete(id);
  }

  queue(session: Session): QueuedPrompt[] {
    return this.#open.get(session.id)?.queue ?? [];
  }

  /** Logs a fault in the session it happened in. A log that cannot be written has said so itself. */
  aside(id: string, entry: Parameters<Session["aside"]>[0]): void {
    this.#open
      .get(id)
      ?.session.aside(entry)
      .catch(() => undefined);
  }

  #get(id: string): OpenedSession {
    const opened = this.#open.get(id);
    if (opened === undefined) throw new ClawError("SESSION_NOT_FOUND", `session ${id} is not open`, { session: id }, { fix: "claw session list" });
    return opened;
  }

  /** Begins a turn, or a compaction, in a scope of its own. From here on the session is busy, before anything is waited for. */
  async #run(
    opened: OpenedSession,
    what: "turn" | "compaction",
    signal: AbortSignal,
    work: (host: TurnHost, signal: AbortSignal) => AsyncIterator<TurnEvent, unknown>,
  ): Promise<TurnParts> {
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const busy = { with: what, over };
    opened.busy = busy;
    const onEnd = (): void => {
      if (opened.busy === busy) opened.busy = undefined;
      resolve();
    };
    try {
      const host = await this.#parts.host();
      const { session } = opened;
      const scope = opened.scope.child(what, signal);
      const timeUp = host.limits.seconds === undefined ? undefined : timeLimit(scope, host.limits.seconds);
      return { session, scope, events: work(host, scope.signal), onEnd, endOf: (error) => endOf({ what, session, signal: scope.signal, timeUp, error }) };
    } catch (error) {
      onEnd();
      throw error;
    }
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void> {
  // No input: a command typed in a session has none.
}
