/** Deltas of one block that follow one another, as one. */
export interface DeltaRun {
  readonly index: number;
  readonly type: string;
  /** The delta, with the texts of all in one. */
  readonly delta: Readonly<Record<string, string>>;
}

const open = (index: string, kind: string): string =>
  `(?:event: content_block_delta\\n)?data: \\{"type":"content_block_delta","index":${index},"delta":\\{"type":"${kind}":"`;
// As JSON has it: without a raw control character, so that no newline of a stream stands in it. With more escapes than that it is read as
// an event of its own: a pattern needs memory for each.
const text = '[^"\\\\\\x00-\\x1f]*(?:\\\\[^\\n][^"\\\\\\x00-\\x1f]*){0,512}';
// The API pads its events with spaces before the last brace.
const close = '"\\} *\\}\\n\\n';
const kinds = 'text_delta","text|thinking_delta","thinking|input_json_delta","partial_json';

/** The pattern of a run, for `sseBatches`. It keeps a place, so that each stream needs its own. A run is bounded: a pattern needs memory for each repetition. */
export const deltaRuns = (): RegExp => new RegExp(`(?=${open("(\\d)", `(${kinds})`)})(?:${open("\\1", "\\2")}${text}${close}){1,2048}`, "y");

const first = new RegExp(`^${open("(\\d)", '(\\w+)","(\\w+)')}`);
const between = new RegExp(`${close}${open("\\d", '\\w+","\\w+')}`, "g");

/** Reads a run that the pattern matched; undefined if a text in it is no JSON. */
export function deltaRun(run: string): DeltaRun | undefined {
  const [head = "", index, type = "", field = ""] = first.exec(run) ?? [];
  const texts = run.slice(head.length, run.lastIndexOf('"')).replaceAll(between, "");
  try {
    return { index: Number(index), type, delta: { [field]: texts.includes("\\") ? String(JSON.parse(`"${texts}"`)) : texts } };
  } catch {
    return undefined;
  }
}
