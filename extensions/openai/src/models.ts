import type { ModelInfo } from "@claw/kernel";
import { effortLevels } from "@claw/kernel/kit";
import data from "./models.json" with { type: "json" };

type Kind = keyof typeof data.kinds;

const kindOf = (kind: string): Omit<ModelInfo, "id" | "contextWindow"> => data.kinds[kind as Kind] as Omit<ModelInfo, "id" | "contextWindow">;

/** What is known of OpenAI's models, newest first; where it is from stands in models.json. */
export const catalogue: readonly ModelInfo[] = data.models.map(({ kind, ...model }) => ({ ...kindOf(kind), ...model, sources: data.sources }));

/** The model an id means: listed, or a listed one with its date. */
export const listed = (id: string): ModelInfo | undefined => {
  const undated = id.replace(/-\d{4}-\d{2}-\d{2}$/, "");
  return catalogue.find((model) => model.id === id || model.id === undated);
};

/** What is assumed of a model that is not listed, by what its name begins with. Elsewhere than at OpenAI it may have any name. */
export function unlisted(id: string, official: boolean): ModelInfo | undefined {
  const family = data.families.find(({ prefix }) => id.startsWith(prefix));
  if (family === undefined) return official ? undefined : { id, tools: true, reasoning: false, images: true, contextWindow: 128_000 };
  const about = kindOf(family.kind);
  // Which levels it has, its vendor says.
  return { ...about, ...(about.reasoning ? { efforts: effortLevels } : {}), id, contextWindow: family.contextWindow };
}

/** Listed ids that share most with an unknown one. */
export function near(id: string): readonly string[] {
  const wordsOf = (name: string): readonly string[] => name.toLowerCase().split(/[^a-z0-9.]+/);
  const words = new Set(wordsOf(id).filter((word) => word !== "gpt"));
  const shared = (model: ModelInfo): number => words.intersection(new Set(wordsOf(model.id))).size;
  return catalogue
    .filter((model) => shared(model) > 0)
    .sort((a, b) => shared(b) - shared(a))
    .slice(0, 3)
    .map((model) => model.id);
}
