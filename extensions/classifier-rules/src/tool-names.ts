/** The tools there are: names, and what their manifests say. */
export interface ToolCatalogue {
  readonly names: readonly string[];
  about(name: string): Readonly<Record<string, unknown>> | undefined;
}

export interface ToolNames {
  /** What all spellings and aliases of one tool have in common. */
  key(name: string): string;
  isKnown(name: string): boolean;
}

/** `WebFetch`, `web_fetch` and `web-fetch` are one name. What comes from a server (`mcp__…`) keeps its signs. */
const folded = (name: string): string => {
  const lower = name.trim().toLowerCase();
  return lower.includes("__") ? lower : lower.replaceAll(/[-_]/g, "");
};

export function toolNames({ names, about }: ToolCatalogue): ToolNames {
  const keys = new Map<string, string>();
  for (const name of names) keys.set(folded(name), folded(name));
  for (const name of names) {
    const aliases = about(name)?.["aliases"];
    if (!Array.isArray(aliases)) continue;
    for (const alias of aliases) if (typeof alias === "string" && !keys.has(folded(alias))) keys.set(folded(alias), folded(name));
  }
  const key = (name: string): string => keys.get(folded(name)) ?? folded(name);
  // A name that ends with a star stands for tools that are known only at run time.
  const prefixes = names.filter((name) => name.endsWith("*")).map((name) => folded(name.slice(0, -1)));
  return { key, isKnown: (name) => keys.has(folded(name)) || prefixes.some((prefix) => folded(name).startsWith(prefix)) };
}
