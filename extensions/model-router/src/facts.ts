import type { ModelInfo, Refreshed } from "@claw/kernel";

/** What somebody says of a model, without its name. */
export type Facts = Partial<Omit<ModelInfo, "id" | "sources">>;

/** A model with facts from another source over its own. Each fact has one source: who is overruled no longer stands for it. */
export function withFacts<M extends Refreshed>(model: M, facts: Facts, from: string, date: string): M {
  const said = Object.entries(facts).filter(([, value]) => value !== undefined);
  if (said.length === 0) return model;
  const names = said.map(([name]) => name);
  const before = (model.sources ?? []).flatMap((source) => {
    if (source.facts === undefined) return [source];
    const left = source.facts.filter((name) => !names.includes(name));
    return left.length === 0 ? [] : [{ ...source, facts: left }];
  });
  return { ...model, ...Object.fromEntries(said), sources: [{ facts: names, from, date }, ...before] };
}

/** What is taken for granted of a model that somebody names and of which nothing else is known. */
export const assumed = (id: string): Refreshed => ({ id, tools: true, reasoning: false });

/** Whether enough is known of a model to ask it: all but its context window is taken for granted. */
export const isWhole = (model: Refreshed): model is ModelInfo => model.contextWindow !== undefined;
