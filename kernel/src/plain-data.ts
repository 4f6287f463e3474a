/** Deeper than anybody means, shallower than what overflows a stack. */
const mostDepth = 200;

/** Freezes plain data all the way down. Throws when it goes down too far. */
export function deepFreeze<T>(value: T, depth: number = 0): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  if (depth === mostDepth) throw new TypeError(`it is nested more than ${mostDepth} deep`);
  Object.freeze(value);
  for (const item of Object.values(value)) deepFreeze(item, depth + 1);
  return value;
}

/**
 * What foreign code handed over, as a log holds it: a frozen copy made of JSON alone, every string well-formed. Whoever
 * handed it over can change nothing any more. Throws when it cannot be written down.
 */
export function plainCopy<T>(value: T): T {
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined) throw new TypeError("it is no data");
  return deepFreeze(JSON.parse(text.includes("\\ud") ? wellFormed(text) : text) as T);
}

/** As `plainCopy`; undefined instead of an error. */
export function plainOrNothing(value: unknown): unknown {
  try {
    return plainCopy(value);
  } catch {
    return undefined;
  }
}

/** JSON escapes half a character, and nothing else, as a surrogate. */
const wellFormed = (json: string): string => json.replaceAll(/\\(?:\\|ud[89a-f][0-9a-f]{2})/g, (escape) => (escape === "\\\\" ? escape : "\\ufffd"));

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
