import { expect, test } from "vitest";
import { createAnalyser } from "../../../extensions/shell-analysis/src/analyser.ts";
import { Oracle, place } from "./oracle.ts";
import { refused } from "./refused.ts";

test("what bash refuses is not said to only read", () => {
  const { analyse } = createAnalyser();
  expect(refused.filter((text) => analyse(text, place).class === "read-only")).toEqual([]);
});

test("bash refuses it", async () => {
  using oracle = new Oracle();
  expect(await oracle.runAll(refused, 2)).toEqual({ same: true, refused });
});
