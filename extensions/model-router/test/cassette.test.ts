import { type Cassette, ClawError, ModelsService, type ModelRequest, type Models, Providers, defineExtension } from "@claw/kernel";
import { testKernel } from "@claw/testing";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import extension from "../src/index.ts";
import { end, fakeTiming, heard, info, never, request, router, says, scripted, slotOf, text } from "./fakes.ts";

const recorded = { address: "gone/old", info: info("old") };

test("a replay wakes no provider, whatever model is asked for, and waits for nothing", async () => {
  const seen: ModelRequest[] = [];
  const cassette: Cassette = {
    mode: "replay",
    model: async () => recorded,
    async *stream(asked) {
      if (seen.push(asked) === 1) throw new ClawError("MODEL_OVERLOADED", "busy then", {}, { retryable: true });
      yield* [text("again"), end];
    },
  };
  const providers = slotOf({ one: scripted([info("alpha")]) });
  const { models, timing } = router(providers, {}, { cassette });
  expect([await models.resolve("whatever/there-is", never), await models.list(never)]).toEqual([recorded, [recorded]]);
  const { events } = await heard(models.stream({ ...request, model: "gone/old" }, never));
  expect(events.map((event) => (event.type === "retry" ? `retry ${event.delayMs}` : event.type))).toEqual(["retry 0", "text-delta", "end"]);
  expect([[...providers.woken], timing.waits, seen.map(({ model }) => model)]).toEqual([[], [], ["old", "old"]]);
});

test("a recording stands between the router and the provider, for every attempt", async () => {
  const passed: string[] = [];
  const cassette: Cassette = {
    mode: "record",
    model: async () => undefined,
    async *stream(asked, model, next, signal) {
      passed.push(`${model.address} as ${asked.model}`);
      yield* next(asked, signal);
    },
  };
  const provider = scripted([info("alpha")], says([text("ha")]), says([text("half"), end]));
  const { events } = await heard(router(slotOf({ one: provider }), {}, { cassette, timing: fakeTiming() }).models.stream(request, never));
  expect([events.map(({ type }) => type), passed]).toEqual([
    ["text-delta", "retry", "text-delta", "end"],
    ["one/alpha as alpha", "one/alpha as alpha"],
  ]);
});

test("in a kernel the service answers through a provider of another extension", async () => {
  const provider = scripted([info("alpha")], says([text("hello"), end]));
  await using harness = await testKernel({
    extensions: [
      { manifest: JSON.parse(readFileSync(join(import.meta.dirname, "../extension.json"), "utf8")), extension },
      {
        manifest: {
          name: "acme/one",
          version: "1.0.0",
          engines: { claw: "^1.0.0" },
          main: "./dist/index.mjs",
          provides: { provider: { one: { description: "a provider" } } },
          permissions: {},
        },
        extension: defineExtension((claw) => void claw.provide(Providers, "one" as never, provider as never)),
      },
    ],
    config: { "claw/model-router": { default: "one/alpha" } },
  });
  const models = (await harness.kernel.service(ModelsService.id)) as Models;
  expect(await heard(models.stream({ ...request, model: (await models.resolve(undefined, never)).address }, never))).toEqual({ events: [text("hello"), end] });
});
