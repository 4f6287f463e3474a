import { ClawError, type ErrorCode, type ErrorData } from "../errors.ts";

export interface StrictOptions {
  /** What the document is called in messages, such as its file name. */
  readonly name?: string;
  /** 1 MiB when absent. */
  readonly maxBytes?: number;
  /** Whether fractions and exponents are refused, as in everything that is signed; `integers` when absent. */
  readonly numbers?: "integers" | "any";
}

const mebibyte = 1024 * 1024;
const maxDepth = 32;
const forbiddenKeys: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Parses a JSON document that nobody vouches for: UTF-8 without a byte order mark, bounded in size and depth, no key twice,
 * no key that reaches a prototype, integers in the safe range, no lone surrogate, nothing after the value.
 */
export function parseStrict(document: Uint8Array | string, options: StrictOptions = {}): unknown {
  const name = options.name ?? "the document";
  const bytes = typeof document === "string" ? Buffer.byteLength(document) : document.byteLength;
  const maxBytes = options.maxBytes ?? mebibyte;
  if (bytes > maxBytes) throw new ClawError("E_META_TOO_LARGE", `${name} has ${bytes} bytes, and ${maxBytes} are allowed`, { bytes });
  return new Reader(decode(document, name), name, options.numbers ?? "integers").document();
}

/** JSON Canonicalization Scheme (RFC 8785): the one text of a value, for digests and signatures. Properties that are undefined are left out. */
export function canonicalJson(value: unknown): string {
  // The engine writes what is in order already as the scheme asks for, and faster than any code of ours.
  if (isInOrder(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const record = value as Readonly<Record<string, unknown>>;
    // The default order of `sort` is by UTF-16 code units, which is what the scheme asks for.
    const rows = Object.keys(record)
      .sort()
      .filter((key) => record[key] !== undefined)
      .map((key) => `${JSON.stringify(key)}:${canonicalJson(record[key])}`);
    return `{${rows.join(",")}}`;
  }
  if (typeof value === "number") throw new ClawError("E_META_NUMBER", `${value} is no number of JSON`, {});
  throw new ClawError("E_META_SYNTAX", `a ${typeof value} is no value of JSON`, {});
}

/** Whether a value is nothing but plain JSON, with the keys of every object in order. */
function isInOrder(value: unknown): boolean {
  switch (typeof value) {
    case "string":
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value);
    case "object":
      return value === null || (Array.isArray(value) ? value.every(isInOrder) : isOrderedObject(value));
    default:
      return false;
  }
}

function isOrderedObject(record: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(record);
  if (prototype !== Object.prototype && prototype !== null) return false;
  let last = "";
  for (const key of Object.keys(record)) {
    if (key < last || !isInOrder((record as Readonly<Record<string, unknown>>)[key])) return false;
    last = key;
  }
  return true;
}

function decode(document: Uint8Array | string, name: string): string {
  const text = typeof document === "string" ? document : decodeUtf8(document, name);
  if (text.startsWith("\uFEFF")) throw new ClawError("E_META_UTF8", `${name} begins with a byte order mark`, {}, { fix: "save it as UTF-8 without BOM" });
  if (!text.isWellFormed()) throw new ClawError("E_META_UTF8", `${name} holds half a surrogate pair`, {});
  return text;
}

function decodeUtf8(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ClawError("E_META_UTF8", `${name} is not UTF-8`, {}, { cause });
  }
}

/** One pass over the text. What takes time, the search for the end of a string and of a number, is left to regular expressions. */
class Reader {
  private at = 0;
  private readonly text: string;
  private readonly name: string;
  private readonly numbers: "integers" | "any";
  private readonly number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

  constructor(text: string, name: string, numbers: "integers" | "any") {
    this.text = text;
    this.name = name;
    this.numbers = numbers;
  }

  document(): unknown {
    const value = this.value(1);
    if (this.peek() !== "") this.refuse("E_META_SYNTAX", "something follows the document", { line: this.line() });
    return value;
  }

