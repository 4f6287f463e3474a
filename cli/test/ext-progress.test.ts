import { expect, test } from "vitest";
import { openProgress } from "../src/ext/progress.ts";

function shown(
  interactive: boolean,
  json: boolean,
  steps: readonly (readonly [atMs: number, what: string, of: string, bytes?: number, total?: number])[],
): readonly string[] {
  const said: string[] = [];
  let now = 0;
  const progress = openProgress({ say: (text) => void said.push(text), interactive, columns: 40 }, json, () => now);
  for (const [atMs, what, of, bytes, total] of steps) {
    now = atMs;
    progress.step({ what, of, ...(bytes === undefined ? {} : { bytes }), ...(total === undefined ? {} : { total }) });
  }
  progress.stop();
  return said;
}

test("nobody who waits less than a second hears anything", () => {
  expect(
    shown(true, false, [
      [10, "refresh", "x"],
      [900, "fetch", "y"],
    ]),
  ).toEqual([]);
});

test("on a terminal one line changes, not too fast, and is gone at the end", () => {
  const said = shown(true, false, [
    [1100, "fetch", "acme/x@1.0.0", 0, 200],
    [1110, "fetch", "acme/x@1.0.0", 50, 200],
    [1300, "fetch", "acme/x@1.0.0", 100, 200],
    [1301, "fetch", "acme/x@1.0.0", 200, 200],
  ]);
  expect(said.map((text) => text.trim())).toEqual(["fetching acme/x@1.0.0 0 %", "fetching acme/x@1.0.0 50 %", "fetching acme/x@1.0.0 100 %", ""]);
  expect(said.every((text) => text.startsWith("\r"))).toBe(true);
});

test("otherwise each thing that begins has a plain line, once", () => {
  expect(
    shown(false, false, [
      [500, "refresh", "early"],
      [1100, "fetch", "x", 1, 9],
      [1200, "fetch", "x", 5, 9],
      [1300, "install", "x"],
    ]),
  ).toEqual(["fetching x\n", "installing x\n"]);
});

test("with --json there is none", () => {
  expect(shown(true, true, [[5000, "fetch", "x"]])).toEqual([]);
});

test("what a marketplace is called moves no cursor and is never more than a line", () => {
  const [line] = shown(true, false, [[2000, "refresh", `\u001b[2J\u202e\n${"x".repeat(100)}`]]);
  expect(line).toBe(`\rrefreshing \\x1b[2J\\u{202e} ${"x".repeat(12)}`.slice(0, 40));
});
