import type { ContentBlock, Usage } from "../contracts/message.ts";
import type { ModelEvent, PrefixRecord } from "../contracts/model.ts";
import { ClawError } from "../errors.ts";
import { replyBlock, soundPrefix, soundUsage } from "../sound-content.ts";
import { summedUsage } from "../summed-usage.ts";

/** The blocks of a reply as they come: deltas since the last block become one, a finished block replaces its deltas. */
export class ReplyAssembly {
  usage: Usage | undefined;
  prefix: PrefixRecord | undefined;
  /** What attempts cost that came to nothing. */
  wasted: Usage | undefined;
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
      case "prefix":
        this.prefix = soundPrefix(event.prefix);
        return;
      case "retry":
        this.#blocks.length = 0;
        this.#deltas = [];
        this.wasted = summedUsage([this.wasted, this.usage]);
        this.usage = undefined;
        this.prefix = undefined;
        this.end = undefined;
        this.model = undefined;
        return;
      case "end":
        this.end = event;
        this.model = event.model;
        return;
      case "notice":
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
    const next = new Map<string, number>();
    const free = (id: string): boolean => !seen.has(id) && !isTaken(id);
    return this.#blocks.map((block) => {
      if (block.type !== "tool-call") return block;
      let id = block.id === "" ? newId() : block.id;
      // The same in every run, so that a recorded session can be played.
      let count = next.get(block.id) ?? 2;
      for (; !free(id); count += 1) id = `${block.id}_${count}`;
      next.set(block.id, count);
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
