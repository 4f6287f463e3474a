import { nearest } from "../../kernel/src/extension/config.ts";

type Params = Readonly<Record<string, unknown>>;
/** From a pattern to a text that fits it. */
export type Examples = Readonly<Record<string, string>>;

/** What is wrong with the name of a property. */
export function nameMessage(keyword: string, params: Params, name: string, examples: Examples): string {
  if (keyword === "pattern") return `has a name that is not of the form ${form(params, examples)}`;
  if (keyword === "maxLength") return `has a name of more than ${String(params["limit"])} characters`;
  const near = nearest(name, (params["allowedValues"] ?? []) as readonly string[])[0];
  return near === undefined ? "is unknown" : `is unknown; did you mean ${shown(near)}?`;
}

/** What is wrong with a value. */
export function valueMessage(keyword: string, params: Params, value: unknown, examples: Examples): string {
  const limit = String(params["limit"]);
  switch (keyword) {
    case "type":
      return `must be ${[params["type"]]
        .flat()
        .map((type) => kinds[String(type)])
        .join(" or ")}, not ${kindOf(value)}`;
    case "const":
      return `must be ${shown(params["allowedValue"])}, not ${shown(value)}`;
    case "enum":
      return `must be one of ${(params["allowedValues"] as readonly unknown[]).map(shown).join(", ")}, not ${shown(value)}`;
    case "pattern":
      return `must have the form ${form(params, examples)}, not ${shown(value)}`;
    case "minimum":
      return `must be at least ${limit}, not ${shown(value)}`;
    case "exclusiveMinimum":
      return `must be more than ${limit}, not ${shown(value)}`;
    case "maximum":
      return `must be at most ${limit}, not ${shown(value)}`;
    case "minLength":
      return limit === "1" ? "must not be empty" : `must have at least ${limit} characters`;
    case "maxLength":
      return `must have at most ${limit} characters`;
    case "minItems":
      return `must have at least ${limit} ${limit === "1" ? "item" : "items"}`;
    case "maxItems":
      return `must have at most ${limit} items`;
    case "minProperties":
      return "must not be empty";
    case "maxProperties":
      return `must have at most ${limit} entries`;
    case "uniqueItems":
      return `has an item twice, at ${String(params["j"])} and ${String(params["i"])}`;
    default:
      return `does not fit (${keyword})`;
  }
}

/** A value as JSON, cut where it gets long. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? "nothing";
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}

const form = (params: Params, examples: Examples): string => shown(examples[String(params["pattern"])] ?? params["pattern"]);

const kinds: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  null: "null",
};

function kindOf(value: unknown): string {
  if (value === null || typeof value === "boolean" || typeof value === "number") return String(value);
  return Array.isArray(value) ? "a list" : (kinds[typeof value] ?? typeof value);
}
