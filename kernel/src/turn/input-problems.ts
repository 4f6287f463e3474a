import type { Schema } from "./toolbox.ts";

/** Keywords whose errors only say that something further in is wrong. */
const wrappers: ReadonlySet<string> = new Set([
  "properties",
  "additionalProperties",
  "patternProperties",
  "items",
  "prefixItems",
  "allOf",
  "$ref",
  "if",
  "then",
  "else",
]);
const mostProblems = 8;

/** What is wrong with an input for a schema, one line each; nothing if it fits. Compiled once, on the first call of a tool. */
export async function inputProblems(schema: Schema): Promise<(input: unknown) => readonly string[]> {
  const { Validator } = await import("@cfworker/json-schema");
  // The validator writes into the schema it is given.
  const validator = new Validator(structuredClone(schema), "2020-12", false);
  return (input) => {
    const { valid, errors } = validator.validate(input);
    if (valid) return [];
    const telling = errors.filter(({ keyword }) => !wrappers.has(keyword));
    return [
      ...new Set(
        (telling.length > 0 ? telling : errors).map(({ instanceLocation, keyword, error }) =>
          sentenceOf(instanceLocation.replace(/^#\/?/, ""), keyword, error),
        ),
      ),
    ].slice(0, mostProblems);
  };
}

/** The validator's own words, but where a model would not know what to do about them. */
function sentenceOf(at: string, keyword: string, error: string): string {
  const missing = keyword === "required" ? /"(.*)"/.exec(error)?.[1] : undefined;
  if (missing !== undefined) return `${at === "" ? "" : `${at}/`}${missing}: is missing`;
  return `${at === "" ? "input" : at}: ${keyword === "false" ? "is unknown" : error.replace(/\.$/, "")}`;
}
