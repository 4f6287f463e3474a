import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ClawError, type ModelProvider, type Refreshed } from "@claw/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { modelsCommand } from "../src/models-command.ts";
import { readRefresh, writeRefresh, type StoredRefresh } from "../src/refresh-file.ts";
import { isRefreshed, sifted } from "../src/refreshed.ts";
import { cacheFolder, partsOf, run } from "./command-call.ts";
import { info, never, router, scripted, slotOf } from "./fakes.ts";

const at = "2026-11-22T08:00:00.000Z";
const price = { input: 4, output: 20 };
const source = (...facts: readonly string[]) => ({ facts, from: "the list of api.one.test", date: "2026-11-22" });

function vendor(list: readonly Refreshed[] | Error, host: string | undefined = "api.one.test"): ModelProvider {
  return {
    ...scripted([info("alpha", { price })]),
    async refresh() {
      if (list instanceof Error) throw list;
      return list;
    },
    status: async () => ({ ready: true, ...(host === undefined ? {} : { host }) }),
  };
}
const stored: StoredRefresh = { version: 1, provider: "one", host: "api.one.test", at, models: [{ id: "beta", contextWindow: 9 }] };

describe("claw models --refresh", () => {
  test("asks each provider that can be asked, keeps what it says, and counts it from then on", async () => {
    using cache = cacheFolder();
    const one = vendor([{ id: "alpha", contextWindow: 5 }, { id: "beta", contextWindow: 77, images: true }, { id: "gamma" }]);
    const parts = partsOf(slotOf({ one, two: scripted([]) }), cache.path);
    const ran = await run(modelsCommand, ["--refresh"], parts, { json: true });
    expect(ran).toMatchObject({ code: 0, said: ["two has no list to ask for", "asking api.one.test for its models …", "one lists 3 models"] });
    expect(ran.emitted).toEqual([
      { type: "model", address: "one/alpha", id: "alpha", contextWindow: 5, tools: true, reasoning: false, price, sources: [source("contextWindow")] },
      {
        type: "model",
        address: "one/beta",
        id: "beta",
        contextWindow: 77,
        images: true,
        tools: true,
        reasoning: false,
        sources: [source("contextWindow", "images")],
      },
    ]);
    expect((await run(modelsCommand, [], parts, { json: true })).emitted).toEqual(ran.emitted);
    const file = join(cache.path, "models/one.json");
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ version: 1, provider: "one", host: "api.one.test", at });
    expect([readdirSync(join(cache.path, "models")), statSync(file).mode & 0o077]).toEqual([["one.json"], 0]);
    const { models } = router(parts.providers, {}, { cache: cache.path });
    expect((await models.resolve("beta", never)).address).toBe("one/beta");
    expect((await models.resolve("one/beta", never)).info.contextWindow).toBe(77);
  });

  test("says of a provider that fails that it did, and goes on; 1 if none answers", async () => {
    using cache = cacheFolder();
    const offline = new ClawError(
      "NETWORK_OFFLINE",
      "claw is offline, so api.one.test was not contacted",
      { host: "api.one.test" },
      { fix: "run without --offline" },
    );
    const both = partsOf(slotOf({ one: vendor(offline), two: vendor([]) }), cache.path);
    expect(await run(modelsCommand, ["--refresh"], both)).toMatchObject({
      code: 0,
      said: expect.arrayContaining([
        "! one was not refreshed: claw is offline, so api.one.test was not contacted (run without --offline)",
        "two lists 0 models",
      ]),
    });
    const alone = await run(modelsCommand, ["--refresh", "--provider", "one"], both, { json: true });
    expect(alone.code).toBe(1);
    expect(alone.emitted[0]).toEqual({
      type: "warning",
      message: "one was not refreshed: claw is offline, so api.one.test was not contacted (run without --offline)",
      provider: "one",
      code: "NETWORK_OFFLINE",
      fix: "run without --offline",
    });
    expect(alone.emitted[1]).toMatchObject({ address: "one/alpha" });
  });

  test("a provider that answers with no list is told so, and what was stored stays", async () => {
    using cache = cacheFolder();
    await writeRefresh(cache.path, stored);
    const ran = await run(modelsCommand, ["--refresh"], partsOf(slotOf({ one: vendor({} as never) }), cache.path));
    expect(ran).toMatchObject({
      code: 1,
      said: expect.arrayContaining(["! one was not refreshed: the provider one answered refresh with something that is no list of models"]),
    });
    expect(await readRefresh(cache.path, "one", () => undefined)).toEqual(stored);
  });

  test("entries that make no sense are left out and counted, and wrong fields of the others do not count", () => {
    const answer = [{ id: "a", contextWindow: "many", images: true, extra: 1 }, { id: "" }, null, "b", { id: "x\u001b[2J" }, { id: "a", tools: true }];
    expect(sifted(answer)).toEqual({ models: [{ id: "a", tools: true }], left: 5 });
    expect(sifted({ data: [] })).toBe(undefined);
  });
});