  private value(depth: number): unknown {
    const first = this.peek();
    switch (first) {
      case "{":
        return this.object(depth);
      case "[":
        return this.array(depth);
      case '"':
        return this.string();
      case "t":
        return this.literal("true", true);
      case "f":
        return this.literal("false", false);
      case "n":
        return this.literal("null", null);
      default:
        return this.numeral();
    }
  }

  private object(depth: number): object {
    this.enter(depth);
    const object: Record<string, unknown> = {};
    if (this.takes("}")) return object;
    do {
      if (this.peek() !== '"') this.unexpected("a key in double quotes");
      const key = this.string();
      if (forbiddenKeys.has(key)) this.refuse("E_META_PROTO", `the key ${JSON.stringify(key)} is not allowed`, { key });
      if (Object.hasOwn(object, key)) this.refuse("E_META_DUPKEY", `the key ${JSON.stringify(key)} stands there twice`, { key });
      if (!this.takes(":")) this.unexpected('":"');
      object[key] = this.value(depth + 1);
    } while (this.takes(","));
    if (!this.takes("}")) this.unexpected('"," or "}"');
    return object;
  }

  private array(depth: number): unknown[] {
    this.enter(depth);
    const array: unknown[] = [];
    if (this.takes("]")) return array;
    do array.push(this.value(depth + 1));
    while (this.takes(","));
    if (!this.takes("]")) this.unexpected('"," or "]"');
    return array;
  }

  private enter(depth: number): void {
    if (depth > maxDepth) this.refuse("E_META_DEPTH", `it is nested more than ${maxDepth} deep`, {});
    this.at += 1;
  }

  private string(): string {
    const { text, at: start } = this;
    let escaped = false;
    for (let at = start + 1; at < text.length; at += 1) {
      const found = text.charCodeAt(at);
      if (found === 0x22) {
        this.at = at + 1;
        return escaped ? this.unescape(start) : text.slice(start + 1, at);
      }
      if (found === 0x5c) {
        escaped = true;
        at += 1;
      } else if (found < 0x20) this.fail(at, "a control character in a string");
    }
    return this.fail(start, "a string without an end");
  }

  /** The engine knows every escape. */
  private unescape(start: number): string {
    let text: string;
    try {
      text = JSON.parse(this.text.slice(start, this.at)) as string;
    } catch {
      return this.fail(start, "a string with an unknown escape");
    }
    return text.isWellFormed() ? text : this.refuse("E_META_UTF8", "a string holds half a surrogate pair", {});
  }

  private literal<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) this.unexpected("a value");
    this.at += word.length;
    return value;
  }

  private numeral(): number {
    this.number.lastIndex = this.at;
    const digits = this.number.exec(this.text)?.[0] ?? this.unexpected("a value");
    const value = Number(digits);
    // `-0`, `1.0` and `1e3` are refused too: an integer has one spelling.
    if (this.numbers === "integers" ? String(value) !== digits || !Number.isSafeInteger(value) : !Number.isFinite(value)) {
      this.refuse(
        "E_META_NUMBER",
        `${digits.slice(0, 40)} is not ${this.numbers === "integers" ? "a plain integer in the safe range" : "a finite number"}`,
        {},
      );
    }
    this.at = this.number.lastIndex;
    return value;
  }

  /** The next character that is no white space; empty at the end. */
  private peek(): string {
    let code = this.text.charCodeAt(this.at);
    while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = this.text.charCodeAt((this.at += 1));
    return this.text.charAt(this.at);
  }

  private takes(character: string): boolean {
    if (this.peek() !== character) return false;
    this.at += 1;
    return true;
  }

  private line(at: number = this.at): number {
    return this.text.slice(0, at).split("\n").length;
  }

  private unexpected(wanted: string): never {
    const found = this.text.codePointAt(this.at);
    return this.fail(this.at, `${wanted} expected, and ${found === undefined ? "the end" : JSON.stringify(String.fromCodePoint(found))} found`);
  }

  private fail(at: number, what: string): never {
    this.at = at;
    return this.refuse("E_META_SYNTAX", what, { line: this.line() });
  }

  private refuse<C extends ErrorCode>(code: C, what: string, data: ErrorData[C]): never {
    throw new ClawError(code, `${this.name}, line ${this.line()}: ${what}`, data);
  }
}
