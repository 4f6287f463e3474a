import type { FunctionCallingConfigMode, GenerationConfig, ThinkingConfig, ThinkingLevel, ToolConfig } from "@google/genai";
import type { ModelInfo, ModelRequest, ToolChoice } from "@claw/kernel";
import { acceptedEffort } from "@claw/kernel/kit";
import { budgetOf } from "./models.ts";

// The SDK's enums are values, and none of its code is needed: their words are taken from their types.
type Thinking = Omit<ThinkingConfig, "thinkingLevel"> & { readonly thinkingLevel?: `${ThinkingLevel}` };
type Calling = Omit<NonNullable<ToolConfig["functionCallingConfig"]>, "mode"> & { readonly mode: `${FunctionCallingConfigMode}` };

/** The fields of a request besides what is said in it. */
export interface GenerationFields {
  readonly generationConfig?: Omit<GenerationConfig, "thinkingConfig"> & { readonly thinkingConfig?: Thinking };
  readonly toolConfig?: Omit<ToolConfig, "functionCallingConfig"> & { readonly functionCallingConfig: Calling };
}

/** What is asked of a Gemini model's reply; what it is known not to take was refused before. */
export function generationFields(request: ModelRequest, info: ModelInfo | undefined, provider: string): GenerationFields {
  const { maxTokens, stop, sampling = {}, output, toolChoice, tools } = request;
  const thinkingConfig = thinkingOf(request, info, provider);
  const generationConfig: NonNullable<GenerationFields["generationConfig"]> = {
    ...(maxTokens === undefined ? {} : { maxOutputTokens: maxTokens }),
    ...(stop === undefined || stop.length === 0 ? {} : { stopSequences: [...stop] }),
    ...(sampling.temperature === undefined ? {} : { temperature: sampling.temperature }),
    ...(sampling.topP === undefined ? {} : { topP: sampling.topP }),
    ...(sampling.topK === undefined ? {} : { topK: sampling.topK }),
    ...(output === undefined ? {} : { responseMimeType: "application/json", responseJsonSchema: output.schema }),
    ...(thinkingConfig === undefined ? {} : { thinkingConfig }),
  };
  return {
    ...(Object.keys(generationConfig).length === 0 ? {} : { generationConfig }),
    ...(toolChoice === undefined || tools.length === 0 ? {} : { toolConfig: { functionCallingConfig: callingOf(toolChoice) } }),
  };
}

function thinkingOf(request: ModelRequest, info: ModelInfo | undefined, provider: string): Thinking | undefined {
  const effort = acceptedEffort(request, info, provider);
  const isShown = info?.reasoning === true;
  if (effort === undefined) return isShown ? { includeThoughts: true } : undefined;
  const budget = info?.thinking === "budget" ? budgetOf(info.id, effort) : undefined;
  if (budget === 0) return { thinkingBudget: 0 };
  // The vendor may take more levels than its SDK's types know.
  const amount = budget === undefined ? { thinkingLevel: effort.toUpperCase() as `${ThinkingLevel}` } : { thinkingBudget: budget };
  return { ...(isShown ? { includeThoughts: true } : {}), ...amount };
}

function callingOf(choice: ToolChoice): Calling {
  if (typeof choice === "object") return { mode: "ANY", allowedFunctionNames: [choice.tool] };
  return { mode: ({ auto: "AUTO", required: "ANY", none: "NONE" } as const)[choice] };
}
