import type { ConfigSchema } from "./manifest.ts";

export interface ConfigProblem {
  /** Property names from the top, such as `endpoints.0.url`; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

export interface CheckedConfig {
  /** The config with defaults filled in. Meaningless when there are problems. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly problems: readonly ConfigProblem[];
}

/** Checks a config against the manifest's schema and fills in defaults. All problems at once. */
export function checkConfig(schema: ConfigSchema | undefined, config: Readonly<Record<string, unknown>>): CheckedConfig {
  const problems: ConfigProblem[] = [];
  const value = check({ type: "object", ...schema }, config, "", problems);
  return { value: (problems.length === 0 ? value : {}) as Readonly<Record<string, unknown>>, problems };
}

function check(schema: ConfigSchema, value: unknown, path: string, problems: ConfigProblem[]): unknown {
  const wrong = (message: string): unknown => {
    problems.push({ path, message });
    return value;
  };
  if (schema.const !== undefined && value !== schema.const) return wrong(`must be ${JSON.stringify(schema.const)}`);
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return wrong(`must be one of ${schema.enum.map((one) => JSON.stringify(one)).join(", ")}, not ${JSON.stringify(value)}`);
  switch (schema.type) {
    case "string":
      return typeof value === "string" ? checkString(schema, value, wrong) : wrong(`must be a string, not ${kindOf(value)}`);
    case "integer":
    case "number":
      return checkNumber(schema, value, wrong);
    case "boolean":
      return typeof value === "boolean" ? value : wrong(`must be true or false, not ${kindOf(value)}`);
    case "array":
      return Array.isArray(value) ? checkArray(schema, value, path, problems) : wrong(`must be a list, not ${kindOf(value)}`);
    case "object":
      return isObject(value) ? checkObject(schema, value, path, problems) : wrong(`must be an object, not ${kindOf(value)}`);
    case undefined:
      return value;
    default:
      return schema.type satisfies never;
  }
}

type Wrong = (message: string) => unknown;

function checkString(schema: ConfigSchema, value: string, wrong: Wrong): unknown {
  if (value.length < (schema.minLength ?? 0)) return wrong(schema.minLength === 1 ? "must not be empty" : `must have at least ${schema.minLength} characters`);
  if (value.length > (schema.maxLength ?? Infinity)) return wrong(`must have at most ${schema.maxLength} characters`);
  if (schema.format === "uri" && !URL.canParse(value)) return wrong(`must be a URL, not ${JSON.stringify(value.replace(/\/\/[^/]*@/, "//…@"))}`);
  if (schema.format === "email" && !/^[^@\s]+@[^@\s]+$/.test(value)) return wrong("must be an e-mail address");
  return value;
}

function checkNumber(schema: ConfigSchema, value: unknown, wrong: Wrong): unknown {
  if (typeof value !== "number" || !Number.isFinite(value)) return wrong(`must be a number, not ${kindOf(value)}`);
  if (schema.type === "integer" && !Number.isSafeInteger(value)) return wrong(`must be a whole number, not ${value}`);
  if (value < (schema.minimum ?? -Infinity)) return wrong(`must be at least ${schema.minimum}, not ${value}`);
  if (value > (schema.maximum ?? Infinity)) return wrong(`must be at most ${schema.maximum}, not ${value}`);
  return value;
}

function checkArray(schema: ConfigSchema, value: readonly unknown[], path: string, problems: ConfigProblem[]): unknown {
  if (value.length > (schema.maxItems ?? Infinity)) problems.push({ path, message: `must have at most ${schema.maxItems} items` });
  return value.map((item, index) => check(schema.items ?? {}, item, join(path, String(index)), problems));
}

function checkObject(schema: ConfigSchema, value: Readonly<Record<string, unknown>>, path: string, problems: ConfigProblem[]): unknown {
  const properties = schema.properties ?? {};
  const result: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    const property = Object.hasOwn(properties, name) ? properties[name] : schema.additionalProperties;
    if (property === undefined || property === false)
      problems.push({ path: join(path, name), message: `is unknown${suggestion(name, Object.keys(properties))}` });
    else result[name] = property === true ? item : check(property, item, join(path, name), problems);
  }
  for (const [name, property] of Object.entries(properties)) {
    if (Object.hasOwn(value, name)) continue;
    if (property.default !== undefined) result[name] = property.default;
    else if (schema.required?.includes(name) === true) problems.push({ path: join(path, name), message: "is missing" });
  }
  return result;
}

const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
const kindOf = (value: unknown): string =>
  value === null ? "null" : Array.isArray(value) ? "a list" : `${/^[aeiou]/.test(typeof value) ? "an" : "a"} ${typeof value}`;

function suggestion(name: string, known: readonly string[]): string {
  const near = nearest(name, known)[0];
  return near === undefined ? "" : `; did you mean "${near}"?`;
}

/** The known words closest to one, closest first: within a third of its length in edits (Levenshtein), at least 2. */
export function nearest(word: string, known: readonly string[], most: number = 3): readonly string[] {
  const reach = Math.max(2, Math.floor(word.length / 3));
  return known
    .map((one) => ({ one, distance: editDistance(word.toLowerCase(), one.toLowerCase()) }))
    .filter(({ one, distance }) => distance <= reach && distance < one.length)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, most)
    .map(({ one }) => one);
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_value, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + same));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
