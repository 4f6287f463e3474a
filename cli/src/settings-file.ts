import { readFileSync } from "node:fs";
import type { SettingsProblem } from "@claw/kernel/host";
import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";

/** A settings file is small; one larger than this is not one. */
const mostBytes = 1024 * 1024;

/** A file of settings: its values, and where each of them stands. */
export interface SettingsFile {
  readonly file: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** The line, from 1, of the value at a path of keys. */
  lineOf(path: readonly (string | number)[]): number | undefined;
}

/** Reads a settings file (JSON with comments). Undefined when there is none; problems are added to the list, all of them. */
export function readSettingsFile(file: string, problems: SettingsProblem[]): SettingsFile | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" || (error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    problems.push({ file, message: `cannot be read: ${(error as Error).message}` });
    return undefined;
  }
  return parseSettings(text, file, problems);
}

/** Parses the text of settings. `file` names where it came from. */
export function parseSettings(text: string, file: string, problems: SettingsProblem[]): SettingsFile | undefined {
  if (text.length > mostBytes) {
    problems.push({ file, message: `has ${text.length} characters, more than settings may have (${mostBytes})` });
    return undefined;
  }
  const lineAt = (offset: number): number => text.slice(0, offset).split("\n").length;
  const errors: ParseError[] = [];
  const tree = parseTree(text.replace(/^\uFEFF/, ""), errors, { allowTrailingComma: true, allowEmptyContent: true });
  for (const { error, offset } of errors) problems.push({ file, line: lineAt(offset), message: `is no valid JSON: ${printParseErrorCode(error).replace(/([a-z])([A-Z])/g, "$1 $2").toLowerCase()}` });
  if (errors.length > 0) return undefined;
  if (tree === undefined) return { file, values: {}, lineOf: () => undefined };
  if (tree.type !== "object") {
    problems.push({ file, line: lineAt(tree.offset), message: "must be an object" });
    return undefined;
  }
  const values = valueOf(tree, file, lineAt, problems) as Readonly<Record<string, unknown>>;
  return { file, values, lineOf: (path) => lineOf(tree, path, lineAt) };
}

const forbidden: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

function valueOf(node: Node, file: string, lineAt: (offset: number) => number, problems: SettingsProblem[]): unknown {
  if (node.type === "array") return (node.children ?? []).map((child) => valueOf(child, file, lineAt, problems));
  if (node.type !== "object") return node.value as unknown;
  const result: Record<string, unknown> = {};
  for (const { children: [key, value] = [] } of node.children ?? []) {
    if (key === undefined || value === undefined) continue;
    const name = key.value as string;
    if (forbidden.has(name) || Object.hasOwn(result, name)) {
      problems.push({ file, line: lineAt(key.offset), key: name, message: forbidden.has(name) ? `the key "${name}" is not allowed` : `the key "${name}" stands twice` });
    } else {
      result[name] = valueOf(value, file, lineAt, problems);
    }
  }
  return result;
}

function lineOf(tree: Node, path: readonly (string | number)[], lineAt: (offset: number) => number): number {
  let node = tree;
  for (const step of path) {
    const children: readonly Node[] = node.children ?? [];
    const next = typeof step === "number" ? children[step] : children.find((property) => property.children?.[0]?.value === step)?.children?.[1];
    if (next === undefined) break;
    node = next;
  }
  return lineAt(node.offset);
}
