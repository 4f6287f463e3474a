import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

/** Runs the child process, whose extension leaves an error behind in one way, and answers what was attributed. */
function attributed(way: string): unknown {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--conditions=claw-source", join(import.meta.dirname, "stray-process.ts"), way], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as unknown;
}

const fault = (message: string) => ({ extension: "acme/sloppy", where: "code nobody waited for", code: "EXTENSION_FAILED", message });

test.each([
  "a promise in activate",
  "a promise in a tool",
  "a promise in a tap",
  "a promise after a wait",
  "a timer",
  "a microtask",
  "a socket",
  "a promise while its module loads",
])("an error that %s leaves behind is its extension's", (way) => {
  expect(attributed(way)).toEqual([fault(way)]);
});

test("an error of the program's own is nobody's", () => {
  expect(attributed("the program")).toEqual([null]);
});
