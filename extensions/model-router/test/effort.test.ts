import type { ModelInfo } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import { fittedEffort, spareEffort } from "../src/effort.ts";
import { end, heard, info, never, request, router, says, scripted, slotOf } from "./fakes.ts";

test("an effort the model has goes with the request, one it lacks is refused by name", async () => {
  const provider = scripted([info("alpha", { efforts: ["low", "high"] })], says([end]), says([end]));
  const { models } = router(slotOf({ one: provider }), { effort: "high" });
  await heard(models.stream(request, never));
  await heard(models.stream({ ...request, effort: "low" }, never));
  expect(provider.asked.map(({ effort }) => effort)).toEqual(["high", "low"]);
  expect((await heard(models.stream({ ...request, effort: "huge" }, never))).error).toMatchObject({
    code: "MODEL_REFUSED",
    message: 'one/alpha has no effort "huge"; it has the levels low, high',
    fix: "--effort low, or high",
  });
  // Who asked for less than there is does not want the most there is.
  expect((await heard(models.stream({ ...request, effort: "minimal" }, never))).error).toMatchObject({ fix: "--effort low" });
  expect((await heard(models.stream({ ...request, effort: "medium" }, never))).error).toMatchObject({ fix: "--effort low" });
  expect((await heard(models.stream({ ...request, effort: "max" }, never))).error).toMatchObject({ fix: "--effort high" });
  expect(() => fittedEffort({ address: "one/beta", info: info("beta") }, "low", false)).toThrow('one/beta has no effort "low"; it has no levels of effort');
});

test("an effort the model lacks is lowered only where that is allowed, to the strongest below it, and each session is told once", async () => {
  const model = { address: "one/alpha", info: info("alpha", { efforts: ["low", "medium"] }) };
  expect(() => fittedEffort(model, "xhigh", false)).toThrow('one/alpha has no effort "xhigh"; it has the levels low, medium');
  expect(fittedEffort(model, "xhigh", true)).toEqual({ effort: "medium", lowered: 'with the effort "medium" in place of "xhigh"' });
  expect(fittedEffort(model, "low", true)).toEqual({ effort: "low" });
  expect(fittedEffort(model, undefined, true)).toEqual({});
  const provider = scripted([model.info], says([end]), says([end]));
  const { models } = router(slotOf({ one: provider }), { effort: "max", lowerEffort: true });
  const message = 'one/alpha is asked with the effort "medium" in place of "max"';
  expect((await heard(models.stream(request, never))).events).toEqual([{ type: "notice", code: "MODEL_EFFORT_LOWERED", message }, end]);
  expect((await heard(models.stream(request, never))).events).toEqual([end]);
  expect(provider.asked.map(({ effort }) => effort)).toEqual(["medium", "medium"]);
});

test("an effort is never raised, and one that there is not is never lowered; a model without levels is asked without one", () => {
  const strong = { address: "one/alpha", info: info("alpha", { efforts: ["high", "max"] }) };
  expect(() => fittedEffort(strong, "low", true)).toThrow('one/alpha has no effort "low"; it has the levels high, max');
  expect(() => fittedEffort(strong, "huge", true)).toThrow("one/alpha has no effort");
  const plain = { address: "one/beta", info: info("beta") };
  expect(fittedEffort(plain, "low", true)).toEqual({ lowered: 'without the effort "low": it has no levels of effort' });
  expect(() => fittedEffort(plain, "huge", true)).toThrow("one/beta has no effort");
});

describe("the effort of the settings is for the model of the settings", () => {
  const strong = info("alpha", { efforts: ["low", "max"] });
  const answers = (models: readonly ModelInfo[]) => scripted(models, says([end]), says([end]));

  test("another one, as a summary may have, is asked with what it has, and that is said", async () => {
    const [one, two] = [answers([strong]), answers([info("beta", { efforts: ["low", "medium"] }), info("plain"), info("keen", { efforts: ["high", "max"] })])];
    const { models } = router(slotOf({ one, two }), { effort: "max" });
    await heard(models.stream(request, never));
    expect((await heard(models.stream({ ...request, model: "two/beta", session: "s" }, never))).events[0]).toEqual({
      type: "notice",
      code: "MODEL_EFFORT_LOWERED",
      message: 'two/beta is asked with the effort "medium" in place of "max"',
    });
    await heard(models.stream({ ...request, model: "two/plain" }, never));
    expect([one.asked[0]?.effort, ...two.asked.map(({ effort }) => effort)]).toEqual(["max", "medium", undefined]);
  });

  test("a level that only the model of the settings knows, or none that is weak enough, is left out", () => {
    const model = { address: "two/beta", info: info("beta", { efforts: ["high"] }) };
    expect([spareEffort(model, "thorough"), spareEffort(model, "low"), spareEffort(model, "high"), spareEffort(model, undefined)]).toEqual([
      { lowered: 'without the effort "thorough", which it does not have' },
      { lowered: 'without the effort "low", which it does not have' },
      { effort: "high" },
      {},
    ]);
  });

  test("one that was asked for in the request itself is refused where it is not", async () => {
    const { models } = router(slotOf({ one: answers([strong]), two: answers([info("beta")]) }), { effort: "low" });
    expect((await heard(models.stream({ ...request, model: "two/beta", effort: "max" }, never))).error).toMatchObject({ code: "MODEL_REFUSED" });
    expect((await heard(router(slotOf({ one: answers([strong]) }), { effort: "high" }).models.stream(request, never))).error).toMatchObject({
      code: "MODEL_REFUSED",
    });
  });

  test("a default that is no model has none", async () => {
    const two = answers([info("beta")]);
    const { models } = router(slotOf({ two }), { default: "one/gone", effort: "max" });
    await heard(models.stream({ ...request, model: "two/beta" }, never));
    expect(two.asked.map(({ effort }) => effort)).toEqual([undefined]);
  });
});
