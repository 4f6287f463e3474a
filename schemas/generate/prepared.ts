import { mapSchema, type Schema, type SchemaFile } from "./schema-files.ts";

/**
 * A schema as validators are made from it, with the same meaning. "Nothing else" becomes a list of names, so that a validator
 * knows what a key could have meant; rules for names stand where they are used, so that a finding says which name; and what
 * only people read is left out.
 */
export function prepared(schema: SchemaFile, schemas: readonly SchemaFile[]): SchemaFile {
  const find = (reference: string, from: SchemaFile): { readonly file: SchemaFile; readonly definition: Schema } => {
    const [id, pointer = ""] = reference.split("#");
    const file = id === "" ? from : schemas.find((other) => other.$id === id);
    const definition = file?.$defs[pointer.slice("/$defs/".length)];
    if (file === undefined || definition === undefined) throw new Error(`${from.$id} refers to ${reference}, which is not there`);
    return { file, definition };
  };

  /** The properties an object may have: its own, and those of the schemas it is all of. */
  const namesIn = (part: Schema, file: SchemaFile): readonly string[] => {
    const referred = typeof part["$ref"] === "string" ? [find(part["$ref"], file)] : [];
    const all = ((part["allOf"] ?? []) as readonly Schema[]).map((definition) => ({ file, definition }));
    return [...Object.keys((part["properties"] ?? {}) as Schema), ...[...referred, ...all].flatMap((other) => namesIn(other.definition, other.file))];
  };

  const close = (part: Schema): Schema => {
    const { additionalProperties: _additional, unevaluatedProperties: _unevaluated, ...rest } = part;
    const names = { enum: namesIn(part, schema) };
    const patterns = Object.keys((part["patternProperties"] ?? {}) as Schema);
    if (patterns.length === 0) return { ...rest, propertyNames: names };
    return { ...rest, propertyNames: { if: { not: { type: "string", pattern: patterns.join("|") } }, then: names } };
  };

  const nameRule = (part: Schema): Schema => {
    const rule = part["propertyNames"] as Schema | undefined;
    return typeof rule?.["$ref"] === "string" ? { ...part, propertyNames: find(rule["$ref"], schema).definition } : part;
  };

  return mapSchema(schema, (part) => withoutAnnotations(isClosed(part) ? close(part) : nameRule(part))) as SchemaFile;
}

const isClosed = (part: Schema): boolean =>
  (part["additionalProperties"] === false && "properties" in part && !("propertyNames" in part)) || part["unevaluatedProperties"] === false;

/** A key of `properties` or `$defs` may have the name of an annotation; its value is then a schema. */
const withoutAnnotations = (part: Schema): Schema =>
  Object.fromEntries(Object.entries(part).filter(([key, value]) => !(annotations.has(key) && (typeof value === "string" || Array.isArray(value)))));
const annotations: ReadonlySet<string> = new Set(["title", "description", "examples"]);
