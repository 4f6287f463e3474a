import { isUtf8 } from "node:buffer";

export type TextEncoding = "utf-8" | "utf-16le" | "utf-16be" | "latin1";

/** How a file's text is stored; what an edit must not change. */
export interface TextForm {
  readonly encoding: TextEncoding;
  readonly mark: boolean;
}

const mark = "\uFEFF";

/** By its byte order mark, else UTF-8, else Latin-1, which every sequence of bytes is: what is not touched comes back as it was. */
export function formOf(bytes: Uint8Array): TextForm {
  const [a, b, c] = bytes;
  if (a === 0xff && b === 0xfe) return { encoding: "utf-16le", mark: true };
  if (a === 0xfe && b === 0xff) return { encoding: "utf-16be", mark: true };
  return isUtf8(bytes) ? { encoding: "utf-8", mark: a === 0xef && b === 0xbb && c === 0xbf } : { encoding: "latin1", mark: false };
}

/** The text without its mark. */
export function decode(bytes: Uint8Array, form: TextForm = formOf(bytes)): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = form.encoding === "utf-16be" ? swapped(buffer).toString("utf16le") : buffer.toString(form.encoding);
  return form.mark ? text.slice(1) : text;
}

/** Undefined when the encoding has no bytes for a character of the text. */
export function encode(text: string, form: TextForm): Buffer | undefined {
  const whole = form.mark ? mark + text : text;
  if (form.encoding === "utf-8") return Buffer.from(whole);
  if (form.encoding === "latin1") {
    const bytes = Buffer.from(text, "latin1");
    return bytes.toString("latin1") === text ? bytes : undefined;
  }
  const bytes = Buffer.from(whole, "utf16le");
  return form.encoding === "utf-16le" ? bytes : swapped(bytes);
}

/** The bytes of a text as UTF-8 without a mark; those given when they are that already. */
export function utf8Of(bytes: Uint8Array, form: TextForm): Uint8Array {
  if (form.encoding !== "utf-8") return Buffer.from(decode(bytes, form));
  return form.mark ? bytes.subarray(3) : bytes;
}

/** A last odd byte is no character. */
const swapped = (bytes: Buffer): Buffer => Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16();
