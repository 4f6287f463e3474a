import type { ContentBlock, Usage } from "../contracts/message.ts";
import type { ModelEvent, ModelRequest, ResolvedModel } from "../contracts/model.ts";
import type { ReplyEntry, TurnEvent } from "../contracts/session.ts";
import { ClawError } from "../errors.ts";
import type { Session } from "../session.ts";
import type { TurnHost } from "./host.ts";

/** One request to the model and its reply, stored. What is cut off is stored as partial: its calls never run. */
export async function* modelStep(session: Session, model: ResolvedModel, host: TurnHost, signal: AbortSignal): AsyncGenerator<TurnEvent, ReplyEntry> {
  const tools = await host.toolbox.specs();
  const system = yield* systemOf(session, model, tools, host, signal);
  const effort = session.setting("effort");
  const request: ModelRequest = {
    model: model.address, system, tools, messages: session.history.messages(), session: session.id, cwd: session.cwd,
    ...(typeof effort === "string" ? { effort } : {}),
  };
  const reply = new ReplyAssembly();
  const began = host.clock();
  const entry = (partial: boolean): ReplyEntry => ({
    type: "reply", content: reply.content(() => host.newCallId(), (id) => session.history.hasCall(id)), model: reply.model ?? model.address, ms: Math.round(host.clock() - began),
    ...(reply.usage === undefined ? {} : { usage: reply.usage }),
    ...(reply.end === undefined ? {} : { reason: reply.end.reason }),
    ...(reply.end?.requestId === undefined ? {} : { requestId: reply.end.requestId }),
    ...(partial ? { partial } : {}),
  });
  try {
    for await (const event of (await host.models()).stream(request, signal)) {
      reply.take(event);
      if (event.type === "text-delta" || event.type === "reasoning-delta" || event.type === "retry") yield event;
    }
    signal.throwIfAborted();
    if (reply.end === undefined) throw new ClawError("MODEL_STREAM_CUT", `${model.address} ended its reply without saying that it was done`, {}, { retryable: true });
  } catch (error) {
    if (!reply.isEmpty) yield await session.append(entry(true));
    throw error;
  }
  const whole = entry(false);
  yield await session.append(whole);
  return whole;
}

/** The system prompt is made once a session and logged, so that every request of it, a resumed one's too, begins with the same bytes. */
async function* systemOf(session: Session, model: ResolvedModel, tools: ModelRequest["tools"], host: TurnHost, signal: AbortSignal): AsyncGenerator<TurnEvent, readonly ContentBlock[]> {
  const known = session.setting("system-prompt");
  if (known !== undefined) return known as readonly ContentBlock[];
  const assembler = await host.systemPrompt();
  if (assembler === undefined) return [];
  const blocks = await assembler.assemble({ session: session.id, cwd: session.cwd, roots: session.roots, scratch: host.store.scratch(session.id), signal }, { model, tools });
  yield await session.append({ type: "changed", key: "system-prompt", value: blocks, author: "system-prompt" });
  return blocks;
}

/** The blocks of a reply as they come: deltas since the last block become one, a finished block replaces its deltas. */
class ReplyAssembly {
  usage: Usage | undefined;
  end: (ModelEvent & { readonly type: "end" }) | undefined;
  model: string | undefined;
  readonly #blocks: ContentBlock[] = [];
  #deltas: string[] = [];
  #kind: "text" | "reasoning" = "text";

  get isEmpty(): boolean {
    return this.#blocks.length === 0 && this.#deltas.length === 0;
  }

  take(event: ModelEvent): void {
    switch (event.type) {
      case "text-delta": return this.#delta("text", event.text);
      case "reasoning-delta": return this.#delta("reasoning", event.text);
      case "block": {
        const replaces = event.block.type === this.#kind;
        if (replaces) this.#deltas = [];
        else this.#flush();
        this.#blocks.push(event.block);
        return;
      }
      case "usage":
        this.usage = event.usage;
        return;
      case "retry":
        this.#blocks.length = 0;
        this.#deltas = [];
        this.usage = undefined;
        return;
      case "end":
        this.end = event;
        this.model = event.model;
        return;
      default:
        // An event of a later contract.
        return event satisfies never;
    }
  }

  /** The blocks, every call with an id of its own in the whole session: some models count theirs from the beginning in each reply. */
  content(newId: () => string, isTaken: (id: string) => boolean): readonly ContentBlock[] {
    this.#flush();
    const seen = new Set<string>();
    const free = (id: string): boolean => !seen.has(id) && !isTaken(id);
    return this.#blocks.map((block) => {
      if (block.type !== "tool-call") return block;
      let id = block.id === "" ? newId() : block.id;
      // The same in every run, so that a recorded session can be played.
      for (let count = 2; !free(id); count += 1) id = `${block.id}_${count}`;
      seen.add(id);
      return id === block.id ? block : { ...block, id };
    });
  }

  #delta(kind: "text" | "reasoning", text: string): void {
    if (kind !== this.#kind) this.#flush();
    this.#kind = kind;
    this.#deltas.push(text);
  }

  #flush(): void {
    if (this.#deltas.length > 0) this.#blocks.push({ type: this.#kind, text: this.#deltas.join("") });
    this.#deltas = [];
  }
}
