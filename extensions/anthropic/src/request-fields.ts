import type { MessageCreateParamsStreaming, OutputConfig } from "@anthropic-ai/sdk/resources/messages";
import { ClawError, type ModelInfo, type ModelRequest } from "@claw/kernel";

/** The fields of a request that the model decides: how long its reply may be, whether and how hard it thinks. */
export function requestFields(
  { model, maxTokens, effort }: Pick<ModelRequest, "model" | "maxTokens" | "effort">,
  info: ModelInfo | undefined,
): Omit<MessageCreateParamsStreaming, "messages"> {
  return {
    model,
    // The API wants a limit; without one asked for, it is the model's own, so that nothing is cut short for no reason.
    max_tokens: maxTokens ?? info?.maxOutputTokens ?? 32_000,
    stream: true,
    ...(info?.reasoning === true ? { thinking: { type: "adaptive" } } : {}),
    ...(effort === undefined ? {} : { output_config: { effort: accepted(effort, model, info) } }),
  };
}

/** Of an unlisted model nothing is known, so the API decides. */
function accepted(effort: string, model: string, info: ModelInfo | undefined): NonNullable<OutputConfig["effort"]> {
  if (info === undefined || info.efforts?.includes(effort) === true) return effort as NonNullable<OutputConfig["effort"]>;
  const efforts = info.efforts ?? [];
  const has = efforts.length === 0 ? "no levels of effort" : `the efforts ${efforts.join(", ")}`;
  throw new ClawError(
    "MODEL_REFUSED",
    `${model} has ${has}, not ${JSON.stringify(effort)}`,
    { provider: "anthropic", kind: "effort" },
    {
      fix: efforts.length === 0 ? "leave out the effort" : `use one of ${efforts.join(", ")}`,
    },
  );
}
