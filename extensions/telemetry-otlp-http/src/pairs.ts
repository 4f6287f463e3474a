export type Pairs = Readonly<Record<string, string>>;

/** `name=value,name=value` as the variables of OpenTelemetry write it, percent-encoded; of a name said twice the last counts. */
export function pairsOf(text: string): { readonly values: Pairs; readonly wrong: number } {
  const values = new Map<string, string>();
  let wrong = 0;
  for (const part of text.split(",")) {
    if (part.trim() === "") continue;
    const at = part.indexOf("=");
    const [name, value] = at < 1 ? [] : [decoded(part.slice(0, at)), decoded(part.slice(at + 1))];
    if (name === undefined || name === "" || value === undefined) wrong += 1;
    else values.set(name, value);
  }
  return { values: Object.fromEntries(values), wrong };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return undefined;
  }
}
