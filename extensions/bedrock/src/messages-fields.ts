import type { ModelRequest } from "@claw/kernel";
import { replyOptions } from "@claw/kernel/kit";
import type { BedrockModel } from "./models.ts";

/** The version of the Messages API that Bedrock has of every Claude; later ones only the later models have. */
const version = "bedrock-2023-05-31";

/** The fields of a Messages body that are not the conversation. The model stands in the address, and so does that it streams. */
export function messagesFields(request: ModelRequest, model: BedrockModel, effort: string | undefined): Readonly<Record<string, unknown>> {
  const { output_config: output, ...options } = replyOptions(request);
  return {
    anthropic_version: version,
    // The API wants a limit; without one asked for, it is the model's own, so that nothing is cut short for no reason.
    max_tokens: request.maxTokens ?? model.maxOutputTokens ?? 32_000,
    // Thinking and a call that must be made exclude each other.
    ...(model.thinking === "adaptive" && !isForced(request) ? { thinking: { type: "adaptive" } } : {}),
    ...options,
    ...(effort === undefined && output === undefined
      ? {}
      : { output_config: { ...(effort === undefined ? {} : { effort }), ...(output as object | undefined) } }),
  };
}

/** Whether the reply has to be a call. */
export const isForced = ({ toolChoice, tools }: Pick<ModelRequest, "toolChoice" | "tools">): boolean =>
  tools.length > 0 && (toolChoice === "required" || typeof toolChoice === "object");
