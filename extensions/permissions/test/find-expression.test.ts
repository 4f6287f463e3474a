import { expect, test } from "vitest";
import { type Handed, readFind } from "../src/find-expression.ts";

/** What is handed on of these, and whether links may be among it. */
const names = [".env", "a.ts", "b.md", "Makefile"];
const told = (handed: readonly Handed[]): readonly string[] =>
  handed.map(
    (one) => `${names.filter((name) => one.names === undefined || one.names.some((shape) => shape.test(name))).join(" ")}${one.links ? " links" : ""}`,
  );
const all = names.join(" ");

test.each([
  [". -name *.ts", ["a.ts links"], []],
  ["src -type f -name *.ts -print0", ["a.ts"], []],
  ["-L . -type f -name *.ts", ["a.ts links"], []],
  [". -name *.ts -o -name *.md", ["a.ts links", "b.md links"], []],
  [". ( -name *.ts -o -name *.md ) -type f -print", ["a.ts b.md"], []],
  [". ( -name *.ts -o -type f )", [`${all} links`], []],
  [". ! -name *.ts", [`${all} links`], []],
  [". -name node_modules -prune -o -name *.ts -print", ["a.ts links"], []],
  [". -name *.ts -exec cat {} +", [], ["a.ts links"]],
  [". -exec cat {} ; -name *.ts", [], [`${all} links`]],
  [". -name *.ts -exec ls {} ;", [], []],
  [". -name *.ts -exec cat {} ; -o -exec head {} ;", [], ["a.ts links", `${all} links`]],
  [". -name [a-z]*", [`${all} links`], []],
  [". -name *.ts -printf %p", [], []],
])("find %s", (text, listed, shown) => {
  const reading = readFind(text.split(" "));
  expect(reading === undefined ? undefined : [told(reading.listed), told(reading.shown)]).toEqual([listed, shown]);
});

test.each([". -name *.ts -delete", ". ! ( -name *.ts )", ". ( -name *.ts", ". -name", ". -fprint x", ". -exec cat {}"])("find %s is not understood", (text) => {
  expect(readFind(text.split(" "))).toBeUndefined();
});
