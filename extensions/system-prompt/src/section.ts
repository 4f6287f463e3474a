/** A part of the system prompt and where it comes from: a file, or the extension's own words. */
export interface Section {
  readonly name: "identity" | "instructions" | "environment" | "git" | "replaced" | "appended" | "session";
  readonly source: string;
  readonly text: string;
}

/** One text a name, in the order of their first sections. */
export function textsOf(sections: readonly Section[]): readonly string[] {
  const byName = new Map<string, string[]>();
  for (const { name, text } of sections) {
    const texts = byName.get(name);
    if (texts === undefined) byName.set(name, [text]);
    else texts.push(text);
  }
  return [...byName.values()].map((texts) => texts.join("\n\n"));
}