describe("what is stored of a refresh", () => {
  test("is read by nobody who names a model that came with its provider", async () => {
    using cache = cacheFolder();
    mkdirSync(join(cache.path, "models"), { recursive: true });
    writeFileSync(join(cache.path, "models/one.json"), "{ damaged");
    const { models, warnings } = router(slotOf({ one: vendor([]) }), {}, { cache: cache.path });
    await models.resolve("one/alpha", never);
    await models.resolve("alpha", never);
    expect(warnings).toEqual([]);
    await expect(models.resolve("one/beta", never)).rejects.toMatchObject({ code: "MODEL_UNKNOWN" });
    expect(warnings).toEqual([`${join(cache.path, "models/one.json")} is damaged and counts for nothing; claw models --refresh writes it anew`]);
  });

  test("counts only for the host that said it", async () => {
    using cache = cacheFolder();
    await writeRefresh(cache.path, stored);
    const here = router(slotOf({ one: vendor([]) }), {}, { cache: cache.path });
    expect((await here.models.resolve("one/beta", never)).info.contextWindow).toBe(9);
    const elsewhere = router(slotOf({ one: vendor([], "other.test") }), {}, { cache: cache.path });
    await expect(elsewhere.models.resolve("one/beta", never)).rejects.toMatchObject({ code: "MODEL_UNKNOWN" });
    expect(elsewhere.warnings).toEqual(["what api.one.test said of its models counts for nothing at other.test; claw models --refresh asks it"]);
  });

  test("gives way to what the person knows", async () => {
    using cache = cacheFolder();
    await writeRefresh(cache.path, stored);
    const { models } = router(slotOf({ one: vendor([]) }), { known: [{ address: "one/beta", contextWindow: 4 }] }, { cache: cache.path });
    expect((await models.resolve("one/beta", never)).info.contextWindow).toBe(4);
  });

  test.each<[string, unknown]>([
    ["another version", { ...stored, version: 2 }],
    ["another provider's", { ...stored, provider: "two" }],
    ["a field too many", { ...stored, note: 1 }],
    ["a model without a name", { ...stored, models: [{ contextWindow: 1 }] }],
    ["a model twice", { ...stored, models: [{ id: "a" }, { id: "a" }] }],
    ["a field of a model that there is not", { ...stored, models: [{ id: "a", secret: "x" }] }],
    ["a negative context", { ...stored, models: [{ id: "a", contextWindow: -1 }] }],
    ["a price without its output", { ...stored, models: [{ id: "a", price: { input: 1 } }] }],
    ["a source without a date", { ...stored, models: [{ id: "a", sources: [{ from: "x" }] }] }],
    ["a date that is none", { ...stored, at: "yesterday" }],
    ["a list", [stored]],
    ["null", null],
  ])("that is %s counts for nothing, and that is said", async (_what, value) => {
    using cache = cacheFolder();
    mkdirSync(join(cache.path, "models"), { recursive: true });
    writeFileSync(join(cache.path, "models/one.json"), JSON.stringify(value));
    const warnings: string[] = [];
    expect([await readRefresh(cache.path, "one", (message) => void warnings.push(message)), warnings.length]).toEqual([undefined, 1]);
  });

  test("is the same when it is read as when it was written, whatever a vendor says", async () => {
    const model = fc.record(
      {
        id: fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 40 }),
        contextWindow: fc.integer({ min: 1, max: 2 ** 40 }),
        tools: fc.boolean(),
        efforts: fc.array(fc.constantFrom("low", "high"), { maxLength: 3 }),
        thinking: fc.constantFrom("adaptive" as const, "budget" as const, "effort" as const),
        price: fc.record({ input: fc.double({ min: 0, max: 1e6, noNaN: true }), output: fc.constant(1) }),
      },
      { requiredKeys: ["id"] },
    );
    using cache = cacheFolder();
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(model, { selector: ({ id }) => id, maxLength: 20 }), async (models) => {
        const kept = JSON.parse(JSON.stringify(sifted(models)?.models)) as readonly Refreshed[];
        expect(kept.every(isRefreshed)).toBe(true);
        await writeRefresh(cache.path, { ...stored, models: kept });
        expect(await readRefresh(cache.path, "one", () => expect.unreachable())).toEqual({ ...stored, models: kept });
      }),
      { numRuns: 50 },
    );
  });

  test("whatever a provider answers, what is kept of it is sound", () => {
    fc.assert(
      fc.property(fc.anything(), fc.array(fc.anything()), (one, many) => {
        for (const answer of [one, many, [{ id: "a", contextWindow: one, price: one, sources: one, efforts: many }]]) {
          const found = sifted(answer);
          expect(found === undefined || found.models.every(isRefreshed)).toBe(true);
        }
      }),
    );
  });
});
