import { basename } from "node:path";
import { expect, test } from "vitest";
import { filesIn, read } from "./source.ts";

const linesOf = (path: string): number => read(path).trimEnd().split("\n").length;
const longer = (most: number, paths: readonly string[]): readonly string[] =>
  paths.filter((path) => linesOf(path) > most).map((path) => `${path}: ${linesOf(path)} lines, ${most} allowed`);

const written = filesIn("{kernel,cli,marketplace,test,schemas}/**/*.ts", "extensions/*/{src,test}/**/*.ts").filter(
  (path) => !/^kernel\/src\/generated\/|\.gen\.ts$|^test\/fixtures\//.test(path),
);

test("no file has more than 400 lines", () => {
  expect(longer(400, written)).toEqual([]);
});

test("a root, where everything meets, has at most 200 lines", () => {
  const roots = new Set(["kernel.ts", "boot.ts", "context.ts", "index.ts"]);
  expect(
    longer(
      200,
      written.filter((path) => roots.has(basename(path))),
    ),
  ).toEqual([]);
});

test("an extension's index.ts only wires, in at most 60 lines", () => {
  expect(longer(60, filesIn("extensions/*/src/index.ts"))).toEqual([]);
});

test("the kernel's files have a median of at most 120 lines", () => {
  const sizes = written
    .filter((path) => /^kernel\/(?:src|kit)\//.test(path))
    .map(linesOf)
    .sort((a, b) => a - b);
  expect(sizes[Math.floor(sizes.length / 2)]).toBeLessThanOrEqual(120);
});
