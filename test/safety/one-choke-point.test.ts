import { expect, test } from "vitest";
import { filesIn, importsOf, nodesOf, read, stringsOf, type Node } from "../architecture/source.ts";

/** Who may start programs at all: the one service, and the walls, which must see whether they stand before the service can use them. */
const starters = ["processes", "sandbox-linux", "sandbox-macos"];
/** Node's own ways to a program or to another process. */
const ways = new Set(["child_process", "cluster", "repl", "inspector"]);
/** Libraries that start programs by themselves. */
const libraries =
  /^(?:execa|cross-spawn|node-pty|@lydell\/node-pty|shelljs|zx|tinyexec|nano-spawn|foreground-child|spawn-please|child-process-promise|open|simple-git|which-spawn)$/;

const sources = filesIn("extensions/*/src/**/*.ts");
const extensionOf = (path: string): string => path.split("/")[1] ?? "";
const bare = (specifier: string): string => specifier.replace(/^node:/, "").split("/")[0] ?? "";

test("programs are started in one place, and probed by the walls alone", () => {
  const outside = sources.filter((path) => !starters.includes(extensionOf(path)));
  expect(outside.length).toBeGreaterThan(150);
  const found = outside.flatMap((path) =>
    importsOf(read(path))
      .filter(({ specifier, typeOnly }) => !typeOnly && (ways.has(bare(specifier)) || libraries.test(specifier)))
      .map(({ specifier }) => `${path} imports ${specifier}`),
  );
  expect(found).toEqual([]);
});

test("nobody goes around it by a name put together at run time, or by Node's inside", () => {
  const found = sources
    .filter((path) => !starters.includes(extensionOf(path)))
    .flatMap((path) => {
      const source = read(path);
      const computed = importsOf(source).filter(({ specifier, typeOnly }) => !typeOnly && specifier === "(computed)").length;
      const inner = nodesOf(source).filter(
        (node) => (node.type === "Identifier" && /^(?:_linkedBinding|dlopen|createRequire)$/.test(String(node["name"]))) || isComputedModule(node),
      ).length;
      const named = stringsOf(source).filter((text) => /^(?:node:)?child_process$/.test(text)).length;
      return computed + inner + named === 0 ? [] : [path];
    });
  expect(found).toEqual([]);
});

test("in that place a program is started by four calls, each with argv and none with a shell", () => {
  const calls = filesIn("extensions/processes/src/**/*.ts").flatMap((path) =>
    nodesOf(read(path))
      .filter((node) => node.type === "CallExpression" && /^(?:spawn|spawnSync|exec|execSync|execFile|execFileSync|fork)$/.test(nameOf(node["callee"])))
      .map((node) => `${path.split("/").at(-1)} ${nameOf(node["callee"])}${hasOption(node, "shell") ? " with a shell" : ""}`),
  );
  // Programs of others, the watchdog's sh, mkfifo, and taskkill of Windows.
  expect(calls.toSorted()).toEqual(["group.ts spawn", "pipes.ts spawn", "started.ts spawn", "watchdog.ts spawn"]);
});

test("who starts a program outside of every wall is known by name, and what the model asks for never is", () => {
  const callers = sources
    .filter((path) => extensionOf(path) !== "processes")
    .flatMap((path) =>
      nodesOf(read(path))
        .filter((node) => isStart(node))
        .map((node) => `${path.slice("extensions/".length)}${isOwn(node) ? " own" : ""}`),
    );
  expect([...new Set(callers)].toSorted()).toEqual([
    // A program that the person's own profile names.
    "bedrock/src/credential-process.ts own",
    "foundry/src/azure-cli.ts own",
    // The person's browser.
    "mcp-oauth/src/browser.ts own",
    // A server that the person's settings name: in the sandbox if they say so.
    "mcp-stdio/src/program.ts",
    "system-prompt/src/git.ts own",
    "tools-files/src/ripgrep.ts own",
    "tools-shell/src/shell.ts",
  ]);
});

/** `process.getBuiltinModule(…)` of anything but a name in so many words. */
function isComputedModule(node: Node): boolean {
  const name = ((node["callee"] as Node | undefined)?.["property"] as Node | undefined)?.["name"];
  const [argument] = (node["arguments"] ?? []) as readonly Node[];
  return node.type === "CallExpression" && name === "getBuiltinModule" && typeof argument?.["value"] !== "string";
}

const nameOf = (callee: unknown): string => {
  const node = callee as Node;
  return node.type === "Identifier" ? String(node["name"]) : "";
};

/** `processes.start(…)`. */
function isStart(node: Node): boolean {
  if (node.type !== "CallExpression") return false;
  const callee = node["callee"] as Node;
  const object = callee["object"] as Node | undefined;
  // `processes.start(…)`, and `setting.processes.start(…)`.
  const name = object?.["name"] ?? (object?.["property"] as Node | undefined)?.["name"];
  return callee.type === "MemberExpression" && name === "processes" && (callee["property"] as Node | undefined)?.["name"] === "start";
}

/** Whether its options say so in so many words. */
const isOwn = (node: Node): boolean =>
  optionsOf(node).some((option) => (option["key"] as Node)["name"] === "own" && (option["value"] as Node)["value"] === true);

const hasOption = (node: Node, name: string): boolean => optionsOf(node).some((option) => (option["key"] as Node)["name"] === name);

/** The properties in a call's arguments, however deep. */
const optionsOf = (node: Node): readonly Node[] => nodesOfValue(node["arguments"]).filter(({ type }) => type === "Property");

function nodesOfValue(value: unknown): readonly Node[] {
  if (typeof value !== "object" || value === null) return [];
  const own = "type" in value && typeof value.type === "string" ? [value as Node] : [];
  return [...own, ...Object.values(value).flatMap(nodesOfValue)];
}
