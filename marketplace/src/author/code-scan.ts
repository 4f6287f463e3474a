import { isBuiltin } from "node:module";
import { posix } from "node:path";
import type { Plugin } from "rolldown";

/** One thing that code does, and where. */
export interface Act {
  readonly what: string;
  readonly line: number;
}

/** What a module of a package does, as far as its text shows it. */
export interface ScannedModule {
  readonly path: string;
  /** Only reached by `import()`: it may be a branch of a library that is never taken. */
  readonly lazy: boolean;
  /** `fs`, `child_process`, without `node:`. */
  readonly builtins: readonly Act[];
  /** Globals that reach outside: `fetch`, `WebSocket`. */
  readonly globals: readonly Act[];
  /** Origins that it asks for something. */
  readonly origins: readonly Act[];
  /** Environment variables. */
  readonly variables: readonly Act[];
  /** What only shows when it runs: computed imports, code made of text. */
  readonly hidden: readonly Act[];
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

/** Reads what a package's main file and everything it imports do. Nothing is run or written. A file that is no JavaScript throws the parser's error. */
export async function scanCode(main: string, files: ReadonlyMap<string, string>): Promise<readonly ScannedModule[]> {
  const modules = new Map<string, ScannedModule>();
  const edges = new Map<string, readonly string[]>();
  const reader: Plugin = {
    name: "reader",
    resolveId: (id, importer) => {
      if (importer === undefined) return id;
      if (!id.startsWith(".")) return { id, external: true };
      const path = posix.join(posix.dirname(importer), id);
      return files.has(path) ? path : { id: path, external: true };
    },
    load: (id) => files.get(id) ?? null,
    transform(code, id) {
      modules.set(id, scanModule(id, code, [...walk(this.parse(code))]));
      return null;
    },
    moduleParsed: ({ id, importedIds }) => void edges.set(id, importedIds),
  };
  const { rolldown } = await import("rolldown");
  const build = await rolldown({ input: main, plugins: [reader], treeshake: false, logLevel: "silent" });
  try {
    await build.generate({ format: "esm" });
  } finally {
    await build.close();
  }
  const always = new Set<string>();
  const reach = (id: string): void => {
    if (always.has(id)) return;
    always.add(id);
    for (const next of edges.get(id) ?? []) reach(next);
  };
  reach(main);
  return [...modules.values()].map((module) => ({ ...module, lazy: !always.has(module.path) }));
}

function* walk(value: unknown): Generator<Node> {
  if (typeof value !== "object" || value === null) return;
  if ("type" in value && typeof value.type === "string") yield value as Node;
  for (const inner of Object.values(value)) yield* walk(inner);
}

const asNode = (value: unknown): Node | undefined => (typeof value === "object" && value !== null && "type" in value ? (value as Node) : undefined);
const nameOf = (value: unknown): string | undefined => {
  const node = asNode(value);
  return node?.type === "Identifier" ? (node["name"] as string) : undefined;
};
/** `a.b`, `a["b"]`: the name of the property. */
function propertyOf(node: Node): string | undefined {
  return node["computed"] === true ? textOf(node["property"]) : nameOf(node["property"]);
}

function textOf(value: unknown): string | undefined {
  const node = asNode(value);
  if (node?.type === "Literal" && typeof node["value"] === "string") return node["value"];
  const first = node?.type === "TemplateLiteral" ? (node["quasis"] as readonly { readonly value: { readonly cooked: string } }[])[0] : undefined;
  return first?.value.cooked;
}

const outward: ReadonlySet<string> = new Set(["fetch", "WebSocket", "EventSource", "XMLHttpRequest"]);
const asking = /^(?:fetch|get|post|put|request|connect|URL|WebSocket|EventSource)$/;

function scanModule(path: string, code: string, nodes: readonly Node[]): ScannedModule {
  const found = { builtins: [] as Act[], globals: [] as Act[], origins: [] as Act[], variables: [] as Act[], hidden: [] as Act[] };
  const bound = boundNames(nodes);
  const add = (list: Act[], what: string, { start }: Node): void => void list.push({ what, line: code.slice(0, start).split("\n").length });
  for (const node of nodes) {
    const specifier = asNode(node["source"]);
    const imported = textOf(specifier);
    if (imported !== undefined && isBuiltin(imported)) add(found.builtins, imported.replace(/^node:/, ""), node);
    if (node.type === "ImportExpression" && (imported === undefined || asNode(specifier)?.type === "TemplateLiteral"))
      add(found.hidden, "imports what it computes", node);
    if (node.type === "CallExpression" || node.type === "NewExpression") scanCall(node);
    if (node.type === "MemberExpression") scanMember(node);
  }
  return { path, lazy: false, ...found };

  function scanCall(node: Node): void {
    const callee = asNode(node["callee"]);
    const global = nameOf(callee);
    const called = global ?? (callee?.type === "MemberExpression" ? propertyOf(callee) : undefined) ?? "";
    if (global !== undefined && !bound.has(global)) {
      if (outward.has(global)) add(found.globals, global, node);
      if (global === "eval" || global === "Function") add(found.hidden, "makes code of text", node);
    }
    if (called === "createRequire" || called === "getBuiltinModule") add(found.hidden, "loads modules by other means than import", node);
    const target = asking.test(called) ? originOf(textOf((node["arguments"] as readonly unknown[])[0])) : undefined;
    if (target !== undefined) add(found.origins, target, node);
  }

  function scanMember(node: Node): void {
    const object = asNode(node["object"]);
    const name = propertyOf(node);
    if (nameOf(object) === "process" && (name === "binding" || name === "dlopen")) add(found.hidden, "reaches into Node", node);
    if (object?.type !== "MemberExpression" || nameOf(object["object"]) !== "process" || propertyOf(object) !== "env") return;
    if (name === undefined) add(found.hidden, "reads an environment variable whose name it computes", node);
    else add(found.variables, name, node);
  }
}

/** Every name that the module gives to something of its own. */
function boundNames(nodes: readonly Node[]): ReadonlySet<string> {
  const names = new Set<string>();
  const take = (value: unknown): void => {
    for (const node of walk(value)) if (node.type === "Identifier") names.add(node["name"] as string);
  };
  for (const node of nodes) {
    if (node.type === "VariableDeclarator" || /^Import\w*Specifier$/.test(node.type)) take(node["id"] ?? node["local"]);
    if (/^(?:Function|Class)(?:Declaration|Expression)$|^ArrowFunctionExpression$/.test(node.type)) {
      take(node["id"]);
      take(node["params"]);
    }
  }
  return names;
}

/** The origin of a URL of which at least the host is complete. */
function originOf(text: string | undefined): string | undefined {
  const found = /^(?:https?|wss?):\/\/[a-z0-9.-]+(?::\d+)?(?=[/?#]|$)/i.exec(text ?? "")?.[0];
  return found !== undefined && URL.canParse(found) ? found.toLowerCase() : undefined;
}
