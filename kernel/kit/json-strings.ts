/** What becomes of the strings of a JSON value. */
export interface StringMap {
  text(text: string): string;
  /** For what has to stay as it is: a vendor's luggage, the bytes of images and documents. */
  opaque(text: string): string;
}

/** Whoever walks deeper values would run out of stack. */
const maxDepth = 400;

/** A JSON value with every string in it mapped, names of properties too; the same value when none changed. What is nested too deeply is cut. */
export function mapStrings(value: unknown, map: StringMap, depth: number = 0): unknown {
  if (typeof value === "string") return map.text(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > maxDepth) return "{{too deep}}";
  let isSame = true;
  const mapped = (part: unknown, by: StringMap): unknown => {
    const made = mapStrings(part, by, depth + 1);
    isSame &&= made === part;
    return made;
  };
  if (Array.isArray(value)) {
    const items = value.map((item) => mapped(item, map));
    return isSame ? value : items;
  }
  const isBytes = "mediaType" in value;
  const rows = Object.entries(value).map(([name, part]) => {
    const isOpaque = name === "luggage" || (name === "data" && isBytes);
    return [mapped(name, map), mapped(part, isOpaque ? { text: map.opaque, opaque: map.opaque } : map)];
  });
  return isSame ? value : Object.fromEntries(rows);
}
