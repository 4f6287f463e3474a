import type { ModelInfo, Price, Refreshed } from "@claw/kernel";
import { effortLevels, fieldOf } from "@claw/kernel/kit";
import type { Model } from "openai/resources/models";
import { type Asking, answerOf, stated, textsOf, tokensOf } from "./server-answer.ts";

/** What the list of models holds of one; what is beyond its id is the server's own. */
export interface ListedModel extends Pick<Model, "id"> {
  readonly entry: unknown;
}

/** The models that a server lists, in the form of OpenAI or of Anthropic; some list them bare. */
export async function listedModels(asking: Asking): Promise<readonly ListedModel[]> {
  const { address } = asking.exchange;
  const url = asking.endpoint.wire === "anthropic" ? `${address.url}/v1/models?limit=1000` : `${address.url}/models`;
  const answer = await answerOf(asking, url);
  const list: unknown = Array.isArray(answer) ? answer : fieldOf(answer, "data");
  return (Array.isArray(list) ? list : []).flatMap((entry: unknown) => {
    const id = fieldOf(entry, "id");
    return typeof id === "string" && id !== "" && isForTalk(entry) ? [{ id, entry }] : [];
  });
}

/** What a list says of a model, in the words of whoever made it: vLLM, OpenRouter, Groq, Mistral, Together, Fireworks, Moonshot, Anthropic. */
export function refreshedOf({ id, entry }: ListedModel): Refreshed {
  const field = (name: string): unknown => fieldOf(entry, name);
  const abilities = field("capabilities");
  const parameters = field("supported_parameters");
  const inputs = fieldOf(field("architecture"), "input_modalities");
  const names = ["context_length", "max_model_len", "context_window", "max_context_length", "max_input_tokens"];
  return stated<Refreshed>({
    id,
    contextWindow:
      tokensOf(fieldOf(field("top_provider"), "context_length")) ?? names.map((name) => tokensOf(field(name))).find((tokens) => tokens !== undefined),
    maxOutputTokens:
      tokensOf(fieldOf(field("top_provider"), "max_completion_tokens")) ?? tokensOf(field("max_completion_tokens")) ?? tokensOf(field("max_tokens")),
    tools: yesNo(fieldOf(abilities, "function_calling")) ?? yesNo(field("supports_tools")) ?? within(parameters, "tools"),
    images: yesNo(fieldOf(abilities, "vision")) ?? yesNo(field("supports_image_input")) ?? yesNo(field("supports_image_in")) ?? within(inputs, "image"),
    documents: within(inputs, "file"),
    reasoning: yesNo(fieldOf(abilities, "reasoning")) ?? yesNo(field("supports_reasoning")) ?? within(parameters, "reasoning"),
    efforts: effortsOf(fieldOf(field("reasoning"), "supported_efforts")),
    output: within(parameters, "structured_outputs"),
    price: priceOf(field("pricing")),
  });
}

/** The levels of effort among texts; undefined when there are none. */
export function effortsOf(value: unknown): readonly string[] | undefined {
  const efforts = textsOf(value).filter((text) => (effortLevels as readonly string[]).includes(text));
  return efforts.length === 0 ? undefined : efforts;
}

/** Dollars: OpenRouter says them of a token and as text, Together of a million and as numbers. */
function priceOf(pricing: unknown): Price | undefined {
  const ofToken = (name: string): number | undefined => {
    const value = fieldOf(pricing, name);
    const dollars = typeof value === "string" && value.trim() !== "" ? Number(value) * 1e6 : Number.NaN;
    // A price below nothing means that it depends.
    return Number.isFinite(dollars) && dollars >= 0 ? Number(dollars.toPrecision(12)) : undefined;
  };
  const ofMillion = (name: string): number | undefined => {
    const value = fieldOf(pricing, name);
    return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
  };
  const input = ofToken("prompt") ?? ofMillion("input");
  const output = ofToken("completion") ?? ofMillion("output");
  if (input === undefined || output === undefined) return undefined;
  return stated<Price>({ input, output, cacheRead: ofToken("input_cache_read") ?? ofMillion("cached_input"), cacheWrite: ofToken("input_cache_write") });
}

/** Whether a model is one to talk to, as far as its list says. */
function isForTalk(entry: unknown): boolean {
  const outputs = fieldOf(fieldOf(entry, "architecture"), "output_modalities");
  if (fieldOf(fieldOf(entry, "capabilities"), "completion_chat") === false || fieldOf(entry, "supports_chat") === false || fieldOf(entry, "active") === false)
    return false;
  if (Array.isArray(outputs) && !outputs.includes("text")) return false;
  const type = fieldOf(entry, "type");
  return typeof type !== "string" || !/embed|image|audio|rerank|moderation|transcri|video|speech/i.test(type);
}

const yesNo = (value: unknown): boolean | undefined => (typeof value === "boolean" ? value : undefined);
const within = (list: unknown, word: string): boolean | undefined => (Array.isArray(list) ? list.includes(word) : undefined);

/** The models of a list that says nothing more of them than this. */
export const plainly = (models: readonly ListedModel[], more: Partial<ModelInfo> = {}): readonly Refreshed[] =>
  models.map((model) => ({ ...refreshedOf(model), ...more }));
