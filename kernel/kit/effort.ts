import type { ModelInfo, ModelRequest } from "../src/contracts/model.ts";
import { ClawError } from "../src/errors.ts";

/** Levels of effort from the least to the most. A model has some of them. */
export const effortLevels = ["none", "minimal", "low", "medium", "high", "xhigh", "max"] as const;

/** A request's effort, if the model has it; of a model that nothing is known of, its vendor decides. Throws MODEL_REFUSED with what it has. */
export function acceptedEffort({ model, effort }: Pick<ModelRequest, "model" | "effort">, info: ModelInfo | undefined, provider: string): string | undefined {
  if (effort === undefined || info === undefined || info.efforts?.includes(effort) === true) return effort;
  const efforts = info.efforts ?? [];
  const has = efforts.length === 0 ? "no levels of effort" : `the efforts ${efforts.join(", ")}`;
  throw new ClawError(
    "MODEL_REFUSED",
    `${model} has ${has}, not ${JSON.stringify(effort)}`,
    { provider, kind: "effort" },
    { fix: efforts.length === 0 ? "leave out the effort" : `use one of ${efforts.join(", ")}` },
  );
}

/** The strongest level of a model that is no stronger than the one wanted; undefined when it has none. */
export function loweredEffort(effort: string, levels: readonly string[] | undefined): string | undefined {
  const rank = (level: string): number => effortLevels.indexOf(level as (typeof effortLevels)[number]);
  const wanted = rank(effort);
  return levels
    ?.filter((level) => rank(level) !== -1 && rank(level) <= wanted)
    .sort((a, b) => rank(a) - rank(b))
    .at(-1);
}
