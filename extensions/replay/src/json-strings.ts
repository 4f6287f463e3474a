/** Deeper values are cut: whoever walks them would run out of stack. */
const maxDepth = 400;

export interface StringMap {
  readonly text: (text: string) => string;
  /** For what has to stay as it is: a vendor's luggage, the bytes of images. */
  readonly opaque: (text: string) => string;
}

/** A copy of a JSON value with every string in it mapped, those that are names of properties too. */
export function mapStrings(value: unknown, map: StringMap, depth = 0): unknown {
  if (typeof value === "string") return map.text(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > maxDepth) return "{{too deep}}";
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, map, depth + 1));
  const isBytes = "mediaType" in value;
  return Object.fromEntries(Object.entries(value).flatMap(([name, part]) => {
    if (part === undefined) return [];
    const isOpaque = name === "luggage" || (name === "data" && isBytes);
    return [[map.text(name), mapStrings(part, isOpaque ? { text: map.opaque, opaque: map.opaque } : map, depth + 1)]];
  }));
}

/** JSON whose properties stand in one order, so that equal values are equal texts. */
export function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const rows = Object.entries(value).filter(([, part]) => part !== undefined).sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${rows.map(([name, part]) => `${JSON.stringify(name)}:${canonical(part)}`).join(",")}}`;
}
