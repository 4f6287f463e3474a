import type { ModelInfo, Refreshed } from "@claw/kernel";
import { fieldOf } from "@claw/kernel/kit";
import { type ListedModel, refreshedOf } from "./model-list.ts";
import { type Asking, answerOf, stated, tokensOf } from "./server-answer.ts";

/** What a llama.cpp server has: as a rule one model, of which it says how it was started with. */
export async function llamacppModels(asking: Asking, root: string, models: readonly ListedModel[]): Promise<readonly Refreshed[]> {
  // A server of many models has no properties before one is loaded.
  const about = models.length === 1 ? await answerOf(asking, `${root}/props`, { absent: true }) : undefined;
  return models.map((model) => ({
    ...stated<Partial<ModelInfo>>({ contextWindow: tokensOf(fieldOf(fieldOf(model.entry, "meta"), "n_ctx_train")) }),
    ...refreshedOf(model),
    ...stated<Partial<ModelInfo>>({
      contextWindow: tokensOf(fieldOf(fieldOf(about, "default_generation_settings"), "n_ctx")) ?? tokensOf(fieldOf(fieldOf(model.entry, "meta"), "n_ctx")),
      images: flag(fieldOf(fieldOf(about, "modalities"), "vision")),
      tools: flag(fieldOf(fieldOf(about, "chat_template_caps"), "supports_tools")),
    }),
  }));
}

const flag = (value: unknown): boolean | undefined => (typeof value === "boolean" ? value : undefined);
