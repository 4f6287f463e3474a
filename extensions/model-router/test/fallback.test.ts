import { ClawError, type ModelEvent } from "@claw/kernel";
import { expect, test } from "vitest";
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

test("a reply that was begun is not handed to another model", async () => {
  const one = scripted([info("alpha")], says([text("I will")], down()));
  const two = scripted([info("beta")]);
  const { events, error } = await heard(router(slotOf({ one, two }), { retries: 0, fallback: ["two/beta"] }).models.stream(request, never));
  expect([brief(events), (error as ClawError).code, two.asked]).toEqual([["I will"], "MODEL_UNAVAILABLE", []]);
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

test("a fallback without the effort asked for answers without it", async () => {
  const one = scripted([info("alpha", { efforts: ["low", "high"] })], says([], down()));
  const two = scripted([info("beta")], says([end]));
  await heard(router(slotOf({ one, two }), { retries: 0, fallback: ["two/beta"], effort: "high" }).models.stream(request, never));
  expect([one.asked[0]?.effort, two.asked]).toEqual(["high", [{ ...request, model: "beta" }]]);
});
