import type { Refreshed } from "@claw/kernel";
import { fieldOf } from "@claw/kernel/kit";
import { type Asking, answerOf, stated, textsOf, tokensOf } from "./server-answer.ts";

/** What LM Studio has; undefined where it does not answer in its own words. */
export async function lmstudioModels(asking: Asking, root: string): Promise<readonly Refreshed[] | undefined> {
  const list = fieldOf(await answerOf(asking, `${root}/api/v0/models`, { absent: true }), "data");
  if (!Array.isArray(list)) return undefined;
  return list.flatMap((entry: unknown) => {
    const type = fieldOf(entry, "type");
    const abilities = fieldOf(entry, "capabilities");
    if (type === "embeddings") return [];
    return textsOf([fieldOf(entry, "id")]).map((id) =>
      stated<Refreshed>({
        id,
        contextWindow: tokensOf(fieldOf(entry, "loaded_context_length")) ?? tokensOf(fieldOf(entry, "max_context_length")),
        // A model that was not trained for tools is told of them by the server all the same.
        tools: Array.isArray(abilities) && abilities.includes("tool_use") ? true : undefined,
        images: typeof type === "string" ? type === "vlm" : undefined,
      }),
    );
  });
}
