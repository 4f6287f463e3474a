import type { ContentBlock, StopReason, TurnEvent, Usage } from "@claw/kernel";
import { denialReason } from "@claw/kernel/kit";

export interface Denial {
  readonly call: string;
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly reason: string;
}

type Sums = Required<Omit<Usage, "costUsd">> & Pick<Usage, "costUsd">;

/** What the replies of one turn, or of a whole run, came to. */
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
      if (event.usage !== undefined) this.models.set(event.model, add(this.models.get(event.model), event.usage));
    } else if (event.type === "judged" && event.verdict === "deny") {
      this.denials.push({ call: event.call, tool: event.tool, input: event.input, reason: denialReason(event) });
    }
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
