import type { ModelInfo, ModelRequest, ToolChoice } from "../../src/contracts/model.ts";
import { requireAccepted } from "../accepted-request.ts";
import { acceptedEffort } from "../effort.ts";
import { wireName } from "../wire-json.ts";

export interface ChatFieldOptions {
  /** What the server calls the limit of a reply; older ones know only `max_tokens`. */
  readonly maxTokensField?: "max_completion_tokens" | "max_tokens";
  /** Whether to ask for what the reply cost; some servers refuse to be asked. */
  readonly streamUsage?: boolean;
}

/** The fields of a chat completion but the messages and the tools: the model, and what is asked of the reply. Throws MODEL_REFUSED for what the model is known not to take. */
export function chatFields(
  request: ModelRequest,
  info: ModelInfo | undefined,
  provider: string,
  { maxTokensField = "max_completion_tokens", streamUsage = true }: ChatFieldOptions = {},
): Readonly<Record<string, unknown>> {
  requireAccepted(request, info, provider);
  const { model, maxTokens, tools, toolChoice, output, stop, sampling } = request;
  const effort = acceptedEffort(request, info, provider);
  return {
    model,
    stream: true,
    ...(streamUsage ? { stream_options: { include_usage: true } } : {}),
    ...(maxTokens === undefined ? {} : { [maxTokensField]: maxTokens }),
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
    ...(toolChoice === undefined || tools.length === 0 ? {} : { tool_choice: choiceOf(toolChoice) }),
    ...(output === undefined
      ? {}
      : { response_format: { type: "json_schema", json_schema: { name: schemaName(output.name), schema: output.schema, strict: true } } }),
    ...(stop === undefined || stop.length === 0 ? {} : { stop }),
    ...(sampling?.temperature === undefined ? {} : { temperature: sampling.temperature }),
    ...(sampling?.topP === undefined ? {} : { top_p: sampling.topP }),
    ...(sampling?.topK === undefined ? {} : { top_k: sampling.topK }),
  };
}

/** A schema's name as both wires take it. */
export const schemaName = (name: string): string => wireName(name).slice(0, 64);

const choiceOf = (choice: ToolChoice): unknown => (typeof choice === "object" ? { type: "function", function: { name: wireName(choice.tool) } } : choice);
