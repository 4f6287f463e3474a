import type { ContentBlock, JudgedEntry, StopReason, TurnEvent, Usage } from "@claw/kernel";
import { denialReason } from "@claw/kernel/kit";

export interface Denial {
  readonly call: string;
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly reason: string;
  /** Whether somebody would have been asked, had there been anybody. */
  readonly unasked: boolean;
}

type Sums = Required<Omit<Usage, "costUsd">> & Pick<Usage, "costUsd">;

/** What the replies of one turn, or of a whole run, came to, and all that was paid for on the way. */
export class Totals {
  /** Requests to a model that brought a reply. */
  requests = 0;
  /** Milliseconds that the models took. */
  modelMs = 0;
  /** The text of the last reply. */
  answer = "";
  stopReason: StopReason | undefined;
  readonly models = new Map<string, Sums>();
  readonly denials: Denial[] = [];

  take(event: TurnEvent): void {
    if (event.type === "reply") {
      this.requests += 1;
      this.modelMs += event.ms;
      this.answer = textOf(event.content);
      this.stopReason = event.reason;
      this.#pay(event.model, event.usage);
      this.#pay(event.model, event.wasted);
    } else if (event.type === "compacted") {
      this.#pay(event.writtenBy ?? "unknown", event.usage);
    } else if (event.type === "judged") {
      for (const { spent = [] } of event.opinions) for (const { model, usage } of spent) this.#pay(model, usage);
      if (event.verdict === "deny") this.#deny(event);
    }
  }

  #deny(event: JudgedEntry): void {
    const { call, tool, input, opinions, answer, decidedBy } = event;
    const unasked = answer === undefined && opinions.some(({ author, decision }) => author === decidedBy && decision === "ask");
    this.denials.push({ call, tool, input, reason: denialReason(event), unasked });
  }

  #pay(model: string, usage: Usage | undefined): void {
    if (usage !== undefined) this.models.set(model, add(this.models.get(model), usage));
  }

  /** Over all models. */
  get usage(): Sums {
    return [...this.models.values()].reduce<Sums>((sum, usage) => add(sum, usage), nothing);
  }
}

const nothing: Sums = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0 };

function add(sums: Sums = nothing, usage: Usage): Sums {
  const cost = sums.costUsd === undefined ? usage.costUsd : sums.costUsd + (usage.costUsd ?? 0);
  return {
    inputTokens: sums.inputTokens + usage.inputTokens,
    outputTokens: sums.outputTokens + usage.outputTokens,
    cacheReadTokens: sums.cacheReadTokens + (usage.cacheReadTokens ?? 0),
    cacheWriteTokens: sums.cacheWriteTokens + (usage.cacheWriteTokens ?? 0),
    reasoningTokens: sums.reasoningTokens + (usage.reasoningTokens ?? 0),
    ...(cost === undefined ? {} : { costUsd: cost }),
  };
}

/** The text of a reply. A vendor may cut a sentence into several blocks, so they are joined as they are. */
export const textOf = (content: readonly ContentBlock[]): string => content.map((block) => (block.type === "text" ? block.text : "")).join("");
