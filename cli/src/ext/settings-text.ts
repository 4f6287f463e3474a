import { createScanner, findNodeAtLocation, type Node, parseTree } from "jsonc-parser";

/** One change to a settings file: the value at a path of keys, or that there is none any more. */
export interface SettingsEdit {
  readonly path: readonly [string, ...string[]];
  readonly value: unknown;
}

/** The text of a settings file after some changes. Everything else in it stays as it is, to the last space; the parser's own way lays out its neighbours anew. */
export function editedSettings(text: string, edits: readonly SettingsEdit[]): string {
  const [mark, body] = text.startsWith("\uFEFF") ? ["\uFEFF", text.slice(1)] : ["", text];
  const start = parseTree(body, [], { allowTrailingComma: true }) === undefined ? `${body}{}\n` : body;
  const edited = edits.reduce((before, { path, value }) => (value === undefined ? withoutProperty(before, path) : withProperty(before, path, value)), start);
  return edits.length === 0 ? text : mark + edited;
}

interface Layout {
  readonly eol: string;
  /** One level. */
  readonly indent: string;
}

const layoutOf = (text: string): Layout => ({ eol: text.includes("\r\n") ? "\r\n" : "\n", indent: /^([ \t]+)\S/m.exec(text)?.[1] ?? "  " });

function withProperty(text: string, path: SettingsEdit["path"], value: unknown): string {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  const there = tree === undefined ? undefined : findNodeAtLocation(tree, [...path]);
  const layout = layoutOf(text);
  const depth = path.length;
  if (there !== undefined) return text.slice(0, there.offset) + valueText(value, depth, layout) + text.slice(there.offset + there.length);
  const above = path.slice(0, -1);
  const parent = tree === undefined ? undefined : findNodeAtLocation(tree, above);
  const [first, ...rest] = path;
  if (parent === undefined) return withProperty(text, [first], nested(rest, value));
  return withEntry(text, parent, `${JSON.stringify(path.at(-1))}: ${valueText(value, depth, layout)}`, layout.indent.repeat(depth), layout);
}

const nested = (path: readonly string[], value: unknown): unknown => path.reduceRight((inner, key) => ({ [key]: inner }), value);

const valueText = (value: unknown, depth: number, { eol, indent }: Layout): string =>
  JSON.stringify(value, undefined, indent).replaceAll("\n", `${eol}${indent.repeat(depth)}`);

/** Adds an entry to the end of an object: on its line where the object is on one line, and otherwise on a line below the last. */
function withEntry(text: string, parent: Node, entry: string, indent: string, { eol, indent: level }: Layout): string {
  const last = parent.children?.at(-1);
  const close = parent.offset + parent.length - 1;
  if (last === undefined) {
    const inside = text.slice(parent.offset + 1, close).trimEnd();
    return `${text.slice(0, parent.offset + 1)}${inside}${eol}${indent}${entry}${eol}${indent.slice(level.length)}${text.slice(close)}`;
  }
  const end = last.offset + last.length;
  const comma = commaFrom(text, end);
  const [before, after] = comma === undefined ? [`${text.slice(0, end)},`, text.slice(end)] : [text.slice(0, comma + 1), text.slice(comma + 1)];
  if (!text.slice(parent.offset, close).includes("\n")) return `${before} ${entry}${after.replace(/^ +(?=\})/, " ")}`;
  const line = /^[ \t]*(?:\/\/[^\n\r]*)?(?=\r?\n)/.exec(after)?.[0] ?? "";
  return `${before}${line}${eol}${indent}${entry}${comma === undefined ? "" : ","}${after.slice(line.length)}`;
}

/** Takes a property out, with its line if it has one of its own. */
function withoutProperty(text: string, path: SettingsEdit["path"]): string {
  const tree = parseTree(text, [], { allowTrailingComma: true });
  const property = tree === undefined ? undefined : findNodeAtLocation(tree, [...path])?.parent;
  if (property === undefined) return text;
  const { offset: start, parent } = property;
  const end = start + property.length;
  const siblings = parent?.children ?? [];
  const before = siblings[siblings.indexOf(property) - 1];
  const comma = commaFrom(text, end) ?? (before === undefined ? undefined : commaFrom(text, before.offset + before.length));
  const left = /(?<=^|\n)[ \t]*$/.exec(text.slice(0, start))?.[0].length;
  const right = /^[ \t]*,?[ \t]*(?:\/\/[^\n]*)?\r?\n/.exec(text.slice(end))?.[0].length;
  const [from, to] = left === undefined || right === undefined ? [start, end] : [start - left, end + right];
  const cuts = [[from, to] as const, ...(comma === undefined || (comma >= from && comma < to) ? [] : [[comma, comma + 1] as const])];
  return cuts.sort(([a], [b]) => b - a).reduce((rest, [first, last]) => rest.slice(0, first) + rest.slice(last), text);
}

/** Where the comma is that follows a place, with nothing but white space and comments between. */
function commaFrom(text: string, offset: number): number | undefined {
  const scanner = createScanner(text, true);
  scanner.setPosition(offset);
  scanner.scan();
  return text[scanner.getTokenOffset()] === "," ? scanner.getTokenOffset() : undefined;
}
