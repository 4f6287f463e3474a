import { readFileSync, statSync } from "node:fs";
import type { SettingsProblem } from "@claw/kernel/host";
import { type Node, type ParseError, parseTree, printParseErrorCode } from "jsonc-parser";

/** A settings file is small; one larger than this is not one. */
const mostBytes = 1024 * 1024;
/** More mistakes than this help nobody: the first ones say what the file is. */
export const mostProblems = 100;

/** A file of settings: its values, and where each of them stands. */
export interface SettingsFile {
  readonly file: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** The line, from 1, of the value at a path of keys. */
  lineOf(path: readonly (string | number)[]): number | undefined;
}

/** Reads a settings file (JSON with comments). Undefined when there is none; problems are added to the list. */
export function readSettingsFile(file: string, problems: SettingsProblem[]): SettingsFile | undefined {
  let text: string;
  try {
    const about = statSync(file, { throwIfNoEntry: false });
    if (about === undefined) return undefined;
    // A device or a pipe may never end.
    if (!about.isFile()) return wrong(problems, { file, message: "is no file" });
    if (about.size > mostBytes) return wrong(problems, { file, message: tooLarge(about.size) });
    text = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    return wrong(problems, { file, message: `cannot be read: ${(error as Error).message}` });
  }
  return parseSettings(text, file, problems);
}

/** Parses the text of settings. `file` names where it came from. */
export function parseSettings(given: string, file: string, problems: SettingsProblem[]): SettingsFile | undefined {
  if (given.length > mostBytes) return wrong(problems, { file, message: tooLarge(given.length) });
  const text = given.replace(/^\uFEFF/, "");
  const lineAt = linesOf(text);
  const errors: ParseError[] = [];
  let tree: Node | undefined;
  try {
    tree = parseTree(text, errors, { allowTrailingComma: true, allowEmptyContent: true });
  } catch {
    // The parser descends by calling itself.
    return wrong(problems, { file, message: "is nested too deeply" });
  }
  for (const { error, offset } of errors.slice(0, mostProblems)) {
    problems.push({
      file,
      line: lineAt(offset),
      message: `is no valid JSON: ${printParseErrorCode(error)
        .replace(/([a-z])([A-Z])/g, "$1 $2")
        .toLowerCase()}`,
    });
  }
  if (errors.length > 0) return undefined;
  if (tree === undefined) return { file, values: {}, lineOf: () => undefined };
  if (tree.type !== "object") return wrong(problems, { file, line: lineAt(tree.offset), message: "must be an object" });
  const root = tree;
  return { file, values: valueOf(root, file, lineAt, problems) as Readonly<Record<string, unknown>>, lineOf: (path) => lineOf(root, path, lineAt) };
}

const tooLarge = (size: number): string => `has ${size} bytes, more than settings may have (${mostBytes})`;

function wrong(problems: SettingsProblem[], problem: SettingsProblem): undefined {
  problems.push(problem);
  return undefined;
}

/** From an offset to its line, from 1. */
function linesOf(text: string): (offset: number) => number {
  const starts = [0];
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return (offset) => starts.findLastIndex((start) => start <= offset) + 1;
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
      if (problems.length < mostProblems)
        problems.push({
          file,
          line: lineAt(key.offset),
          key: name,
          message: forbidden.has(name) ? `the key "${name}" is not allowed` : `the key "${name}" stands twice`,
        });
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
