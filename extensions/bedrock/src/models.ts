import type { ModelInfo, Price } from "@claw/kernel";
import data from "./models.json" with { type: "json" };
import { modelName } from "./model-id.ts";

/** What is known of a model, and what only this extension asks of it. */
export interface BedrockModel extends ModelInfo {
  readonly endpoint: "messages" | "converse";
  /** Its inference profiles, and how many times its price they cost. */
  readonly profiles?: Readonly<Record<string, number>>;
  /** False if the prompt cache has no place for its tools. */
  readonly cachedTools?: boolean;
}

const models = data.models as readonly BedrockModel[];
const families = data.families as readonly (Omit<BedrockModel, "id" | "tools" | "reasoning"> & { readonly prefix: string })[];

const said = ({ profiles: _profiles, cachedTools: _cachedTools, ...info }: BedrockModel): ModelInfo => info;

/** What is known of Bedrock's models, Claude's first; where it is from stands in models.json. */
export const catalogue: readonly ModelInfo[] = models.map((model) => ({ sources: [data.source], ...said(model) }));

/** The listed model that an id means, whatever inference profile or ARN it stands in, with what it costs there. */
export function listed(id: string): BedrockModel | undefined {
  const { base, profile } = modelName(id);
  const model = models.find((each) => each.id === base) ?? models.find((each) => each.aliases?.includes(base) === true);
  if (model === undefined || profile === undefined) return model;
  const { aliases: _aliases, price, ...rest } = model;
  const factor = model.profiles?.[profile];
  return { ...rest, id, ...(price === undefined || factor === undefined ? {} : { price: timesPrice(price, factor) }) };
}

/** What is assumed of a model that is not listed, by what its name begins with. */
export function assumed(id: string): BedrockModel {
  const { base } = modelName(id);
  const { prefix: _prefix, ...family } = families.find(({ prefix }) => base.startsWith(prefix)) as (typeof families)[number];
  return { ...family, id, tools: true, reasoning: false };
}

/** What is taken for granted of an id that `models` does not list; undefined when it can be none of Bedrock's. */
export function unlisted(id: string): ModelInfo | undefined {
  const known = listed(id);
  if (known !== undefined) return said({ ...known, id });
  return /^arn:[\w-]+:bedrock:/.test(id) || /^[a-z0-9-]+\.[\w.:-]+$/.test(id) ? said(assumed(id)) : undefined;
}

/** Listed ids that share most with an unknown one. */
export function near(id: string): readonly string[] {
  const words = wordsOf(modelName(id).base);
  const shared = (model: ModelInfo): number => words.intersection(wordsOf(model.id)).size;
  return catalogue
    .filter((model) => shared(model) > 1)
    .sort((a, b) => shared(b) - shared(a))
    .slice(0, 3)
    .map((model) => model.id);
}

const wordsOf = (id: string): Set<string> => new Set(id.toLowerCase().split(/[^a-z0-9]+/));

function timesPrice(price: Price, factor: number): Price {
  // Prices have few digits; what multiplication adds behind them is noise.
  const times = (value: number): number => Number((value * factor).toPrecision(6));
  const { tiers, ...rates } = price;
  const scaled = Object.fromEntries(Object.entries(rates).map(([name, value]) => [name, times(value)])) as unknown as Price;
  return {
    ...scaled,
    ...(tiers === undefined
      ? {}
      : { tiers: tiers.map(({ inputTokensAbove, ...tier }) => ({ ...(timesPrice(tier, factor) as typeof tier), inputTokensAbove })) }),
  };
}
