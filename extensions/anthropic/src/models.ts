import type { ModelInfo, ModelSource } from "@claw/kernel";
import data from "./models.json" with { type: "json" };

/** Where what is known is from. */
const sources: readonly ModelSource[] = data.sources;

/** What is known of Claude's models, newest first. */
export const catalogue: readonly ModelInfo[] = (data.models as readonly ModelInfo[]).map((model) => ({ ...model, sources }));

/** How many tokens an effort lets a model think that is told a number of them, from the least. */
export const budgets: Readonly<Record<string, number>> = data.budgets;

/** The model an id means: listed, or a listed one with its date. */
export const listed = (id: string): ModelInfo | undefined => {
  const undated = id.replace(/-\d{8}$/, "");
  return catalogue.find((model) => model.id === id || model.id === undated);
};

/** What is assumed of a model that is not listed, by what its name begins with. Elsewhere than at Anthropic it may have any name. */
export function unlisted(id: string, official: boolean): ModelInfo | undefined {
  const family = data.families.find(({ prefix }) => id.startsWith(prefix));
  const about = { id, tools: true, reasoning: false, images: true, documents: true, caching: "breakpoints" } as const;
  if (family !== undefined) return { ...about, contextWindow: family.contextWindow, maxOutputTokens: family.maxOutputTokens };
  return official ? undefined : { ...about, contextWindow: 200_000, maxOutputTokens: 32_000 };
}

/** Listed ids that share most with an unknown one. */
export function near(id: string): readonly string[] {
  const words = new Set(
    id
      .toLowerCase()
      .split(/[^a-z0-9]+/)
      .filter((word) => word !== "claude"),
  );
  const shared = (model: ModelInfo): number => words.intersection(new Set(model.id.split("-"))).size;
  return catalogue
    .filter((model) => shared(model) > 0)
    .sort((a, b) => shared(b) - shared(a))
    .slice(0, 3)
    .map((model) => model.id);
}
