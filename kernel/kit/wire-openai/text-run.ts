/** Events that follow one another and differ in one text, as one. */
export interface TextRun {
  /** What tells them from other events. */
  readonly about: readonly string[];
  readonly text: string;
}

/**
 * A JSON string's inside: without a raw control character, so that no newline of a stream stands in it. One with very many
 * escapes is read by itself: a pattern needs memory for each repetition.
 */
export const runText = '[^"\\\\\\x00-\\x1f]*(?:\\\\[^\\n][^"\\\\\\x00-\\x1f]*){0,512}';

/** A JSON string without an escape, so that each quote around it is one of JSON's own. */
export const plainText = '"[^"\\\\\\x00-\\x1f]*"';

/** A run is bounded for the same reason. */
export const runLength = "{1,2048}";

/** The text of a run that begins with `head`; `between` matches what follows each of its texts. Undefined if one of them is no JSON. */
export function textOfRun(run: string, head: string, between: RegExp): string | undefined {
  const texts = run.slice(head.length).replaceAll(between, "");
  if (!texts.includes("\\")) return texts;
  try {
    return String(JSON.parse(`"${texts}"`));
  } catch {
    return undefined;
  }
}
