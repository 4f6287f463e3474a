import type { ModelRequest, ToolChoice } from "@claw/kernel";
import { wireName } from "@claw/kernel/kit";
import type { AnyJson, ConverseBody, ConverseChoice } from "./converse-wire.ts";
import { isForced } from "./messages-fields.ts";
import { modelName } from "./model-id.ts";
import type { BedrockModel } from "./models.ts";

type Fields = Pick<ConverseBody, "inferenceConfig" | "outputConfig" | "additionalModelRequestFields">;

/** The fields of a body that say how long the reply may be, whether and how hard the model thinks, and in what form it answers. */
export function converseFields(request: ModelRequest, model: BedrockModel, effort: string | undefined): Fields {
  const { maxTokens, stop = [], sampling = {} } = request;
  const inferenceConfig: NonNullable<Fields["inferenceConfig"]> = {
    // Without a limit asked for it is the model's own: that is Bedrock's rule too.
    ...(maxTokens === undefined ? {} : { maxTokens }),
    ...(sampling.temperature === undefined ? {} : { temperature: sampling.temperature }),
    ...(sampling.topP === undefined ? {} : { topP: sampling.topP }),
    ...(stop.length === 0 ? {} : { stopSequences: [...stop] }),
  };
  const { additional, ...thinking } = thinkingOf(request, model, effort);
  const outputConfig: NonNullable<Fields["outputConfig"]> = { ...formatOf(request), ...thinking };
  const more = { ...additional, ...(sampling.topK === undefined ? {} : { top_k: sampling.topK }) };
  return {
    ...(isEmpty(inferenceConfig) ? {} : { inferenceConfig }),
    ...(isEmpty(outputConfig) ? {} : { outputConfig }),
    ...(isEmpty(more) ? {} : { additionalModelRequestFields: more }),
  };
}

interface Thinking {
  readonly effort?: string;
  readonly additional?: Readonly<Record<string, AnyJson>>;
}

/** Every family has its own word for how hard to think. */
function thinkingOf(request: ModelRequest, model: BedrockModel, effort: string | undefined): Thinking {
  const { base } = modelName(model.id);
  const isAdaptive = model.thinking === "adaptive" && !isForced(request);
  if (effort !== undefined && base.startsWith("openai.")) return { additional: { reasoning_effort: effort } };
  if (effort !== undefined && base.startsWith("amazon.")) return { additional: { reasoningConfig: { type: "enabled", maxReasoningEffort: effort } } };
  return { ...(effort === undefined ? {} : { effort }), ...(isAdaptive ? { additional: { thinking: { type: "adaptive" } } } : {}) };
}

const formatOf = ({ output }: ModelRequest): NonNullable<Fields["outputConfig"]> =>
  output === undefined
    ? {}
    : { textFormat: { type: "json_schema", structure: { jsonSchema: { name: wireName(output.name), schema: JSON.stringify(output.schema) } } } };

/** Whether and which tool is to be called. `none` is not a word of this API: then no tools are offered at all. */
export function choiceOf(choice: ToolChoice | undefined): ConverseChoice | undefined {
  if (choice === undefined || choice === "none") return undefined;
  if (typeof choice === "object") return { tool: { name: wireName(choice.tool) } };
  return choice === "required" ? { any: {} } : { auto: {} };
}

const isEmpty = (fields: object): boolean => Object.keys(fields).length === 0;
