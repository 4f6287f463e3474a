import { fieldOf, isJsonObject } from "@claw/kernel/kit";
import type { OfferedTools, PrintedCall } from "./dialects/dialect.ts";

/** Whether a call's input is what its tool takes, as far as the common words of schemas say. The kernel checks all of it before it runs. */
export const isFitting = ({ name, input, malformed }: PrintedCall, tools: OfferedTools): boolean =>
  malformed === undefined && fits(input, tools.get(name)?.input, 0);

const deepest = 32;

const typeOf = (value: unknown): string => (value === null ? "null" : Array.isArray(value) ? "array" : typeof value);

function isOfType(value: unknown, type: unknown): boolean {
  if (type === "integer") return Number.isInteger(value);
  return typeof type !== "string" || typeOf(value) === type;
}

function fits(value: unknown, schema: unknown, depth: number): boolean {
  if (schema === false) return false;
  if (!isJsonObject(schema) || depth > deepest) return true;
  const { type, enum: choices, required, properties, additionalProperties, items } = schema;
  if (type !== undefined && ![type].flat().some((one) => isOfType(value, one))) return false;
  if (Array.isArray(choices) && !choices.some((choice) => JSON.stringify(choice) === JSON.stringify(value))) return false;
  if ("const" in schema && JSON.stringify(schema["const"]) !== JSON.stringify(value)) return false;
  if (Array.isArray(value)) return items === undefined || value.every((item) => fits(item, items, depth + 1));
  if (!isJsonObject(value)) return true;
  if (Array.isArray(required) && !required.every((key) => typeof key !== "string" || Object.hasOwn(value, key))) return false;
  return Object.entries(value).every(([key, part]) => {
    const own = fieldOf(properties, key);
    return fits(part, own === undefined ? (schema["patternProperties"] === undefined ? additionalProperties : undefined) : own, depth + 1);
  });
}
