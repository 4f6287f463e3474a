/** What becomes of the strings of a JSON value. */
export interface StringMap {
  readonly text: (text: string) => string;
  /** For what has to stay as it is: a vendor's luggage, the bytes of images and documents. */
  readonly opaque: (text: string) => string;
}

/** Whoever walks deeper values would run out of stack. */
const maxDepth = 400;

/** A JSON value with every string in it mapped, names of properties too; the same value when none changed. What is nested too deeply is cut. */
export function mapStrings(value: unknown, map: StringMap, depth: number = 0): unknown {
  if (typeof value === "string") return map.text(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > maxDepth) return "{{too deep}}";
  if (Array.isArray(value)) {
    const items = value.map((item) => mapStrings(item, map, depth + 1));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const isBytes = "mediaType" in value;
  const rows = Object.entries(value);
  let isSame = true;
  for (const row of rows) {
    const [name, part] = row;
    const isOpaque = name === "luggage" || (name === "data" && isBytes);
    row[0] = map.text(name);
    row[1] = mapStrings(part, isOpaque ? { text: map.opaque, opaque: map.opaque } : map, depth + 1);
    isSame &&= row[0] === name && row[1] === part;
  }
  return isSame ? value : Object.fromEntries(rows);
}
