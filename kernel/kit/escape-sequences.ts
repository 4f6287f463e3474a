const ESC = String.raw`\u001b`;
const CONTROL = String.raw`\u0000-\u001f\u007f-\u009f`;

/**
 * What a terminal would act on instead of showing it (ECMA-48): control sequences, control strings (OSC, DCS, SOS, PM, APC)
 * and other escapes. A control string without its end stops at the next control character, so that a stray beginning in
 * binary output cannot swallow what follows.
 */
const ESCAPES = new RegExp(
  [
    `(?:${ESC}\\[|\\u009b)[0-?]*[ -/]*[@-~]`,
    `(?:${ESC}[\\]PX^_]|[\\u0090\\u0098\\u009d-\\u009f])[^${CONTROL}]*(?:\\u0007|${ESC}\\\\|\\u009c)?`,
    `${ESC}[ -/]*[0-~]?`,
  ].join("|"),
  "g",
);

/** A text without escape sequences. Other control characters stay. */
export const withoutEscapes = (text: string): string => text.replace(ESCAPES, "");
