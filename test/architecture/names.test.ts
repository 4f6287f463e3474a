import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { forbiddenIn } from "./purity.ts";
import { filesIn, nodesOf, read, stringsOf } from "./source.ts";

const sources = filesIn("{kernel,cli,marketplace,test,schemas}/**/*.ts", "extensions/*/{src,test}/**/*.ts").filter(
  (path) => !/^kernel\/src\/generated\/|^test\/fixtures\/|^cli\/demo\//.test(path),
);
const folders = filesIn("extensions/*/package.json").map((path) => path.slice(0, -"/package.json".length));

interface Described {
  readonly description?: string;
  readonly dynamic?: boolean;
}
interface ConfigProperty extends Described {
  readonly properties?: Readonly<Record<string, ConfigProperty>>;
}
interface Manifest {
  readonly name: string;
  readonly provides?: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly config?: ConfigProperty;
}
const manifestOf = (folder: string): Manifest => JSON.parse(read(`${folder}/extension.json`)) as Manifest;
const manifests = filesIn("extensions/*/extension.json").map((path) => manifestOf(path.slice(0, -"/extension.json".length)));

describe("a file is named for the one thing in it (house.md d)", () => {
  const vague = new Set(["utils", "helpers", "common", "misc", "types", "constants", "manager", "base", "impl", "index"]);
  const doors =
    /^(?:kernel\/src|kernel\/kit|marketplace\/src|test\/harness|test\/conformance|extensions\/[^/]+\/src|marketplace\/templates\/[^/]+\/src)\/index\.ts$/;

  test("and not vaguely; index is a package's door", () => {
    expect(sources.filter((path) => vague.has(basename(path, ".ts")) && !doors.test(path))).toEqual([]);
  });

  test("in kebab-case", () => {
    expect(sources.filter((path) => !/^[a-z0-9]+(?:-[a-z0-9]+)*(?:\.test|\.gen|\.config)?\.ts$/.test(basename(path)))).toEqual([]);
  });
});

describe("an extension", () => {
  test.each(folders)("%s has the same files as every other", (folder) => {
    const present = ["extension.json", "package.json", "README.md", "src/index.ts", "src/contract.gen.ts"].filter(
      (file) => filesIn(`${folder}/${file}`).length === 1,
    );
    expect(present).toEqual(["extension.json", "package.json", "README.md", "src/index.ts", "src/contract.gen.ts"]);
    expect(filesIn(`${folder}/test/**/*.test.ts`).length).toBeGreaterThan(0);
    expect(read(`${folder}/README.md`)).toMatch(/<!-- config -->\n[^]*<!-- \/config -->/);
  });

  test.each(folders)("%s has the name of its folder and describes all it offers", (folder) => {
    const manifest = manifestOf(folder);
    expect(manifest.name).toBe(`claw/${basename(folder)}`);
    const entries = Object.entries(manifest.provides ?? {}).flatMap(([slot, names]) =>
      Object.entries(names).map(([name, about]) => [`${slot}:${name}`, about] as const),
    );
    expect(
      [...entries, ...propertiesOf(manifest.config, "config")].filter(([, about]) => about.dynamic !== true && !about.description).map(([name]) => name),
    ).toEqual([]);
  });

  function propertiesOf(schema: ConfigProperty | undefined, path: string): readonly (readonly [string, ConfigProperty])[] {
    return Object.entries(schema?.properties ?? {}).flatMap(([name, property]) => [
      [`${path}.${name}`, property] as const,
      ...propertiesOf(property, `${path}.${name}`),
    ]);
  }

  test("never rests on the program knowing its name: kernel and cli say none", () => {
    const names = manifests.map(({ name }) => name).join("|");
    const known = new RegExp(`(?<![@\\w-])(?:${names})(?![\\w-])`);
    const said = filesIn("{kernel,cli}/src/**/*.ts").flatMap((path) =>
      stringsOf(read(path))
        .filter((text) => known.test(text))
        .map((text) => `${path}: ${text}`),
    );
    expect(said).toEqual([]);
  });

  test("never rests on the kernel knowing a tool, a provider or a classifier", () => {
    const known = new Set(manifests.flatMap(({ provides }) => ["tool", "provider", "classifier"].flatMap((slot) => Object.keys(provides?.[slot] ?? {}))));
    const said = filesIn("kernel/src/**/*.ts").flatMap((path) =>
      stringsOf(read(path))
        .filter((text) => known.has(text))
        .map((text) => `${path}: ${text}`),
    );
    expect(said).toEqual([]);
  });
});

describe("the kernel knows no environment, no clock, no chance and no console", () => {
  test("in any of its files, but where it makes the key that seals a store", () => {
    const found = filesIn("kernel/src/**/*.ts").flatMap((path) => forbiddenIn(nodesOf(read(path))).map((what) => `${path}: ${what}`));
    expect(found).toEqual(["kernel/src/package/seal-key.ts: randomBytes"]);
  });

  test("and the test sees each of them", () => {
    const source = `
      process.env.HOME; console.log(1); Date.now(); new Date(); Math.random(); crypto.randomUUID();
      import { randomBytes } from "node:crypto"; import { env } from "node:process";
      new Date(0); Date.parse(x); process.platform; Math.max(1); const env2 = "process.env"; // process.env
    `;
    expect(forbiddenIn(nodesOf(source))).toEqual([
      "process.env",
      "console",
      "Date.now",
      "new Date()",
      "Math.random",
      "randomUUID",
      "randomBytes",
      "env of node:process",
    ]);
  });
});
