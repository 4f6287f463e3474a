import { expect, test } from "vitest";
import { defaultSteps, limitsOf } from "../src/limits.ts";
import { parse } from "./catalogue.ts";

test("limits of flags come before those of settings", () => {
  expect(limitsOf({ steps: 10, usd: 1 }, parse("--max-turns", "3", "--timeout", "1.5", "--max-tokens=100"))).toEqual({
    steps: 3,
    usd: 1,
    seconds: 1.5,
    tokens: 100,
  });
  expect(limitsOf({ steps: 10 }, parse("--max-budget-usd", "0.05"))).toEqual({ steps: 10, usd: 0.05 });
});

test("a turn has a limit where nobody sets one", () => {
  expect(defaultSteps).toEqual({ key: "limits.steps", value: 500, layer: "default", source: "claw" });
});

test.each([
  ["--max-turns", "0"],
  ["--max-turns", "1.5"],
  ["--max-turns", "many"],
  ["--max-turns", ""],
  ["--max-turns", "-1"],
  ["--max-tokens", "1e30"],
  ["--timeout", "Infinity"],
  ["--timeout", "NaN"],
  ["--max-budget-usd", "0"],
  ["--max-budget-usd", "$5"],
])("%s %s is refused", (flag, value) => {
  expect(() => limitsOf({}, parse(flag, value))).toThrow(
    expect.objectContaining({ code: "USAGE", message: expect.stringMatching(new RegExp(`^${flag} takes a (whole )?number above 0, not `)) }),
  );
});
