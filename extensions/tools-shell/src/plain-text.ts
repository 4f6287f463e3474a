import { withoutEscapes } from "@claw/kernel/kit";

const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** Text as a reader sees it: no escape sequences, no control characters but line breaks and tabs; a carriage return ends a line. */
export const plainText = (text: string): string =>
  withoutEscapes(text)
    .replace(/\r+\n?/g, "\n")
    .replace(CONTROLS, "");
