/**
 * `Headers` as the standard has it, without loading the engine's own: that one pulls in the whole of the built-in fetch,
 * which takes longer than starting Node.
 */
export class WebHeaders implements Headers {
  readonly #values = new Map<string, string>();
  readonly #cookies: string[] = [];

  constructor(init?: HeadersInit) {
    for (const [name, value] of pairs(init)) this.append(name, value);
  }

  append(name: string, value: string): void {
    const key = name.toLowerCase();
    const text = trimmed(value);
    if (key === "set-cookie") this.#cookies.push(text);
    const before = this.#values.get(key);
    this.#values.set(key, before === undefined ? text : `${before}, ${text}`);
  }

  set(name: string, value: string): void {
    this.delete(name);
    this.append(name, value);
  }

  get(name: string): string | null {
    return this.#values.get(name.toLowerCase()) ?? null;
  }

  has(name: string): boolean {
    return this.#values.has(name.toLowerCase());
  }

  delete(name: string): void {
    const key = name.toLowerCase();
    this.#values.delete(key);
    if (key === "set-cookie") this.#cookies.length = 0;
  }

  getSetCookie(): string[] {
    return [...this.#cookies];
  }

  *entries(): Generator<[string, string], undefined> {
    for (const [name, value] of [...this.#values].sort(([left], [right]) => (left < right ? -1 : 1))) {
      if (name !== "set-cookie") yield [name, value];
      else for (const cookie of this.#cookies) yield [name, cookie];
    }
  }

  *keys(): Generator<string, undefined> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): Generator<string, undefined> {
    for (const [, value] of this.entries()) yield value;
  }

  forEach(callback: (value: string, key: string, parent: Headers) => void, self?: unknown): void {
    for (const [name, value] of this.entries()) callback.call(self, value, name, this);
  }

  [Symbol.iterator](): Generator<[string, string], undefined> {
    return this.entries();
  }
}

export type HeadersInit = ConstructorParameters<typeof Headers>[0];

function pairs(init: HeadersInit): Iterable<readonly [string, string]> {
  if (init === undefined) return [];
  if (Symbol.iterator in init) return init as Iterable<readonly [string, string]>;
  return Object.entries(init).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as const]));
}

/** The white space that HTTP does not count as part of a value; a key read from a file often ends with it. */
const trimmed = (value: string): string => String(value).replace(/^[\t\n\r ]+|[\t\n\r ]+$/g, "");
