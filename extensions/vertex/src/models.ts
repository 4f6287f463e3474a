import type { ModelInfo } from "@claw/kernel";
import data from "./models.json" with { type: "json" };

/** What is known of Gemini's models, newest first; where it is from stands in models.json. */
export const geminiModels = sourced(data.gemini as readonly ModelInfo[]);

/** What is known of the models on Vertex AI: Gemini's, and Claude's. */
export const vertexModels: readonly ModelInfo[] = [...geminiModels, ...sourced(data.claude as readonly ModelInfo[])];

/** Whether Vertex AI has a model from Anthropic. */
export const isClaude = (id: string): boolean => id.startsWith("claude-");

/** Whether a model's calls have to come back with a signature, and its results may hold images: Gemini 3 and what came after it. */
export const isGemini3 = (id: string): boolean => /^gemini-(?:[3-9]|\d\d)/.test(id);

/** The model an id means: listed, or a listed one with its date or version. */
export function listed(id: string): ModelInfo | undefined {
  const undated = id.replace(/[-@]\d{8}$|-\d{3}$/, "");
  return vertexModels.find((model) => model.id === id) ?? vertexModels.find((model) => model.id === undated);
}

/** What is assumed of a model that is not listed, by what its name begins with. */
export function unlisted(id: string): ModelInfo | undefined {
  const family = data.families.find(({ prefix }) => id.startsWith(prefix));
  if (family === undefined) return undefined;
  const { contextWindow, maxOutputTokens, reasoning } = family;
  return { id, contextWindow, maxOutputTokens, reasoning, tools: true, images: true, documents: true };
}

/** How many tokens of thinking a level of effort is, for models that are told so. */
export function budgetOf(id: string, effort: string): number | undefined {
  const budgets: Readonly<Record<string, Readonly<Record<string, number>>>> = data.budgets;
  return budgets[id]?.[effort];
}

/** A Claude's id as Vertex AI has it: with an at sign before its date. */
export function vertexIdOf(id: string): string {
  const dates: Readonly<Record<string, string>> = data.dates;
  const date = Object.hasOwn(dates, id) ? dates[id] : undefined;
  return date === undefined ? id.replace(/-(\d{8})$/, "@$1") : `${id}@${date}`;
}

/** Listed ids that share most with an unknown one. */
export function near(id: string, models: readonly ModelInfo[]): readonly string[] {
  const words = new Set(
    id
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter((word) => word !== "gemini" && word !== "claude"),
  );
  const shared = (model: ModelInfo): number => words.intersection(new Set(model.id.split(/[^a-z0-9]+/))).size;
  return models
    .filter((model) => shared(model) > 0)
    .sort((a, b) => shared(b) - shared(a))
    .slice(0, 3)
    .map((model) => model.id);
}

function sourced(models: readonly ModelInfo[]): readonly ModelInfo[] {
  return models.map((model) => ({ sources: [data.source], ...model }));
}
