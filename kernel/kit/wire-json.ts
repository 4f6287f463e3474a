/** JSON of whole characters: half of one, as a cut in the wrong place leaves it, is no JSON to an API. */
export function wireJson(value: unknown): string {
  const json = JSON.stringify(value);
  return json.includes("\\ud") ? json.replaceAll(/(?<!\\)((?:\\\\)*)\\ud[89a-f]../g, "$1\\ufffd") : json;
}

/** A name or an id that every API takes. Another provider's may hold what this one refuses; a call and its result change alike. */
export const wireName = (name: string): string => name.replaceAll(/[^\w-]/g, "_");

/** The object a text is the JSON of, if it is one. */
export function objectOfJson(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
