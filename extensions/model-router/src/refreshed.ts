import type { ModelSource, Price, Refreshed } from "@claw/kernel";
import { isJsonObject } from "@claw/kernel/kit";

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string" && /^[^\p{C}]{1,300}$/u.test(value);
const isFlag: Check = (value) => typeof value === "boolean";
const isTokens: Check = (value) => Number.isSafeInteger(value) && (value as number) > 0;
const isDollars: Check = (value) => typeof value === "number" && Number.isFinite(value) && value >= 0;
const isDate: Check = (value) => typeof value === "string" && /^\d{4}-\d{2}-\d{2}/.test(value) && value.length <= 30 && !Number.isNaN(Date.parse(value));
const isOneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.includes(value as string);
const isListOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length <= 100 && value.every(check);
const isRecordOf =
  (fields: Readonly<Record<string, Check>>, required: readonly string[]): Check =>
  (value) =>
    isJsonObject(value) &&
    required.every((name) => Object.hasOwn(value, name)) &&
    Object.entries(value).every(([name, one]) => Object.hasOwn(fields, name) && fields[name]?.(one) === true);

const amounts = { input: isDollars, output: isDollars, cacheRead: isDollars, cacheWrite: isDollars } satisfies Partial<Record<keyof Price, Check>>;
const isTier = isRecordOf({ ...amounts, inputTokensAbove: isTokens }, ["input", "output", "inputTokensAbove"]);
const isPrice = isRecordOf({ ...amounts, tiers: isListOf(isTier) } satisfies Record<keyof Price, Check>, ["input", "output"]);
const isSource = isRecordOf({ facts: isListOf(isText), from: isText, date: isDate } satisfies Record<keyof ModelSource, Check>, ["from", "date"]);

const fields = {
  id: isText,
  aliases: isListOf(isText),
  contextWindow: isTokens,
  maxOutputTokens: isTokens,
  tools: isFlag,
  reasoning: isFlag,
  images: isFlag,
  documents: isFlag,
  efforts: isListOf(isText),
  defaultEffort: isText,
  thinking: isOneOf("adaptive", "budget", "effort"),
  sampling: isListOf(isOneOf("temperature", "topP", "topK")),
  output: isFlag,
  caching: isOneOf("breakpoints", "automatic"),
  endpoint: isText,
  price: isPrice,
  sources: isListOf(isSource),
} satisfies Record<keyof Refreshed, Check>;

/** The most models one vendor is taken to list. */
const mostModels = 20_000;

/** Whether a value is what a vendor may have said of one model, and nothing else. */
export const isRefreshed = (value: unknown): value is Refreshed => isRecordOf(fields, ["id"])(value);

/** Whether a value is a vendor's list of models, each of them once. */
export const isRefreshedList = (value: unknown): value is readonly Refreshed[] =>
  Array.isArray(value) && value.length <= mostModels && value.every(isRefreshed) && new Set(value.map(({ id }) => id)).size === value.length;

export interface Sifted {
  readonly models: readonly Refreshed[];
  /** How many entries could not be used. */
  readonly left: number;
}

/** What of a provider's answer can be used: fields that are known and sound, of models that have a name. Undefined when it is no list. */
export function sifted(answer: unknown): Sifted | undefined {
  if (!Array.isArray(answer)) return undefined;
  const models = new Map<string, Refreshed>();
  for (const one of answer.slice(0, mostModels)) {
    if (!isJsonObject(one) || !isText(one["id"])) continue;
    const sound = Object.entries(fields).flatMap(([name, check]) => (one[name] !== undefined && check(one[name]) ? [[name, one[name]] as const] : []));
    const model = Object.fromEntries(sound) as unknown as Refreshed;
    models.set(model.id, model);
  }
  return { models: [...models.values()], left: answer.length - models.size };
}
