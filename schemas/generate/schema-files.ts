import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** A JSON Schema, or a part of one. */
export type Schema = { readonly [keyword: string]: unknown };

export interface SchemaFile {
  readonly $id: string;
  readonly $defs: Readonly<Record<string, Schema>>;
  readonly [keyword: string]: unknown;
}

export const root = join(import.meta.dirname, "../..");

/** Every `schemas/*.schema.json`, in the order of their names. */
export const readSchemas = (): readonly SchemaFile[] =>
  readdirSync(join(root, "schemas"))
    .filter((name) => name.endsWith(".schema.json"))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(root, "schemas", name), "utf8")) as SchemaFile);

/** All definitions of all files under their own names, which are unique; references to other files become references to them. */
export function definitionsOf(schemas: readonly SchemaFile[]): Readonly<Record<string, Schema>> {
  const definitions: Record<string, Schema> = {};
  for (const schema of schemas) {
    for (const [name, definition] of Object.entries(schema.$defs)) {
      if (definitions[name] !== undefined) throw new Error(`two schemas define ${name}, the second is ${schema.$id}`);
      definitions[name] = definition;
    }
  }
  return mapSchema(definitions, (part) => (typeof part["$ref"] === "string" ? { ...part, $ref: localReference(part["$ref"], schemas) } : part)) as Record<
    string,
    Schema
  >;
}

function localReference(reference: string, schemas: readonly SchemaFile[]): string {
  const [file = "", pointer = ""] = reference.split("#");
  if (pointer !== "") return `#${pointer}`;
  const first = Object.keys(schemas.find((schema) => schema.$id === file)?.$defs ?? {})[0];
  if (first === undefined) throw new Error(`there is no ${file}`);
  return `#/$defs/${first}`;
}

/** A copy of a schema in which every object went through `change`, the innermost first. */
export function mapSchema(value: unknown, change: (part: Schema) => Schema): unknown {
  if (Array.isArray(value)) return value.map((item) => mapSchema(item, change));
  if (typeof value !== "object" || value === null) return value;
  return change(Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapSchema(item, change)])));
}
