import type { ContentBlock, Usage } from "../contracts/message.ts";
import type { ModelEvent, ModelRequest, ResolvedModel } from "../contracts/model.ts";
import type { ReplyEntry, TurnEvent } from "../contracts/session.ts";
import { ClawError } from "../errors.ts";
import type { Session } from "../session.ts";
import { replyBlock, soundUsage, systemContent } from "../sound-content.ts";
import { unlessAborted } from "../unless-aborted.ts";
import type { TurnHost } from "./host.ts";
import { ModelStream } from "./model-stream.ts";

/** One request to the model and its reply, stored. What is cut off is stored as partial: its calls never run. */
export async function* modelStep(session: Session, model: ResolvedModel, host: TurnHost, signal: AbortSignal): AsyncGenerator<TurnEvent, ReplyEntry> {
  const tools = await unlessAborted(host.toolbox.specs(), signal);
  const system = yield* systemOf(session, model, tools, host, signal);
  const effort = session.setting("effort");
  const request: ModelRequest = {
    model: model.address,
    system,
    tools,
    messages: session.history.messages(),
    session: session.id,
    cwd: session.cwd,
    ...(typeof effort === "string" ? { effort } : {}),
  };
  const reply = new ReplyAssembly(model.address);
  const began = host.clock();
  const entry = (partial: boolean): ReplyEntry => ({
    type: "reply",
    content: reply.content(
      () => host.newCallId(),
      (id) => session.history.hasCall(id),
    ),
    model: reply.model ?? model.address,
    ms: Math.round(host.clock() - began),
    ...(reply.usage === undefined ? {} : { usage: reply.usage }),
    ...(reply.end === undefined ? {} : { reason: reply.end.reason }),
    ...(reply.end?.requestId === undefined ? {} : { requestId: reply.end.requestId }),
    ...(partial ? { partial } : {}),
  });
  try {
    const models = await unlessAborted(host.models(), signal);
    for await (const event of new ModelStream(models.stream(request, signal), model.address, signal)) {
      reply.take(event);
      if (event.type === "text-delta" || event.type === "reasoning-delta" || event.type === "retry") yield event;
    }
    if (reply.end === undefined)
      throw new ClawError("MODEL_STREAM_CUT", `${model.address} ended its reply without saying that it was done`, {}, { retryable: true });
  } catch (error) {
    if (!reply.isEmpty) yield await session.append(entry(true));
    throw error;
  }
  const whole = entry(false);
  yield await session.append(whole);
  return whole;
}

/** The system prompt is made once a session and logged, so that every request of it, a resumed one's too, begins with the same bytes. */
async function* systemOf(
  session: Session,
  model: ResolvedModel,
  tools: ModelRequest["tools"],
  host: TurnHost,
  signal: AbortSignal,
): AsyncGenerator<TurnEvent, readonly ContentBlock[]> {
  const known = session.setting("system-prompt");
  if (Array.isArray(known)) return known as readonly ContentBlock[];
  const assembler = await unlessAborted(host.systemPrompt(), signal);
  if (assembler === undefined) return [];
  const answer: unknown = await unlessAborted(
    assembler.assemble({ session: session.id, cwd: session.cwd, roots: session.roots, scratch: host.store.scratch(session.id), signal }, { model, tools }),
    signal,
  );
  const blocks = systemContent(answer);
  if (blocks === undefined) {
    throw new ClawError("EXTENSION_FAILED", 'the service "system-prompt" answered assemble with something that is no system prompt', {
      extension: host.ownerOf("system-prompt"),
      at: "assemble",
    });
  }
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
  readonly #address: string;

  /** `address` is the model's that is asked. */
  constructor(address: string) {
    this.#address = address;
  }

  get isEmpty(): boolean {
    return this.#blocks.length === 0 && this.#deltas.length === 0;
  }

  take(event: ModelEvent): void {
    switch (event.type) {
      case "text-delta":
        return this.#delta("text", event.text);
      case "reasoning-delta":
        return this.#delta("reasoning", event.text);
      case "block": {
        const block = replyBlock(event.block);
        if (block === undefined) throw new ClawError("MODEL_STREAM_INVALID", `${this.#address} answered with a block that is none`, {});
        if (block.type === this.#kind) this.#deltas = [];
        else this.#flush();
        this.#blocks.push(block);
        return;
      }
      case "usage":
        this.usage = soundUsage({ ...event.usage });
        return;
      case "retry":
        this.#blocks.length = 0;
        this.#deltas = [];
        this.usage = undefined;
        this.end = undefined;
        this.model = undefined;
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
    if (this.#deltas.length > 0) this.#blocks.push({ type: this.#kind, text: this.#deltas.join("").toWellFormed() });
    this.#deltas = [];
  }
}
