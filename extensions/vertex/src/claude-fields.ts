import type { AnthropicVertex } from "@anthropic-ai/vertex-sdk";
import type { ModelInfo, ModelRequest } from "@claw/kernel";
import { acceptedEffort, replyOptions } from "@claw/kernel/kit";

type MessageFields = Omit<Parameters<AnthropicVertex["messages"]["create"]>[0], "messages" | "model">;
type OutputConfig = NonNullable<MessageFields["output_config"]>;

/** The fields of a Claude request on Vertex AI: the model stands in its address, and the version of the API in its body. */
export function claudeFields(request: ModelRequest, info: ModelInfo | undefined, provider: string): MessageFields & { readonly anthropic_version: string } {
  // The vendor may take more levels than its SDK's types know.
  const effort = acceptedEffort(request, info, provider) as OutputConfig["effort"] | undefined;
  const { output_config: format, ...options } = replyOptions(request) as Partial<MessageFields>;
  const output: OutputConfig = { ...format, ...(effort === undefined ? {} : { effort }) };
  return {
    anthropic_version: "vertex-2023-10-16",
    // The API wants a limit; without one asked for, it is the model's own, so that nothing is cut short for no reason.
    max_tokens: request.maxTokens ?? info?.maxOutputTokens ?? 32_000,
    stream: true,
    ...(info?.thinking === "adaptive" ? { thinking: { type: "adaptive" } } : {}),
    ...options,
    ...(Object.keys(output).length === 0 ? {} : { output_config: output }),
  };
}
