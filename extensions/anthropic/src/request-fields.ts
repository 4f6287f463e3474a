import type { MessageCreateParamsStreaming, OutputConfig } from "@anthropic-ai/sdk/resources/messages";
import type { ModelInfo, ModelRequest } from "@claw/kernel";
import { acceptedEffort, replyOptions, requireAccepted } from "@claw/kernel/kit";
import { thinkingOf } from "./thinking.ts";

/** The fields of a body that are not the conversation. The SDK's types no longer know sampling: older models take it still. */
export type RequestFields = Omit<MessageCreateParamsStreaming, "messages" | "system" | "tools"> & {
  readonly temperature?: number;
  readonly top_p?: number;
  readonly top_k?: number;
};

type Asked = Pick<ModelRequest, "model" | "tools" | "maxTokens" | "effort" | "toolChoice" | "output" | "stop" | "sampling">;

/** What a request and its model decide of a body: how long the reply may be, what is asked of it, whether and how hard the model thinks. */
export function requestFields(request: Asked, info: ModelInfo | undefined): RequestFields {
  requireAccepted({ ...request, system: [], messages: [] }, info, "anthropic");
  // The vendor may take more levels than its SDK's types know.
  const effort = acceptedEffort(request, info, "anthropic") as NonNullable<OutputConfig["effort"]> | undefined;
  const { output_config, ...options } = replyOptions(request);
  // The API wants a limit; without one asked for, it is the model's own, so that nothing is cut short for no reason.
  const maxTokens = request.maxTokens ?? info?.maxOutputTokens ?? 32_000;
  const thinking = thinkingOf(request, effort, maxTokens, info);
  const output: OutputConfig = { ...(effort === undefined || info?.thinking === "budget" ? {} : { effort }), ...output_config };
  return {
    model: request.model,
    max_tokens: maxTokens,
    stream: true,
    ...options,
    ...(thinking === undefined ? {} : { thinking }),
    ...(Object.keys(output).length === 0 ? {} : { output_config: output }),
  };
}
