import { ClawError, type ModelEvent } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import { end, heard, info, never, request, router, says, scripted, slotOf, text } from "./fakes.ts";

const down = (retryAfterMs?: number): ClawError =>
  new ClawError("MODEL_UNAVAILABLE", "one is down", { status: 503, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }, { retryable: true });
const brief = (events: readonly ModelEvent[]): readonly string[] =>
  events.map((event) => (event.type === "retry" ? event.message : event.type === "text-delta" ? event.text : event.type));

test("when a model stays down the next one answers, and the reply says which it was", async () => {
  const one = scripted([info("alpha")], says([], down()), says([], down()));
  const two = scripted([info("beta")], says([text("hi"), end]));
  const { events, error } = await heard(router(slotOf({ one, two }), { retries: 1, fallback: ["two/beta"] }).models.stream(request, never));
  expect([brief(events), error]).toEqual([["one is down", "one is down; going on with two/beta", "hi", "end"], undefined]);
  expect(events.at(-1)).toEqual({ type: "end", reason: "stop", model: "two/beta" });
  expect(events.map((event) => (event.type === "retry" ? event.model : ""))).toEqual([undefined, "two/beta", "", ""]);
  expect(two.asked).toEqual([{ ...request, model: "beta" }]);
});

test("the reply of the model asked for names no other", async () => {
  const { events } = await heard(router(slotOf({ one: scripted([info("alpha")], says([end])) }), { fallback: ["one/alpha"] }).models.stream(request, never));
  expect(events).toEqual([end]);
});

test("a wait beyond patience goes to the next model at once", async () => {
  const one = scripted([info("alpha")], says([], down(9_999_999)));
  const two = scripted([info("beta")], says([end]));
  const { events } = await heard(router(slotOf({ one, two }), { fallback: ["two/beta"] }).models.stream(request, never));
  expect(brief(events)).toEqual(["one is down; going on with two/beta", "end"]);
});

test("a reply that was begun is not handed to another model, and that is said", async () => {
  const one = scripted([info("alpha")], says([text("I will")], down()));
  const two = scripted([info("beta")]);
  const { events, error } = await heard(router(slotOf({ one, two }), { retries: 0, fallback: ["two/beta"] }).models.stream(request, never));
  expect([brief(events), (error as ClawError).code, two.asked]).toEqual([["I will"], "MODEL_UNAVAILABLE", []]);
  expect(error).toMatchObject({ message: "one is down (two/beta is not asked: the reply had been begun)" });
});

test("what no retry can help is no reason for another model", async () => {
  const refused = new ClawError("MODEL_REFUSED", "too long", { status: 400 });
  const two = scripted([info("beta")]);
  const { error } = await heard(
    router(slotOf({ one: scripted([info("alpha")], says([], refused)), two }), { fallback: ["two/beta"] }).models.stream(request, never),
  );
  expect([error, two.asked]).toEqual([refused, []]);
});

test("a fallback is not woken before it is needed, nor asked twice", async () => {
  const one = scripted([info("alpha")], says([end]), says([], down()));
  const providers = slotOf({ one, two: scripted([info("beta")], says([], down())) });
  const { models } = router(providers, { retries: 0, fallback: ["one/alpha", "two/beta", "two/beta"] });
  await heard(models.stream(request, never));
  expect([...providers.woken]).toEqual(["one"]);
  const { events, error } = await heard(models.stream(request, never));
  expect([brief(events), (error as ClawError).message]).toEqual([["one is down; going on with two/beta"], "one is down"]);
});

describe("a fallback without the effort asked for", () => {
  const strong = info("alpha", { efforts: ["low", "high"] });

  test("is passed over, and the next one is asked; both are said when it takes over", async () => {
    const one = scripted([strong], says([], down()));
    const two = scripted([info("beta", { efforts: ["low"] })]);
    const three = scripted([info("gamma", { efforts: ["high"] })], says([end]));
    const { models } = router(slotOf({ one, two, three }), { retries: 0, fallback: ["two/beta", "three/gamma"], effort: "high" });
    const { events, error } = await heard(models.stream(request, never));
    expect([brief(events), error, two.asked, three.asked]).toEqual([
      ['one is down; two/beta is passed over: two/beta has no effort "high"; it has the levels low; going on with three/gamma', "end"],
      undefined,
      [],
      [{ ...request, model: "gamma", effort: "high" }],
    ]);
  });

  test("is said at the first failure already, while the first may still answer, and at the end when nobody is left", async () => {
    const one = scripted([strong], says([], down()), says([], down()), says([], down()));
    const { models } = router(slotOf({ one, two: scripted([info("beta")]) }), { retries: 2, fallback: ["two/beta"], effort: "high" });
    const { events, error } = await heard(models.stream(request, never));
    const why = 'two/beta has no effort "high"; it has no levels of effort';
    expect(brief(events)).toEqual([`one is down; the fallback two/beta cannot answer: ${why}`, "one is down"]);
    expect(error).toMatchObject({
      code: "MODEL_UNAVAILABLE",
      retryable: true,
      message: `one is down (given up after 3 attempts; two/beta is passed over: ${why})`,
      data: { status: 503 },
    });
  });

  test("is asked with the strongest below it where that is allowed, and that is said", async () => {
    const one = scripted([strong], says([], down()));
    const two = scripted([info("beta", { efforts: ["low", "medium"] })], says([end]));
    const { models } = router(slotOf({ one, two }), { retries: 0, fallback: ["two/beta"], effort: "high", lowerEffort: true });
    const { events } = await heard(models.stream(request, never));
    expect([brief(events), two.asked]).toEqual([
      ['one is down; going on with two/beta with the effort "medium" in place of "high"', "end"],
      [{ ...request, model: "beta", effort: "medium" }],
    ]);
  });
});

