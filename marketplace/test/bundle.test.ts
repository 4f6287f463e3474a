import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { bundleExtension } from "../src/author/bundle.ts";
import { manifestOf } from "./package-source.ts";
import { laterRefusalOf } from "./refusal.ts";
import { temporaryFolder, type TemporaryFolder } from "./temporary-folder.ts";

const signal = new AbortController().signal;

interface AuthorsFolder extends TemporaryFolder {
  bundle(): Promise<readonly string[]>;
  /** Each file of the bundle. */
  built(): Readonly<Record<string, string>>;
}

/** An author's folder, with what npm would have put there. */
function folderOf(sources: Readonly<Record<string, string>>, manifest: unknown = manifestOf("acme/a", "1.0.0")): AuthorsFolder {
  const folder = temporaryFolder({
    "extension.json": JSON.stringify(manifest),
    ...Object.fromEntries(Object.entries(sources).map(([name, text]) => [`src/${name}`, text])),
  });
  const { path } = folder;
  symlinkSync(join(import.meta.dirname, "../../node_modules"), join(path, "node_modules"));
  return {
    ...folder,
    bundle: () => bundleExtension({ folder: path, conditions: ["source"] }, signal),
    built: () => Object.fromEntries(readdirSync(join(path, "dist")).map((name) => [name, readFileSync(join(path, "dist", name), "utf8")])),
  };
}

const kernelUser = 'import { defineExtension } from "@claw/kernel";\nexport default defineExtension(() => {});\n';

test("a bundle holds the author's door and imports nothing but node:", async () => {
  using folder = folderOf({
    "index.ts": `import { join } from "path";\nimport { one } from "./one.ts";\n${kernelUser}export const used: string = join("a", one);\n`,
    "one.ts": 'export const one: string = "one";\n',
  });
  const sources = await folder.bundle();
  const { "index.mjs": main = "" } = folder.built();
  expect(main.match(/(?<=from ")[^"]+/g)).toEqual(["node:path"]);
  expect(main).not.toContain(folder.path);
  expect(sources.filter((path) => path.startsWith(folder.path)).map((path) => path.slice(folder.path.length))).toEqual([
    "/package.json",
    "/src/index.ts",
    "/src/one.ts",
  ]);
  const { default: extension } = (await import(pathToFileURL(join(folder.path, "dist/index.mjs")).href)) as { readonly default: unknown };
  expect(extension).toMatchObject({ api: 1 });
});

test("what is not of the bundle is never taken away, wherever the main file is to be", async () => {
  const main = (path: string): unknown => manifestOf("acme/a", "1.0.0", { main: path });
  for (const path of ["./index.mjs", "./src/index.mjs", "./src/out/index.mjs", "./lib/index.mjs"]) {
    using folder = folderOf({ "index.ts": kernelUser, "one.ts": "export {};\n" }, main(path));
    mkdirSync(join(folder.path, "lib"));
    writeFileSync(join(folder.path, "lib/written-by-hand.mjs"), "export {};\n");
    const before = readdirSync(folder.path, { recursive: true }).filter((name) => !String(name).startsWith("node_modules"));
    expect([path, await laterRefusalOf(folder.bundle())]).toEqual([path, "E_MAIN"]);
    expect(readdirSync(folder.path, { recursive: true }).filter((name) => !String(name).startsWith("node_modules"))).toEqual(before);
  }
});

test("a main file that a stranger puts elsewhere takes nothing away there, and writes nothing", async () => {
  using elsewhere = temporaryFolder({ "out/index.mjs": "export {};\n" });
  using linked = folderOf({ "index.ts": kernelUser });
  symlinkSync(join(elsewhere.path, "out"), join(linked.path, "dist"));
  expect(await laterRefusalOf(linked.bundle())).toBe("E_MAIN");
  using deeper = folderOf({ "index.ts": kernelUser }, manifestOf("acme/a", "1.0.0", { main: "./to/none/index.mjs" }));
  symlinkSync(elsewhere.path, join(deeper.path, "to"));
  expect(await laterRefusalOf(deeper.bundle())).toBe("E_MAIN");
  for (const path of [`${elsewhere.path}/out/index.mjs`, `./..${"/..".repeat(12)}${elsewhere.path}/out/index.mjs`, "./dist/../../none/index.mjs"]) {
    using folder = folderOf({ "index.ts": kernelUser }, manifestOf("acme/a", "1.0.0", { main: path }));
    expect([path, await laterRefusalOf(folder.bundle())]).toEqual([path, "E_MAIN"]);
  }
  expect(readFileSync(join(elsewhere.path, "out/index.mjs"), "utf8")).toBe("export {};\n");
});

test("what is imported late is a chunk of its own, and the chunk of the last bundle is gone", async () => {
  using folder = folderOf({ "index.ts": 'export default { late: () => import("./late.ts") };\n', "late.ts": 'export const text = "1";\n' });
  await folder.bundle();
  const first = Object.keys(folder.built());
  writeFileSync(join(folder.path, "src/late.ts"), 'export const text = "2";\n');
  await folder.bundle();
  const second = Object.keys(folder.built());
  expect([first.length, second.length, first.filter((name) => second.includes(name))]).toEqual([2, 2, ["index.mjs"]]);
  expect(second.filter((name) => !/^(?:index|late-[0-9a-f]{8})\.mjs$/.test(name))).toEqual([]);
});

test("the same sources make the same bundle wherever they are", async () => {
  const sources = {
    "index.ts": `${kernelUser}export const late = () => import("./late.ts");\n`,
    "late.ts": 'import ignore from "ignore";\nexport const rules = ignore();\n',
  };
  using one = folderOf(sources);
  using other = folderOf(sources);
  await Promise.all([one.bundle(), other.bundle()]);
  expect(one.built()).toEqual(other.built());
});

test("a character that nobody can see comes out as an escape", async () => {
  using folder = folderOf({ "index.ts": 'export default { text: "a\u200b\u202e", also: `\u{e0041}`, expression: /\u200b/ };\n' });
  await folder.bundle();
  expect(Object.values(folder.built()).join("")).toMatch(/^[\n\t -~]*$/);
});

test("an import that cannot be found is refused by name, and a mistake in the source is shown", async () => {
  using missing = folderOf({ "index.ts": 'import "no-such-package";\nexport default {};\n' });
  using broken = folderOf({ "index.ts": "export default {\n" });
  using empty = folderOf({});
  expect(await Promise.all([missing, broken, empty].map((folder) => laterRefusalOf(folder.bundle())))).toEqual(["E_EXT_MODULE", "E_BUNDLE", "E_BUNDLE"]);
});

test("an extension without code needs no bundle", async () => {
  using folder = folderOf({}, { name: "acme/a", version: "1.0.0", engines: { claw: "^1.0.0" }, permissions: {}, content: { skills: ["./skills/*/SKILL.md"] } });
  expect(await folder.bundle()).toEqual([]);
});
