/** Deltas of one block that follow one another, as one. */
export interface DeltaRun {
  readonly index: number;
  readonly type: string;
  /** The delta, with the texts of all in one. */
  readonly delta: Readonly<Record<string, string>>;
}

const open = (index: string, kind: string): string => `(?:event: content_block_delta\\n)?data: \\{"type":"content_block_delta","index":${index},"delta":\\{"type":"${kind}":"`;
const text = '[^"\\\\\\n]*(?:\\\\[^\\n][^"\\\\\\n]*)*';
// The API pads its events with spaces before the last brace.
const close = '"\\} *\\}\\n\\n';
const kinds = 'text_delta","text|thinking_delta","thinking|input_json_delta","partial_json';

/** The pattern of a run, for `sseBatches`. It keeps a place, so that each stream needs its own. A run is bounded: a pattern needs memory for each repetition. */
export const deltaRuns = (): RegExp => new RegExp(`(?=${open("(\\d)", `(${kinds})`)})(?:${open("\\1", "\\2")}${text}${close}){1,2048}`, "y");

const first = new RegExp(`^${open("(\\d)", '(\\w+)","(\\w+)')}`);
const between = new RegExp(`${close}${open("\\d", '\\w+","\\w+')}`, "g");

/** Reads a run that the pattern matched; undefined if a text in it is no JSON. A raw newline never stands in a JSON text, so that what is between two texts cannot be part of one. */
export function deltaRun(run: string): DeltaRun | undefined {
  const [head = "", index, type = "", field = ""] = first.exec(run) ?? [];
  const texts = run.slice(head.length, run.lastIndexOf('"'));
  try {
    return { index: Number(index), type, delta: { [field]: String(JSON.parse(`"${texts.replaceAll(between, "")}"`)) } };
  } catch {
    return undefined;
  }
}
