import { fieldOf } from "@claw/kernel/kit";

type Container = Record<string, unknown> | unknown[];

const maxDepth = 64;
const maxLength = 16 * 1024 * 1024;

/**
 * The arguments of a call that come in pieces: each says by a JSON path where its value goes, and further text for the same
 * path is added to what stands there. False of a piece that fits nowhere.
 */
export class PartialArguments {
  readonly #root: Record<string, unknown> = {};
  #length = 0;

  get value(): Readonly<Record<string, unknown>> {
    return this.#root;
  }

  add(piece: unknown): boolean {
    const path = fieldOf(piece, "jsonPath");
    const keys = typeof path === "string" ? keysOf(path) : undefined;
    const value = valueOf(piece);
    if (keys === undefined || keys.length === 0 || keys.length > maxDepth) return false;
    // A piece may open a path and say nothing yet.
    if (value === undefined) return true;
    this.#length += typeof value === "string" ? value.length : 8;
    return this.#length <= maxLength && this.#place(keys, value);
  }

  #place(keys: readonly (string | number)[], value: unknown): boolean {
    let at: Container = this.#root;
    for (const [index, key] of keys.entries()) {
      if (!fits(at, key)) return false;
      const next = keys[index + 1];
      const before: unknown = Object.hasOwn(at, key) ? (at as Record<string | number, unknown>)[key] : undefined;
      if (next === undefined) {
        put(at, key, typeof before === "string" && typeof value === "string" ? before + value : value);
      } else if (typeof before === "object" && before !== null) at = before as Container;
      else {
        const made: Container = typeof next === "number" ? [] : {};
        put(at, key, made);
        at = made;
      }
    }
    return true;
  }
}

/** A list is filled in order, so that no index makes it huge. */
const fits = (container: Container, key: string | number): boolean =>
  Array.isArray(container) ? typeof key === "number" && key <= container.length : typeof key === "string";

/** As an own property, whatever the name means to JavaScript. */
const put = (container: Container, key: string | number, value: unknown): void =>
  void Object.defineProperty(container, key, { value, writable: true, enumerable: true, configurable: true });

function valueOf(piece: unknown): unknown {
  for (const name of ["stringValue", "numberValue", "boolValue"]) {
    const value = fieldOf(piece, name);
    if (value !== undefined) return value;
  }
  return fieldOf(piece, "nullValue") === undefined ? undefined : null;
}

/** The keys of `$.a.b[0]['c d']`; undefined for a path that is more than a place. */
function keysOf(path: string): readonly (string | number)[] | undefined {
  if (!path.startsWith("$")) return undefined;
  const keys: (string | number)[] = [];
  const step = /\.([^.[\]'"*]+)|\[(\d{1,9})\]|\['((?:[^'\\]|\\.)*)'\]|\["((?:[^"\\]|\\.)*)"\]/gy;
  step.lastIndex = 1;
  while (step.lastIndex < path.length) {
    const match = step.exec(path);
    if (match === null) return undefined;
    const [, name, index, single, double] = match;
    keys.push(index === undefined ? (name ?? (single ?? double ?? "").replaceAll(/\\(.)/g, "$1")) : Number(index));
  }
  return keys;
}
