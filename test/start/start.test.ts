import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Place, place, say } from "../e2e/claw.ts";
import { installMany } from "./many-extensions.ts";

/** Loaded before the program: writes down every module that is imported, and every file or folder that is read. */
const watch = `
import { appendFileSync } from "node:fs";
import fs from "node:fs";
import { registerHooks, syncBuiltinESMExports } from "node:module";
const seen = [];
const append = appendFileSync;
const text = (path) => (path instanceof URL ? path.pathname : typeof path === "string" ? path : undefined);
for (const [owner, names] of [[fs, ["readFileSync", "readFile", "openSync", "open", "readdirSync", "readdir", "createReadStream"]], [fs.promises, ["readFile", "open", "readdir"]]]) {
  for (const name of names) {
    const original = owner[name];
    owner[name] = function (path, ...rest) {
      if (text(path) !== undefined) seen.push("read " + text(path));
      return original.call(this, path, ...rest);
    };
  }
}
syncBuiltinESMExports();
registerHooks({ load(url, context, next) { seen.push("import " + url); return next(url, context); } });
process.on("exit", () => append(process.env.SEEN, JSON.stringify(seen)));
`;

interface Seen {
  readonly imports: readonly string[];
  readonly reads: readonly string[];
}

/** What a run imports and reads, by paths that are the same in every home. */
async function seenBy(here: Place, argv: readonly string[]): Promise<Seen> {
  const [preload, file] = [join(here.root, "watch.mjs"), join(here.root, `seen-${argv.join("-").replaceAll(/\W/g, "")}.json`)];
  writeFileSync(preload, watch);
  const ran = await here.run(argv, { node: ["--import", preload], env: { SEEN: file } });
  expect(ran).toMatchObject({ code: 0, stderr: "" });
  const all = (JSON.parse(readFileSync(file, "utf8")) as readonly string[]).map((line) =>
    line
      .replaceAll(here.root, "~")
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "ID")
      .replaceAll(/\b[0-9a-f]{16}\b/g, "KEY")
      .replaceAll(/\/proc\/\d+|\.lock\.\d+/g, "PID"),
  );
  const of = (kind: string): readonly string[] => all.flatMap((line) => (line.startsWith(`${kind} `) ? [line.slice(kind.length + 1)] : []));
  return { imports: of("import"), reads: of("read") };
}

describe("with 500 extensions installed, of which 10 are chosen, a start does what it does with 10", () => {
  let few: Place;
  let many: Place;
  beforeAll(async () => {
    [few, many] = await Promise.all([place({ script: () => say("Yes.") }), place({ script: () => say("Yes.") })]);
    await Promise.all([installMany(few.home, 10, 10), installMany(many.home, 500, 10)]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([few[Symbol.asyncDispose](), many[Symbol.asyncDispose]()]);
  });

  test.each([
    ["the first request", ["-p", "hi"]],
    ["a list", ["ext", "list", "--json"]],
    ["the version", ["--version", "--json"]],
  ] as const)("%s imports the same modules and reads the same files", async (_what, argv) => {
    // Once for what is kept from then on: code that was compiled, folders that were made.
    for (const here of [few, many]) await here.run(argv);
    const [less, more] = await Promise.all([seenBy(few, argv), seenBy(many, argv)]);
    expect(more.imports).toEqual(less.imports);
    expect(more.reads.toSorted()).toEqual(less.reads.toSorted());
    expect([...less.imports, ...less.reads].filter((path) => path.includes("many+ext"))).toEqual([]);
  });

  test("and the ten are there, one index knows them all, and the other 490 have a name and nothing more", async () => {
    const names = async (argv: readonly string[]): Promise<readonly string[]> =>
      (await many.run(["ext", "list", "--json", ...argv])).stdout
        .trimEnd()
        .split("\n")
        .map((line) => (JSON.parse(line) as { readonly name: string }).name)
        .filter((name) => name.startsWith("many/"));
    expect([(await names([])).length, (await names(["--all"])).length]).toEqual([10, 500]);
    expect(many.sent.at(-1)?.tools).toEqual(few.sent.at(-1)?.tools);
  });
});

test("nothing of the marketplace is imported on the way to the first request: no signatures, archives, documents or transport, and no schema library", async () => {
  await using here = await place({ script: () => say("Yes.") });
  const textsOf = ({ imports }: Seen): string =>
    imports.flatMap((url) => (url.startsWith("file:") ? [readFileSync(fileURLToPath(url), "utf8")] : [])).join("\n");
  const marks = ["vnd.dev.sigstore", "E_TAR_", "claw.index/1", "accept-encoding", "validateFunction", "satisfies"];
  const inAll = textsOf(await seenBy(here, ["ext", "marketplace", "list"]));
  expect(marks.filter((mark) => mark !== "validateFunction" && !inAll.includes(mark))).toEqual([]);
  const onTheWay = textsOf(await seenBy(here, ["-p", "hi"]));
  expect(onTheWay).toContain("PreToolUse");
  expect(marks.filter((mark) => onTheWay.includes(mark))).toEqual([]);
});

test("the count sees what it is there to see: the code of an extension that is woken is read", async () => {
  await using here = await place({ script: () => say("Yes.") });
  const held = await seenBy(here, ["doctor", "--json"]);
  const plain = await seenBy(here, ["ext", "list"]);
  const extensions = ({ reads }: Seen): number => new Set(reads.filter((path) => /bundled\/store\/.*\.mjs$/.test(path))).size;
  expect([extensions(plain), extensions(held) > 10]).toEqual([0, true]);
});
