import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const fuzz = (...args: readonly string[]) =>
  spawnSync(process.execPath, ["--conditions=claw-source", join(import.meta.dirname, "main.ts"), ...args], {
    encoding: "utf8",
    timeout: 15_000,
    env: { ...process.env, CLAW_FUZZ_SLACK: "40" },
  });

test("a second of generated inputs for every reader of what nobody vouches for breaks none of them", () => {
  const { status, stdout, stderr } = fuzz("--seconds", "1");
  expect([status, stderr]).toEqual([0, ""]);
  const counts = [...stdout.matchAll(/^ok {5}(\S+) +(\d+) inputs in [\d.]+ s: (\d+) accepted, (\d+) ways of refusing/gm)].map(([, target, ...numbers]) => ({
    target,
    tells: numbers.map(Number).every((number, at) => number > (target === "shell-text" ? [100, 100, -1] : [1000, 100, 0])[at]!),
  }));
  expect(counts.toSorted((a, b) => (a.target ?? "").localeCompare(b.target ?? ""))).toEqual(
    ["archive", "names", "shell-text", "signature-bundle", "strict-json", "versions"].map((target) => ({ target, tells: true })),
  );
});

test("the same seed makes the same inputs", () => {
  const one = fuzz("names", "--count", "2000", "--seed", "7").stdout.replaceAll(/in [\d.]+ s|slowest .*/g, "");
  expect(one).toMatch(/2000 inputs/);
  expect(fuzz("names", "--count", "2000", "--seed", "7").stdout.replaceAll(/in [\d.]+ s|slowest .*/g, "")).toBe(one);
});
