import { ClawError, parseStrict } from "@claw/kernel/host";

export type Fields = Readonly<Record<string, unknown>>;

/** A keyless bundle with its proofs has about 6 KiB; what is larger is none. */
const maxBytes = 256 * 1024;

export const malformed = (why: string, cause?: unknown): ClawError => new ClawError("E_SIG_BUNDLE", `the signature is malformed: ${why}`, {}, { cause });

/** Attacker's text as it may stand in a message: escaped, and not without end. */
export const quoted = (found: string): string => JSON.stringify(found.length > 300 ? `${found.slice(0, 300)}…` : found);

export function checkSize(bytes: Uint8Array): void {
  if (bytes.length > maxBytes) throw new ClawError("E_SIG_TOO_LARGE", `the signature has ${bytes.length} bytes, and ${maxBytes} are allowed`, {});
}

/** The JSON of a signature; fractions occur in what others state. */
export function parseSignature(bytes: Uint8Array): unknown {
  checkSize(bytes);
  try {
    return parseStrict(bytes, { name: "the signature", maxBytes, numbers: "any" });
  } catch (cause) {
    throw malformed(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** Names under which formats of the past carried a key or a certificate inside the signature. */
const embedded: ReadonlySet<string> = new Set(["rawBytes", "keyDetails", "pem", "key", "cert"]);

/** An object with these fields and no others. */
export function fields(value: unknown, required: readonly string[], optional: readonly string[], what: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed(`${what} must be an object`);
  const unknown = Object.keys(value).filter((name) => !required.includes(name) && !optional.includes(name));
  const key = unknown.find((name) => embedded.has(name));
  if (key !== undefined) throw new ClawError("E_SIG_EMBEDDED_KEY", `${what} brings its own ${key}; a key never comes from the signature`, {});
  if (unknown[0] !== undefined) throw malformed(`${what} has an unknown field ${quoted(unknown[0])}`);
  for (const name of required) if (!Object.hasOwn(value, name)) throw malformed(`${what} has no ${name}`);
  return value as Fields;
}

export function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(`${what} must be a list`);
  return value;
}

export function text(value: unknown, what: string): string {
  if (typeof value !== "string" || value === "") throw malformed(`${what} must be text`);
  return value;
}

/** A 64-bit integer, which JSON of protocol buffers spells as text and leaves out where it is 0. */
export function integer(value: unknown, what: string): string {
  const digits = value === undefined ? "0" : text(value, what);
  if (!/^(?:0|[1-9]\d{0,18})$/.test(digits)) throw malformed(`${what} is no number`);
  return digits;
}

/** Bytes in the one spelling that base64 has for them. */
export function base64(value: unknown, what: string): Buffer {
  const spelling = text(value, what);
  const bytes = Buffer.from(spelling, "base64");
  if (bytes.toString("base64") !== spelling) throw malformed(`${what} is not base64`);
  return bytes;
}
