import { hash } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import type { LoadableExtension } from "../src/package/integrity.ts";
import { temporaryStore } from "./package-folder.ts";
import { resultOf } from "./package-process.ts";

/** Writes a package's folder and says of it what a lock would. */
function packageOf(root: string, name: string, files: Readonly<Record<string, string>>): LoadableExtension {
  const folder = join(root, "store with space", name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const digests = Object.fromEntries(Object.entries(files).map(([path, text]) => [path, hash("sha256", text, "base64")]));
  return { name: `acme/${name}`, folder, main: `file://${encodeURI(folder)}/main.mjs`, files: digests };
}

/** What the default exports of extensions say when they are called in a process with the load hook, or the code of the refusal. */
const load = (...extensions: readonly LoadableExtension[]): Promise<unknown> =>
  resultOf(`
    const { openLoader } = await import("$package/integrity.ts");
    using loader = openLoader();
    const said = [];
    for (const extension of ${JSON.stringify(extensions)}) {
      said.push(await loader.loadExtension(extension).then((run) => (typeof run === "function" ? run() : run.activate())).catch((error) => error.code + ": " + (error.data?.file ?? error.data?.specifier ?? error.data?.path ?? error.message)));
    }
    console.log(JSON.stringify(said));`);

test("an extension whose files are what was installed runs, with its chunks, its data and node's modules", async () => {
  using store = temporaryStore();
  const main = `
    import { sep } from "node:path";
    import { createRequire } from "node:module";
    import { one } from "./lib/one.mjs";
    import data from "./data.json" with { type: "json" };
    const require = createRequire(import.meta.url);
    export default async () => [one, data.two, (await import("./lib/three.mjs")).three, typeof require("fs").readFileSync, typeof sep];`;
  const files = {
    "main.mjs": main,
    "lib/one.mjs": "export const one = 1;",
    "lib/three.mjs": 'import { one } from "./one.mjs"; export const three = one + 2;',
    "data.json": '{"two":2}',
  };
  expect(await load(packageOf(store.root, "good", files))).toEqual([[1, 2, 3, "function", "string"]]);
});

test("a byte changed in the main file, in a chunk or in a lazy chunk stops it", async () => {
  using store = temporaryStore();
  const files = { "main.mjs": 'import "./a.mjs"; export default () => import("./b.mjs").then(() => "ran");', "a.mjs": "1;", "b.mjs": "2;" };
  const damaged = ["main.mjs", "a.mjs", "b.mjs"].map((path) => {
    const extension = packageOf(store.root, path.replace(".", "-"), files);
    writeFileSync(join(extension.folder, path), `${files[path as keyof typeof files]} `);
    return extension;
  });
  expect(await load(...damaged)).toEqual(["E_LOAD_INTEGRITY: main.mjs", "E_LOAD_INTEGRITY: a.mjs", "E_LOAD_INTEGRITY: b.mjs"]);
});

test("a file that was put beside the installed ones cannot be reached", async () => {
  using store = temporaryStore();
  const extension = packageOf(store.root, "planted", { "main.mjs": 'export default () => import("./planted.mjs");' });
  writeFileSync(join(extension.folder, "planted.mjs"), "export default 1;");
  expect(await load(extension)).toEqual(["E_EXT_MODULE: ./planted.mjs"]);
});

test("a package of texts and settings alone has nothing to run, which is no fault", async () => {
  using store = temporaryStore();
  const { main: _, ...codeless } = packageOf(store.root, "codeless", { "readme.md": "" });
  expect(await load(codeless)).toEqual([null]);
});

test("code that calls itself a picture is not imported, as nobody looks into one for what it hides", async () => {
  using store = temporaryStore();
  const extension = packageOf(store.root, "picture", { "main.mjs": 'export default () => import("./logo.png");', "logo.png": "export default 1;" });
  expect(await load(extension)).toEqual(["E_EXT_MODULE: ./logo.png"]);
});

test("a main file that the lock does not name is refused, and so is one that is not there", async () => {
  using store = temporaryStore();
  const unnamed = packageOf(store.root, "unnamed", { "main.mjs": "export default () => 1;" });
  const gone = { ...unnamed, folder: `${unnamed.folder}-gone`, main: unnamed.main?.replace("unnamed", "unnamed-gone") ?? "" };
  expect(await load({ ...unnamed, files: {} }, gone)).toEqual(["E_LOAD_INTEGRITY: main.mjs", "E_LOAD_INTEGRITY: main.mjs"]);
});

test("an import that leaves the package is refused, however it is written", async () => {
  using store = temporaryStore();
  const other = packageOf(store.root, "other", { "main.mjs": "export default () => 1;" });
  const outside = join(store.root, "outside.mjs");
  writeFileSync(outside, "export default 1;");
  const specifiers = [
    "yargs",
    "@claw/kernel",
    "../other/main.mjs",
    "./../other/main.mjs",
    "./%2e%2e/other/main.mjs",
    `file://${outside}`,
    outside,
    "data:text/javascript,1",
    "./main.mjs?again",
    "./main.mjs#again",
    "./m%61in.mjs",
    "./",
    ".",
    "./__proto__",
    "./constructor",
    "#internal",
    "https://acme.example/x.mjs",
    other.main ?? "",
  ];
  const leaving = specifiers.map((specifier, index) =>
    packageOf(store.root, `leaving-${index}`, { "main.mjs": `export default () => import(${JSON.stringify(specifier)});` }),
  );
  expect(await load(other, ...leaving)).toEqual([1, ...specifiers.map((specifier) => `E_EXT_MODULE: ${specifier}`)]);
});

test("what is required instead of imported is held to the same", async () => {
  using store = temporaryStore();
  const body = (specifier: string): string =>
    `import { createRequire } from "node:module"; export default () => createRequire(import.meta.url)(${JSON.stringify(specifier)});`;
  const specifiers = ["yargs", "../other/main.mjs", "./planted.json"];
  const requiring = specifiers.map((specifier, index) => packageOf(store.root, `requiring-${index}`, { "main.mjs": body(specifier) }));
  for (const { folder } of requiring) writeFileSync(join(folder, "planted.json"), "{}");
  expect(await load(...requiring)).toEqual(specifiers.map((specifier) => `E_EXT_MODULE: ${specifier}`));
});

test("a package in the store that the host did not load is out of reach for the host too", async () => {
  using store = temporaryStore();
  const loaded = packageOf(store.root, "loaded", { "main.mjs": "export default () => 1;" });
  const other = packageOf(store.root, "other", { "main.mjs": "export default 1;" });
  const said = await resultOf(`
    const { openLoader } = await import("$package/integrity.ts");
    using loader = openLoader();
    await loader.loadExtension(${JSON.stringify(loaded)});
    console.log(JSON.stringify(await import(${JSON.stringify(other.main)}).catch((error) => error.code)));`);
  expect(said).toBe("E_LOAD_INTEGRITY");
});

test("the bytes that were hashed are the bytes that run, though the file changes between", async () => {
  using store = temporaryStore();
  const extension = packageOf(store.root, "raced", {
    "main.mjs": 'import "./slow.mjs"; export default () => import("./late.mjs").then(({ late }) => late);',
    "slow.mjs": "await 0;",
    "late.mjs": "export const late = 1;",
  });
  const said = await resultOf(`
    import { writeFileSync } from "node:fs";
    const { openLoader } = await import("$package/integrity.ts");
    using loader = openLoader();
    const extension = ${JSON.stringify(extension)};
    const run = await loader.loadExtension(extension);
    writeFileSync(extension.folder + "/main.mjs", "export default () => 2;");
    const again = await loader.loadExtension(extension);
    const first = await run();
    writeFileSync(extension.folder + "/late.mjs", "export const late = 2;");
    console.log(JSON.stringify([again === run, first, await run()]));`);
  expect(said).toEqual([true, 1, 1]);
});

test("modules of the host load as ever, and the hook goes when the loader is closed", async () => {
  using store = temporaryStore();
  const extension = packageOf(store.root, "closed", { "main.mjs": "export default () => 1;" });
  writeFileSync(join(extension.folder, "main.mjs"), "export default () => 2;");
  const said = await resultOf(`
    const { openLoader } = await import("$package/integrity.ts");
    const loader = openLoader();
    const extension = ${JSON.stringify(extension)};
    const refused = await loader.loadExtension(extension).catch((error) => error.code);
    const { version } = await import("yargs/helpers").then(() => process);
    loader[Symbol.dispose]();
    const run = (await import(extension.main + "?fresh")).default;
    console.log(JSON.stringify([refused, typeof version, run()]));`);
  expect(said).toEqual(["E_LOAD_INTEGRITY", "string", 2]);
});

test("the compile cache takes what the hook hands over, and does not take it for what it was", async () => {
  using store = temporaryStore();
  const big = `export default () => ${JSON.stringify("x".repeat(3000))}.length;`;
  const extension = packageOf(store.root, "cached", { "main.mjs": big });
  const cached = () =>
    resultOf(`
    import { enableCompileCache, flushCompileCache } from "node:module";
    enableCompileCache(${JSON.stringify(join(store.root, "cache"))});
    const { openLoader } = await import("$package/integrity.ts");
    using loader = openLoader();
    const said = await loader.loadExtension(${JSON.stringify(extension)}).then((run) => run()).catch((error) => error.code);
    flushCompileCache();
    console.log(JSON.stringify(said));`);
  expect([await cached(), await cached()]).toEqual([3000, 3000]);
  writeFileSync(join(extension.folder, "main.mjs"), big.replace("length", "size"));
  expect(await cached()).toBe("E_LOAD_INTEGRITY");
});
