import type { Refreshed } from "@claw/kernel";
import { fieldOf, isJsonObject } from "@claw/kernel/kit";
import { effortsOf } from "./model-list.ts";
import { type Asking, answerOf, stated, textsOf, tokensOf } from "./server-answer.ts";

/** How many models are asked about at once; each answer is read from a file of the server's. */
const atOnce = 4;
const maxModels = 500;

/** What an Ollama server has: its models, and of each what it can do and how much it is given. Undefined if it is none. */
export async function ollamaModels(asking: Asking, root: string): Promise<readonly Refreshed[] | undefined> {
  const tags = await answerOf(asking, `${root}/api/tags`, { absent: true });
  const list = fieldOf(tags, "models");
  if (!Array.isArray(list)) return undefined;
  const names = list.flatMap((entry: unknown) => textsOf([fieldOf(entry, "model") ?? fieldOf(entry, "name")])).slice(0, maxModels);
  const loaded = await loadedContexts(asking, root);
  const models: Refreshed[] = [];
  for (let from = 0; from < names.length; from += atOnce) {
    const shown = await Promise.all(names.slice(from, from + atOnce).map(async (id) => shownAs(id, await show(asking, root, id), loaded.get(id))));
    models.push(...shown.filter((model) => model !== undefined));
  }
  return models;
}

const show = (asking: Asking, root: string, model: string): Promise<unknown> => answerOf(asking, `${root}/api/show`, { post: { model }, absent: true });

/** Of the models in memory, how much they were given. */
async function loadedContexts(asking: Asking, root: string): Promise<ReadonlyMap<string, number>> {
  const list = fieldOf(await answerOf(asking, `${root}/api/ps`, { absent: true }), "models");
  const contexts = (Array.isArray(list) ? list : []).flatMap((entry: unknown) => {
    const tokens = tokensOf(fieldOf(entry, "context_length"));
    return tokens === undefined ? [] : textsOf([fieldOf(entry, "model"), fieldOf(entry, "name")]).map((name) => [name, tokens] as const);
  });
  return new Map(contexts);
}

/** Undefined for a model that does not talk. */
function shownAs(id: string, about: unknown, loaded: number | undefined): Refreshed | undefined {
  const abilities = fieldOf(about, "capabilities");
  if (!Array.isArray(abilities)) return stated<Refreshed>({ id, contextWindow: contextOf(about, loaded) });
  if (!abilities.includes("completion")) return undefined;
  return stated<Refreshed>({
    id,
    contextWindow: contextOf(about, loaded),
    tools: abilities.includes("tools"),
    images: abilities.includes("vision"),
    reasoning: abilities.includes("thinking"),
    efforts: effortsOf(fieldOf(fieldOf(about, "thinking"), "values")),
  });
}

/** What it was given counts: the server cuts off in silence what is beyond, whatever the model could take. */
function contextOf(about: unknown, loaded: number | undefined): number | undefined {
  const parameters = fieldOf(about, "parameters");
  const given = typeof parameters === "string" ? /^num_ctx\s+(\d{1,9})\s*$/m.exec(parameters)?.[1] : undefined;
  const facts = fieldOf(about, "model_info");
  const most = isJsonObject(facts) ? Object.entries(facts).find(([name]) => name.endsWith(".context_length"))?.[1] : undefined;
  return loaded ?? tokensOf(Number(given)) ?? tokensOf(most);
}
