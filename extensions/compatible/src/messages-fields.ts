import type { ModelInfo, ModelRequest } from "@claw/kernel";
import { acceptedEffort, replyOptions, requireAccepted } from "@claw/kernel/kit";

/** How much a model may think that is given a number of tokens for it; the wire takes no less than the lower. */
const budget = { most: 16_384, least: 1024 };

/** The fields of a Messages request but the conversation. Throws MODEL_REFUSED for what the model is known not to take. */
export function messagesFields(request: ModelRequest, info: ModelInfo, provider: string): Readonly<Record<string, unknown>> {
  requireAccepted(request, info, provider);
  const { model, maxTokens, toolChoice } = request;
  const effort = acceptedEffort(request, info, provider);
  const { output_config, ...options } = replyOptions(request);
  // The wire wants a limit; a fourth of what the model can be given leaves room for the question.
  const limit = maxTokens ?? info.maxOutputTokens ?? Math.min(32_000, Math.floor(info.contextWindow / 4));
  const budgetTokens = Math.min(budget.most, Math.floor(limit / 2));
  // A call that is required is not thought about: the wire refuses both together.
  const thinks = info.reasoning && budgetTokens >= budget.least && (toolChoice === undefined || toolChoice === "auto" || toolChoice === "none");
  return {
    model,
    max_tokens: limit,
    stream: true,
    ...(thinks ? { thinking: info.thinking === "adaptive" ? { type: "adaptive" } : { type: "enabled", budget_tokens: budgetTokens } } : {}),
    ...(effort === undefined && output_config === undefined ? {} : { output_config: { ...output_config, ...(effort === undefined ? {} : { effort }) } }),
    ...options,
  };
}
