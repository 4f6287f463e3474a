import type { Node } from "./source.ts";

const chance: ReadonlySet<string> = new Set(["randomUUID", "randomBytes", "randomInt", "getRandomValues", "randomFillSync", "randomFill"]);

/** What a kernel must be handed by its host and never take itself, as it stands in a syntax tree. */
export const forbiddenIn = (nodes: readonly Node[]): readonly string[] => nodes.flatMap((node) => forbidden(node) ?? []);

function forbidden(node: Node): string | undefined {
  switch (node.type) {
    case "MemberExpression":
      return forbiddenMember(nameOf(node["object"]), nameOf(node["property"]));
    case "NewExpression":
      return nameOf(node["callee"]) === "Date" && (node["arguments"] as readonly unknown[]).length === 0 ? "new Date()" : undefined;
    case "ImportDeclaration":
      return forbiddenImport((node["source"] as Node)["value"], node["specifiers"] as readonly Node[]);
    default:
      return undefined;
  }
}

function forbiddenMember(object: string, property: string): string | undefined {
  if (object === "console") return "console";
  if (chance.has(property)) return property;
  const member = `${object}.${property}`;
  return ["process.env", "Date.now", "Math.random"].includes(member) ? member : undefined;
}

function forbiddenImport(module: unknown, specifiers: readonly Node[]): string | undefined {
  const names = specifiers.map((specifier) => nameOf(specifier["imported"]));
  if (module === "node:process" && names.includes("env")) return "env of node:process";
  return module === "node:crypto" ? names.find((name) => chance.has(name)) : undefined;
}

const nameOf = (node: unknown): string => {
  const name = (node as Node | undefined)?.["name"];
  return typeof name === "string" ? name : "";
};
