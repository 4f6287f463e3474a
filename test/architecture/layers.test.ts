import { describe, expect, test } from "vitest";
import { dependenciesIn, trespass, type Layer } from "./layers.ts";
import { filesIn, importsOf, read } from "./source.ts";

const trespasses = (layer: Layer, ...patterns: readonly string[]): readonly string[] =>
  filesIn(...patterns).flatMap((file) => importsOf(read(file)).flatMap((one) => trespass(file, one, layer) ?? []));

const doors = ["@claw/kernel", "@claw/kernel/kit"];
const testing = ["vitest", "fast-check"];
const extensions = filesIn("extensions/*/package.json").map((path) => path.slice(0, -"/package.json".length));

describe("imports stay in their layer", () => {
  test("the kernel imports itself, node:, tapable and @cfworker/json-schema", () => {
    const layer = { rule: "the kernel imports nobody (house.md d)", folders: ["kernel/src"], packages: ["tapable", "@cfworker/json-schema"] };
    expect(trespasses(layer, "kernel/src/**/*.ts")).toEqual([]);
  });

  test("contracts import contracts only", () => {
    const layer = { rule: "contracts import only contracts (house.md d)", folders: ["kernel/src/contracts"], packages: [] };
    expect(trespasses(layer, "kernel/src/contracts/**/*.ts")).toEqual([]);
  });

  test("the kit imports types of the kernel, and of its values ClawError alone, which any two copies share by its brand", () => {
    const layer = {
      rule: "the kit imports only kernel types (house.md d)",
      folders: ["kernel/kit", "kernel/src/errors.ts"],
      types: ["kernel/src"],
      packages: [],
    };
    expect(trespasses(layer, "kernel/kit/**/*.ts")).toEqual([]);
  });

  test.each(extensions)("%s imports the author's doors, node: and what it bundles", (folder) => {
    const own = dependenciesIn(read(`${folder}/package.json`));
    const rule = "an extension sees what a stranger's would see (house.md d)";
    expect(trespasses({ rule, folders: [`${folder}/src`], packages: [...doors, ...own] }, `${folder}/src/**/*.ts`)).toEqual([]);
    const forTests = { rule, folders: [folder], packages: [...doors, ...own, ...testing, "@claw/testing", "@claw/testing/conformance"] };
    expect(trespasses(forTests, `${folder}/test/**/*.ts`)).toEqual([]);
  });

  test("the command line imports the host's door, and the marketplace by import() in src/ext/ only", () => {
    const rule = "the cli sees @claw/kernel/host (house.md d)";
    const packages = ["@claw/kernel/host", ...dependenciesIn(read("cli/package.json"))];
    const outside = filesIn("cli/src/**/*.ts").filter((file) => !file.startsWith("cli/src/ext/"));
    expect(trespasses({ rule, folders: ["cli/src"], packages }, ...outside)).toEqual([]);
    expect(trespasses({ rule, folders: ["cli/src"], packages, lazily: ["@claw/marketplace"] }, "cli/src/ext/**/*.ts")).toEqual([]);
  });

  test("the marketplace imports the host's door and the kit (kernel/decisions/0018)", () => {
    const packages = ["@claw/kernel/host", "@claw/kernel/kit", "@claw/kernel", ...dependenciesIn(read("marketplace/package.json"))];
    expect(
      trespasses({ rule: "the marketplace sees @claw/kernel/host (house.md d)", folders: ["marketplace/src"], packages }, "marketplace/src/**/*.ts"),
    ).toEqual([]);
  });

  test("the harness and the conformance suites import doors", () => {
    const layer = { rule: "test imports only doors (house.md d)", folders: ["test"], packages: [...doors, "@claw/kernel/host", ...testing] };
    expect(trespasses(layer, "test/{harness,conformance,wire}/**/*.ts")).toEqual([]);
  });
});

describe("an import is seen", () => {
  test("in every way it can be written, and nowhere else", () => {
    const source = `
      import a, { type B } from "one";
      import { type C, type D } from "two";
      import type { E } from "three";
      import "four";
      export { f } from "five";
      export type * from "six";
      const g = await import("seven");
      type H = import("eight").I;
      import legacy = require("nine");
      const j = await import(g);
      // import k from "comment";
      /* import("comment") */
      const l = 'import m from "string"' + \`import("\${g}")\`;
      export { a };
    `;
    expect(importsOf(source)).toEqual([
      { specifier: "one", dynamic: false, typeOnly: false },
      { specifier: "two", dynamic: false, typeOnly: true },
      { specifier: "three", dynamic: false, typeOnly: true },
      { specifier: "four", dynamic: false, typeOnly: false },
      { specifier: "five", dynamic: false, typeOnly: false },
      { specifier: "six", dynamic: false, typeOnly: true },
      { specifier: "seven", dynamic: true, typeOnly: false },
      { specifier: "eight", dynamic: false, typeOnly: true },
      { specifier: "nine", dynamic: false, typeOnly: false },
      { specifier: "(computed)", dynamic: true, typeOnly: false },
    ]);
  });

  test("and judged by where it leads", () => {
    const layer: Layer = { rule: "rule", folders: ["a/src"], types: ["b/src"], packages: ["semver", "@claw/kernel"], lazily: ["@claw/marketplace"] };
    const judged = (specifier: string, how: { readonly dynamic?: boolean; readonly typeOnly?: boolean } = {}): boolean =>
      trespass("a/src/deep/file.ts", { specifier, dynamic: false, typeOnly: false, ...how }, layer) === undefined;
    const allowed = ["./x.ts", "../y.ts", "node:fs", "semver", "semver/functions/valid.js", "@claw/kernel"];
    const refused = ["../../x.ts", "../../src-else/x.ts", "../../../b/src/x.ts", "fs", "semver-else", "@claw/kernel/host", "@claw/marketplace"];
    expect([...allowed, ...refused].filter((specifier) => judged(specifier))).toEqual(allowed);
    expect(judged("../../../b/src/x.ts", { typeOnly: true })).toBe(true);
    expect([judged("@claw/marketplace", { dynamic: true }), judged("@claw/marketplace", { typeOnly: true })]).toEqual([true, true]);
  });
});
