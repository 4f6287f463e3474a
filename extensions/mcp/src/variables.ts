export interface Expanded {
  readonly text: string;
  /** Variables that are not set and have no default. */
  readonly missing: readonly string[];
}

const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** A text with `${NAME}` and `${NAME:-default}` filled in, once: what a variable holds is not looked into. */
export function expanded(text: string, environment: Readonly<Record<string, string | undefined>>): Expanded {
  const missing: string[] = [];
  const filled = text.replaceAll(reference, (_whole, name: string, otherwise: string | undefined) => {
    const value = environment[name];
    if (value !== undefined && (value !== "" || otherwise === undefined)) return value;
    if (otherwise === undefined) missing.push(name);
    return otherwise ?? "";
  });
  return { text: filled, missing };
}