describe("a fallback that there is not", () => {
  test("is an error before anything is asked, when that can be seen without waking anybody", async () => {
    const providers = slotOf({ one: scripted([info("alpha")]) }, { one: { models: ["alpha"] } });
    for (const [fallback, message, fix] of [
      ["openai/gpt-6", 'the fallback model openai/gpt-6 cannot be asked: no provider "openai" is installed', "claw ext add openai"],
      ["xyz/m", 'the fallback model xyz/m cannot be asked: no provider "xyz" is installed', "claw provider list --all shows what there is"],
      ["loop", 'the fallback model loop cannot be asked: the alias "loop" leads back to itself', "correct models.aliases in your settings"],
    ] as const) {
      const { events, error } = await heard(router(providers, { fallback: [fallback], aliases: { loop: "loop" } }).models.stream(request, never));
      expect([events, error]).toEqual([[], expect.objectContaining({ code: "MODEL_UNKNOWN", message, fix })]);
    }
    expect([...providers.woken]).toEqual([]);
  });

  test("is one of claw's own that is missing, although another cloud may have models of any name", async () => {
    const vertex = scripted([info("gemini")]);
    const providers = slotOf({ one: scripted([info("alpha")], says([end])), vertex }, { one: { models: ["alpha"] } });
    const { error } = await heard(router(providers, { fallback: ["openai/gpt-6"] }).models.stream(request, never));
    expect([error, [...providers.woken]]).toEqual([
      expect.objectContaining({
        code: "MODEL_UNKNOWN",
        message: 'the fallback model openai/gpt-6 cannot be asked: no provider "openai" is installed',
        fix: "claw ext add openai",
      }),
      [],
    ]);
    // What is no provider of anybody's may be the name of one of its models, and is found out when it is needed.
    expect((await heard(router(providers, { fallback: ["publishers/x"] }).models.stream(request, never))).error).toBeUndefined();
  });

  test("is said with the command that adds it, where it is only seen when it is needed", async () => {
    const one = scripted([info("alpha")], says([], down()), says([], down()));
    const providers = slotOf({ one }, { one: { models: ["openai/*"] } });
    const { events } = await heard(router(providers, { retries: 1, fallback: ["openai/gpt-6"] }).models.stream(request, never));
    expect(brief(events)).toEqual(['one is down; the fallback openai/gpt-6 cannot answer: no provider "openai" is installed (claw ext add openai)']);
  });

  test("is otherwise said at the first failure, and the next one is asked", async () => {
    const one = scripted([info("alpha")], says([], down()), says([], down()));
    const two = scripted([info("beta")], says([end]));
    const providers = slotOf({ one, two });
    const { models } = router(providers, { retries: 1, fallback: ["two/betta", "two/beta"] });
    const { events, error } = await heard(models.stream(request, never));
    const why = 'two has no model "betta"; did you mean two/beta?';
    expect([brief(events), error]).toEqual([
      [`one is down; the fallback two/betta cannot answer: ${why}`, `one is down; two/betta is passed over: ${why}; going on with two/beta`, "end"],
      undefined,
    ]);
  });
});

test("after all of them the failure is still retryable, and is the last one's", async () => {
  const providers = slotOf({ one: scripted([info("alpha")], says([], down())), two: scripted([info("beta")], says([], down(9_999_999))) });
  const { error } = await heard(router(providers, { retries: 0, fallback: ["two/beta"] }).models.stream(request, never));
  expect(error).toMatchObject({
    code: "MODEL_UNAVAILABLE",
    retryable: true,
    message: "one is down (it asks to wait 10000 s, longer than the 60 s of models.patienceMs)",
    data: { retryAfterMs: 9_999_999 },
  });
});

test("whatever was said before a fallback took over is void, and what it says is not mixed with it", async () => {
  const one = scripted([info("alpha")], says([text("half a ")], down()), says([], down()));
  const two = scripted([info("beta")], says([text("a whole answer"), end]));
  const { events } = await heard(router(slotOf({ one, two }), { retries: 1, fallback: ["two/beta"] }).models.stream(request, never));
  expect(brief(events)).toEqual(["half a ", "one is down", "one is down; going on with two/beta", "a whole answer", "end"]);
});
