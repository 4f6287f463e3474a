import type { AnthropicFoundry } from "@anthropic-ai/foundry-sdk";
import type { Message, ModelInfo, ModelRequest } from "@claw/kernel";
import { type Breakpoints, acceptedEffort, replyOptions, requireAccepted } from "@claw/kernel/kit";

type Body = Parameters<AnthropicFoundry["messages"]["create"]>[0];
type Effort = NonNullable<Body["output_config"]>["effort"];

/** The fields of a request to Claude but its messages: how long its reply may be, whether and how hard it thinks, what else is asked of it. */
export function claudeFields(request: ModelRequest, info: ModelInfo | undefined): Omit<Body, "messages"> {
  requireAccepted(request, info, "foundry");
  const { model, maxTokens, toolChoice = "auto", tools } = request;
  const { output_config: format, ...options } = replyOptions(request) as Partial<Body>;
  // The vendor may take more levels than its SDK's types know.
  const effort = acceptedEffort(request, info, "foundry") as Effort | undefined;
  // A call that is demanded is made without thinking: the API takes one or the other.
  const thinks = info?.thinking === "adaptive" && (tools.length === 0 || toolChoice === "auto" || toolChoice === "none");
  return {
    model,
    // The API wants a limit; without one asked for, it is the model's own, so that nothing is cut short for no reason.
    max_tokens: maxTokens ?? info?.maxOutputTokens ?? 32_000,
    stream: true,
    ...(thinks ? { thinking: { type: "adaptive" } } : {}),
    ...options,
    ...(effort === undefined && format === undefined ? {} : { output_config: { ...format, ...(effort === undefined ? {} : { effort }) } }),
  };
}

/** After the tools, after the system prompt and after the last two user turns: the later one writes what the next request reads. */
export function claudeBreakpoints(roles: readonly Message["role"][]): Breakpoints {
  const users = roles.flatMap((role, index) => (role === "user" ? [index] : []));
  return { tools: true, system: true, turns: users.slice(-2) };
}
