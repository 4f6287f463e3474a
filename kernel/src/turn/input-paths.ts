import { isRecord } from "../plain-data.ts";

type Schema = Readonly<Record<string, unknown>>;

/** The values of an input's parts of format "path", wherever its schema may mean them: judges rather see one too many. */
export function pathsOf(schema: Schema, input: unknown): readonly string[] {
  const found = new Set<string>();
  /** `seen` are the forms of this value that were looked at: references may go in a circle. */
  const walk = (form: unknown, value: unknown, seen: Set<unknown> = new Set()): void => {
    if (!isRecord(form) || seen.has(form)) return;
    seen.add(form);
    if (typeof value === "string" && form["format"] === "path" && value !== "") found.add(value);
    for (const same of sameForms(schema, form)) walk(same, value, seen);
    if (Array.isArray(value)) walkItems(form, value);
    else if (isRecord(value)) walkProperties(form, value);
  };
  const walkItems = ({ prefixItems, items, contains }: Schema, values: readonly unknown[]): void => {
    const places = Array.isArray(prefixItems) ? prefixItems : [];
    for (const [index, value] of values.entries()) {
      walk(index < places.length ? places[index] : items, value);
      walk(contains, value);
    }
  };
  const walkProperties = ({ properties, patternProperties, additionalProperties }: Schema, value: Schema): void => {
    const named = isRecord(properties) ? properties : {};
    const patterns = Object.entries(isRecord(patternProperties) ? patternProperties : {});
    for (const [name, item] of Object.entries(value)) {
      const matching = patterns.filter(([pattern]) => isMatch(pattern, name));
      if (Object.hasOwn(named, name)) walk(named[name], item);
      for (const [, form] of matching) walk(form, item);
      if (!Object.hasOwn(named, name) && matching.length === 0) walk(additionalProperties, item);
    }
  };
  walk(schema, input);
  return [...found];
}

function isMatch(pattern: string, name: string): boolean {
  try {
    return new RegExp(pattern, "u").test(name);
  } catch {
    return true;
  }
}

/** The forms that say more of the same value. */
function sameForms(root: Schema, form: Schema): readonly unknown[] {
  const { $ref, anyOf, oneOf, allOf } = form;
  const several = [anyOf, oneOf, allOf].flatMap((forms) => (Array.isArray(forms) ? (forms as readonly unknown[]) : []));
  return [...several, form["if"], form["then"], form["else"], ...(typeof $ref === "string" ? [referred(root, $ref)] : [])];
}

/** What a reference within the schema means: `#`, or `#/$defs/path`. */
function referred(root: Schema, reference: string): unknown {
  if (!reference.startsWith("#")) return undefined;
  const steps = reference
    .slice(1)
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return steps.reduce<unknown>((value, step) => (isRecord(value) && Object.hasOwn(value, step) ? value[step] : undefined), root);
}
