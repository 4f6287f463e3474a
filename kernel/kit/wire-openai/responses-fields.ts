import type { ModelInfo, ModelRequest, ToolChoice } from "../../src/contracts/model.ts";
import { requireAccepted } from "../accepted-request.ts";
import { acceptedEffort } from "../effort.ts";
import { wireName } from "../wire-json.ts";
import { schemaName } from "./chat-fields.ts";

export interface ResponsesFieldOptions {
  /** Whether a model that reasons says in short what it thought; the vendor gives that to verified organizations only. */
  readonly summaries?: boolean;
}

/**
 * The fields of a Responses request but the input and the tools: the model, and what is asked of the reply. Nothing is stored
 * at the vendor's, so that what it thought comes along, encrypted. Throws MODEL_REFUSED for what the model is known not to take.
 */
export function responsesFields(
  request: ModelRequest,
  info: ModelInfo | undefined,
  provider: string,
  { summaries = true }: ResponsesFieldOptions = {},
): Readonly<Record<string, unknown>> {
  requireAccepted(request, info, provider, { stop: false });
  const { model, maxTokens, tools, toolChoice, output, sampling } = request;
  const effort = acceptedEffort(request, info, provider);
  const reasons = info?.reasoning === true;
  const reasoning = { ...(effort === undefined ? {} : { effort }), ...(reasons && summaries ? { summary: "auto" } : {}) };
  return {
    model,
    stream: true,
    store: false,
    ...(reasons ? { include: ["reasoning.encrypted_content"] } : {}),
    ...(Object.keys(reasoning).length === 0 ? {} : { reasoning }),
    ...(maxTokens === undefined ? {} : { max_output_tokens: maxTokens }),
    ...(toolChoice === undefined || tools.length === 0 ? {} : { tool_choice: choiceOf(toolChoice) }),
    ...(output === undefined ? {} : { text: { format: { type: "json_schema", name: schemaName(output.name), schema: output.schema, strict: true } } }),
    ...(sampling?.temperature === undefined ? {} : { temperature: sampling.temperature }),
    ...(sampling?.topP === undefined ? {} : { top_p: sampling.topP }),
    ...(sampling?.topK === undefined ? {} : { top_k: sampling.topK }),
  };
}

const choiceOf = (choice: ToolChoice): unknown => (typeof choice === "object" ? { type: "function", name: wireName(choice.tool) } : choice);
