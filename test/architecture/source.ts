import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseAst } from "rolldown/parseAst";

/** A node of a syntax tree (ESTree with TypeScript). */
export interface Node {
  readonly type: string;
  readonly [field: string]: unknown;
}

export interface Import {
  /** As it is written. */
  readonly specifier: string;
  /** `import()`, of which the argument is a plain string; anything else reads as `(computed)`. */
  readonly dynamic: boolean;
  /** Leaves nothing at run time. */
  readonly typeOnly: boolean;
}

export const root = join(import.meta.dirname, "../..");
export const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** Files by glob patterns, as paths from the root, sorted. */
export const filesIn = (...patterns: readonly string[]): readonly string[] =>
  globSync(patterns, { cwd: root, exclude: (name) => /(?:^|\/)(?:node_modules|dist|bundled)$/.test(name) }).sort();

/** Every node of a file, the outer before the inner. */
export const nodesOf = (source: string): readonly Node[] => [...walk(parseAst(source, { lang: "ts" }))];

function* walk(value: unknown): Generator<Node> {
  if (typeof value !== "object" || value === null) return;
  if ("type" in value && typeof value.type === "string") yield value as Node;
  for (const inner of Object.values(value)) yield* walk(inner);
}

/** Everything a file imports or re-exports, in any of the ways there are. */
export function importsOf(source: string): readonly Import[] {
  return nodesOf(source).flatMap((node): readonly Import[] => {
    switch (node.type) {
      case "ImportDeclaration":
        return [{ specifier: textOf(node["source"]), dynamic: false, typeOnly: isTypeOnly(node, "importKind") }];
      case "ExportNamedDeclaration":
      case "ExportAllDeclaration":
        return node["source"] ? [{ specifier: textOf(node["source"]), dynamic: false, typeOnly: isTypeOnly(node, "exportKind") }] : [];
      case "ImportExpression":
        return [{ specifier: textOf(node["source"]), dynamic: true, typeOnly: false }];
      case "TSImportType":
        return [{ specifier: textOf(node["source"]), dynamic: false, typeOnly: true }];
      case "TSExternalModuleReference":
        return [{ specifier: textOf(node["expression"]), dynamic: false, typeOnly: false }];
      default:
        return [];
    }
  });
}

function isTypeOnly(node: Node, kind: string): boolean {
  const specifiers = (node["specifiers"] ?? []) as readonly Node[];
  return node[kind] === "type" || (specifiers.length > 0 && specifiers.every((specifier) => specifier[kind] === "type"));
}

const textOf = (literal: unknown): string => {
  const value = (literal as Node | undefined)?.["value"];
  return typeof value === "string" ? value : "(computed)";
};

/** The texts of a file's strings, with the fixed parts of its templates. */
export const stringsOf = (source: string): readonly string[] =>
  nodesOf(source).flatMap((node) => {
    if (node.type === "Literal" && typeof node["value"] === "string") return [node["value"]];
    return node.type === "TemplateElement" ? [(node["value"] as { readonly cooked: string }).cooked] : [];
  });
