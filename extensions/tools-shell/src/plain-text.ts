const ESC = String.raw`\u001b`;
const CONTROL = String.raw`\u0000-\u001f\u007f-\u009f`;

/**
 * What a terminal would act on instead of showing it (ECMA-48): control sequences, control strings (OSC, DCS, SOS, PM, APC)
 * and other escapes. A control string without its end stops at the next control character, so that a stray beginning in
 * binary output cannot swallow what follows.
 */
const ESCAPES = new RegExp([
  `(?:${ESC}\\[|\\u009b)[0-?]*[ -/]*[@-~]`,
  `(?:${ESC}[\\]PX^_]|[\\u0090\\u0098\\u009d-\\u009f])[^${CONTROL}]*(?:\\u0007|${ESC}\\\\|\\u009c)?`,
  `${ESC}[ -/]*[0-~]?`,
].join("|"), "g");

const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** Text as a reader sees it: no escape sequences, no control characters but line breaks and tabs; a carriage return ends a line. */
export const plainText = (text: string): string => text.replace(ESCAPES, "").replace(/\r+\n?/g, "\n").replace(CONTROLS, "");
