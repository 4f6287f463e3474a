import { ClawError, parseStrict } from "@claw/kernel/host";

/** An object of a document that nobody vouches for. */
export type Fields = Readonly<Record<string, unknown>>;

export const foreign = (source: string, message: string, fix?: string): ClawError<"E_FOREIGN"> =>
  new ClawError("E_FOREIGN", message, { source }, fix === undefined ? {} : { fix });

/** The object in a JSON file of another system. Their numbers may have fractions. */
export const documentOf = (bytes: Uint8Array, name: string): Fields => fieldsOf(parseStrict(bytes, { name, numbers: "any" }), name);

export function fieldsOf(value: unknown, what: string): Fields {
  if (isFields(value)) return value;
  throw foreign(what, `${what} must be an object`);
}

export const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/** A field of its own; never what every object has. */
export const fieldOf = (fields: Fields, key: string): unknown => (Object.hasOwn(fields, key) ? fields[key] : undefined);

export function textOf(fields: Fields, key: string, what: string): string {
  const value = fieldOf(fields, key);
  if (typeof value === "string" && value !== "") return value;
  throw foreign(what, `${what} must have a ${key}, which is text`);
}

export const optionalTextOf = (fields: Fields, key: string, what: string): string | undefined =>
  [undefined, null, ""].includes(fieldOf(fields, key) as string) ? undefined : textOf(fields, key, what);

export function listOf(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value as readonly unknown[];
  throw foreign(what, `${what} must be a list`);
}

export function textsOf(value: unknown, what: string): readonly string[] {
  const list = listOf(value, what);
  if (list.every((one) => typeof one === "string")) return list;
  throw foreign(what, `${what} must be a list of texts`);
}

const mostParts = 200;

/** Refuses more parts of a kind than anybody writes by hand: they are looked up one by one. */
export function refuseMany<T>(parts: readonly T[], what: string): readonly T[] {
  if (parts.length <= mostParts) return parts;
  throw foreign(what, `${what} are ${parts.length}, and ${mostParts} are the most`);
}

/** Objects by name; nothing where there is nothing. */
export const recordOf = (value: unknown, what: string): readonly (readonly [string, Fields])[] =>
  Object.entries(fieldsOf(value ?? {}, what)).map(([name, fields]) => [name, fieldsOf(fields, `${what} ${JSON.stringify(name)}`)] as const);

/** Text of theirs as a sentence of ours may have it. */
export const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);

/** Names in the order of the document, the first of them and how many more. */
export function namesIn(names: readonly string[]): string {
  const most = 8;
  const shown = names.slice(0, most).map(quoted).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
