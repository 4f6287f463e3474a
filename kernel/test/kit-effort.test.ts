import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ModelInfo } from "../src/contracts/model.ts";
import { acceptedEffort, effortLevels, loweredEffort } from "../kit/effort.ts";

const info = (efforts?: readonly string[]): ModelInfo => ({
  id: "m",
  contextWindow: 1,
  tools: true,
  reasoning: true,
  ...(efforts === undefined ? {} : { efforts }),
});
const level = fc.constantFrom(...effortLevels);

describe("an effort", () => {
  test("is taken when the model has it, and when nothing is known of the model", () => {
    expect([
      acceptedEffort({ model: "m", effort: "high" }, info(["low", "high"]), "p"),
      acceptedEffort({ model: "m", effort: "ultra" }, undefined, "p"),
      acceptedEffort({ model: "m" }, info(["low"]), "p"),
      acceptedEffort({ model: "m" }, info(), "p"),
    ]).toEqual(["high", "ultra", undefined, undefined]);
  });

  test.each([
    [["low", "high"], 'm has the efforts low, high, not "max"', "use one of low, high"],
    [[], 'm has no levels of effort, not "max"', "leave out the effort"],
    [undefined, 'm has no levels of effort, not "max"', "leave out the effort"],
  ])("is refused with the list when the model has %j", (efforts, message, fix) => {
    expect(() => acceptedEffort({ model: "m", effort: "max" }, info(efforts), "p")).toThrow(
      expect.objectContaining({ code: "MODEL_REFUSED", message, fix, retryable: false, data: { provider: "p", kind: "effort" } }),
    );
  });

  test("is never refused because of a name that every object has", () => {
    for (const effort of ["constructor", "__proto__", "length"])
      expect(() => acceptedEffort({ model: "m", effort }, info(["low"]), "p")).toThrow("has the efforts low");
  });
});

describe("a lowered effort", () => {
  test("is the strongest that the model has and that is no stronger than the one wanted", () => {
    fc.assert(
      fc.property(level, fc.uniqueArray(level), (wanted, levels) => {
        const lowered = loweredEffort(wanted, levels);
        const rank = (one: (typeof effortLevels)[number]): number => effortLevels.indexOf(one);
        const possible = levels.filter((one) => rank(one) <= rank(wanted));
        expect(lowered).toBe(possible.find((one) => possible.every((other) => rank(other) <= rank(one))));
      }),
    );
  });

  test("is none where there is none, and passes over levels that nobody ranks", () => {
    expect([loweredEffort("high", undefined), loweredEffort("low", ["high"]), loweredEffort("high", ["turbo", "low"])]).toEqual([undefined, undefined, "low"]);
    expect([loweredEffort("turbo", ["low"]), loweredEffort("high", ["turbo"])]).toEqual([undefined, undefined]);
  });
});
