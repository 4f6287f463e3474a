import type { ThinkingConfigParam } from "@anthropic-ai/sdk/resources/messages";
import { ClawError, type ModelInfo, type ModelRequest, type Sampling } from "@claw/kernel";
import { budgets } from "./models.ts";

type Asked = Pick<ModelRequest, "model" | "tools" | "toolChoice" | "sampling">;

/** The least the API takes. */
const leastBudget = 1024;

/**
 * How a model is asked to think (in words that are shown, which newer ones leave out by themselves), or undefined when nothing is said of it. The API excludes thinking with a call that must be made
 * and with sampling: of a model that thinks as it sees fit those win, and it may still think where that is its own default. A model
 * that is told a number of tokens thinks when an effort is asked for, and when the reply is long enough for it.
 */
export function thinkingOf(request: Asked, effort: string | undefined, maxTokens: number, info: ModelInfo | undefined): ThinkingConfigParam | undefined {
  const isForced = request.tools.length > 0 && (request.toolChoice === "required" || typeof request.toolChoice === "object");
  if (info?.thinking === "adaptive") return isForced || samples(request.sampling) ? undefined : { type: "adaptive", display: "summarized" };
  if (info?.thinking !== "budget" || effort === undefined || isForced) return undefined;
  if (samples(request.sampling)) {
    throw new ClawError(
      "MODEL_REFUSED",
      `${request.model} cannot think with sampling parameters`,
      { provider: "anthropic", kind: "sampling" },
      { fix: "leave out the effort or the sampling" },
    );
  }
  // Thoughts count as part of the reply: half of it stays for what is said.
  const budget = Math.min(budgets[effort] ?? 0, Math.floor(maxTokens / 2));
  return budget < leastBudget ? undefined : { type: "enabled", budget_tokens: budget };
}

const samples = (sampling: Sampling | undefined): boolean => Object.values(sampling ?? {}).some((value) => value !== undefined);
