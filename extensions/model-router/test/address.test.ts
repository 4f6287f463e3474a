import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { ModelProvider } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import manifest from "../extension.json" with { type: "json" };
import { shippedDefault, split } from "../src/address.ts";
import { firstParty, type FirstParty } from "../src/first-party.ts";
import { config, end, heard, info, never, request, router, says, scripted, slotOf } from "./fakes.ts";

const anthropic = scripted([info("claude-sonnet-5-5", { aliases: ["sonnet"] }), info("claude-opus-5-5"), info("shared")]);
const local = scripted([info("meta/llama-4"), info("shared"), info("mini")]);
const broken: ModelProvider = { models: () => Promise.reject(new Error("no server")), stream: () => anthropic.stream(config as never, never) };
const models = (
  more: Parameters<typeof router>[1] = {},
  providers: Readonly<Record<string, ModelProvider>> = { anthropic, local },
): ReturnType<typeof router>["models"] =>
  router(slotOf(providers), {
    default: "anthropic/claude-sonnet-5-5",
    aliases: { fast: "local/mini", quick: "fast", loop: "pool", pool: "loop", empty: " ", dead: "nowhere" },
    ...more,
  }).models;

test("an address is split at its first slash", () => {
  expect([split("a/b/c"), split("b")]).toEqual([
    { provider: "a", id: "b/c" },
    { provider: undefined, id: "b" },
  ]);
});

test.each([
  [undefined, "anthropic/claude-sonnet-5-5"],
  ["anthropic/claude-opus-5-5", "anthropic/claude-opus-5-5"],
  [" fast ", "local/mini"],
  ["quick", "local/mini"],
  ["claude-opus-5-5", "anthropic/claude-opus-5-5"],
  ["mini", "local/mini"],
  ["local/meta/llama-4", "local/meta/llama-4"],
  ["meta/llama-4", "local/meta/llama-4"],
  ["shared", "anthropic/shared"],
  ["sonnet", "anthropic/claude-sonnet-5-5"],
  ["anthropic/sonnet", "anthropic/claude-sonnet-5-5"],
])("%s means %s", async (written, address) => {
  expect((await models().resolve(written, never)).address).toBe(address);
});

test.each([
  ["anthropic/claude-sonet-5-5", 'anthropic has no model "claude-sonet-5-5"; did you mean anthropic/claude-sonnet-5-5?', ["anthropic/claude-sonnet-5-5"]],
  ["sonet", 'there is no model "sonet"; did you mean anthropic/claude-sonnet-5-5?', ["anthropic/claude-sonnet-5-5"]],
  ["claude-opus-5-6", 'there is no model "claude-opus-5-6"; did you mean anthropic/claude-opus-5-5?', ["anthropic/claude-opus-5-5"]],
  ["antropic/claude-opus-5-5", 'no provider "antropic" is installed; did you mean anthropic/claude-opus-5-5?', ["anthropic/claude-opus-5-5"]],
  ["xyz/claude", 'no provider "xyz" is installed', []],
  ["zzzzzz", 'there is no model "zzzzzz"', []],
  ["loop", 'the alias "loop" leads back to itself', []],
  ["dead", 'there is no model "nowhere", which the alias "dead" stands for', []],
  ["anthropic/", '"anthropic/" names no model of anthropic', []],
  ["nobody/", '"nobody/" names no model of nobody', []],
  ["", "no model is named", []],
  ["empty", "no model is named", []],
  ["constructor", 'there is no model "constructor"', []],
])("%s is no model, and what comes closest is named", async (written, message, suggestions) => {
  const error: unknown = await models()
    .resolve(written, never)
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "MODEL_UNKNOWN", message, data: { suggestions: expect.arrayContaining(suggestions) }, fix: expect.any(String) });
});

test("a provider that is not installed names the command that adds it, or the one that shows what is", async () => {
  await expect(models().resolve("openai/gpt-6", never)).rejects.toMatchObject({ message: 'no provider "openai" is installed', fix: "claw ext add openai" });
  await expect(models().resolve("gemini/gemini-4", never)).rejects.toMatchObject({ fix: "claw ext add vertex" });
  await expect(models().resolve("nobody/m", never)).rejects.toMatchObject({ fix: "claw provider list --all shows what there is" });
});

test.each([
  ["gpt-6", "claw/openai", "openai/gpt-6", "claw ext add openai"],
  ["o3-mini", "claw/openai", "openai/o3-mini", "claw ext add openai"],
  ["gemini-4-pro", "claw/vertex", "gemini/gemini-4-pro", "claw ext add vertex"],
  ["us.anthropic.claude-opus-5-5-v1:0", "claw/bedrock", "bedrock/us.anthropic.claude-opus-5-5-v1:0", "claw ext add bedrock"],
  ["grok-5", "claw/compatible", "xai/grok-5", "claw ext add compatible"],
])("a bare name such as %s, whose provider is not installed, names the extension to add", async (name, extension, suggestion, fix) => {
  await expect(models().resolve(name, never)).rejects.toMatchObject({
    code: "MODEL_UNKNOWN",
    message: `there is no model "${name}"; ${extension}, which has models of such a name, is not installed`,
    data: { suggestions: [suggestion] },
    fix,
  });
});

test("claw's own providers are known as their manifests say", () => {
  const manifests = globSync("../../*/extension.json", { cwd: import.meta.dirname }).map(
    (path) =>
      JSON.parse(readFileSync(join(import.meta.dirname, path), "utf8")) as { readonly name: string; readonly provides?: { readonly provider?: object } },
  );
  const provided = manifests.flatMap(({ name, provides }) =>
    Object.entries((provides?.provider ?? {}) as Readonly<Record<string, { readonly models?: readonly string[] }>>).map(
      ([provider, { models: patterns = [] }]) => ({
        provider,
        extension: name,
        models: patterns,
      }),
    ),
  );
  const sorted = (list: readonly FirstParty[]): readonly FirstParty[] => list.toSorted((a, b) => a.provider.localeCompare(b.provider));
  expect(sorted(firstParty)).toEqual(sorted(provided));
});

test("a name that an installed provider claims is a mistyped one, and no reason for another extension", async () => {
  const providers = slotOf({ bedrock: scripted([info("claude-opus-5-5")]) }, { bedrock: { models: ["claude-*"] } });
  await expect(router(providers).models.resolve("claude-opus-5-6", never)).rejects.toMatchObject({ fix: "--model bedrock/claude-opus-5-5" });
  const other = slotOf({ other: scripted([info("m")]) }, { other: { models: ["m"] } });
  await expect(router(other).models.resolve("claude-opus-5-6", never)).rejects.toMatchObject({ fix: "claw ext add anthropic" });
});

test("a default that is a short name itself settles nothing: what comes with claw does", async () => {
  expect(shippedDefault).toBe(manifest.config.properties.default.default);
  for (const name of ["shared", "sonnet"]) expect((await models({ default: name }).resolve(name, never)).address).toMatch(/^anthropic\//);
});

test("what a provider lists comes before what another takes for granted of a name like its own", async () => {
  const cloud: ModelProvider = { ...scripted([info("mini-max")]), unlisted: (id) => info(id) };
  const providers = slotOf({ cloud, local }, { cloud: { models: ["mini*"] }, local: { models: [] } });
  expect((await router(providers).models.resolve("mini", never)).address).toBe("local/mini");
  expect((await router(providers).models.resolve("mini-2", never)).address).toBe("cloud/mini-2");
});

test("a bare name that several providers have is asked back, unless one of them is the default's", async () => {
  await expect(models({ default: "other/x" }).resolve("shared", never)).rejects.toMatchObject({
    code: "MODEL_UNKNOWN",
    message: '"shared" is offered more than once: anthropic/shared, local/shared',
    data: { suggestions: ["anthropic/shared", "local/shared"] },
  });
});

test("a bare name wakes only providers whose manifest may have it", async () => {
  const providers = slotOf(
    { anthropic, local, other: scripted([info("gpt-6")]) },
    { anthropic: { models: ["claude-*", "shared"] }, local: { models: ["mini", "meta/*-4"] }, other: { models: ["gpt-*"] } },
  );
  expect((await router(providers).models.resolve("mini", never)).address).toBe("local/mini");
  expect([...providers.woken]).toEqual(["local"]);
});

test("a short name is found even when the manifest names ids only, and costs a waking", async () => {
  const providers = slotOf({ anthropic, local }, { anthropic: { models: ["claude-*"] }, local: { models: ["sonn*"] } });
  expect((await router(providers).models.resolve("sonnet", never)).address).toBe("anthropic/claude-sonnet-5-5");
});

test("a model that is not listed is taken as its provider takes it, by its address or where the manifest may have it", async () => {
  const open = { ...anthropic, unlisted: (id: string) => (id.startsWith("claude-") || id === "odd" ? info(id, { contextWindow: 5 }) : undefined) };
  const providers = slotOf({ open, local }, { open: { models: ["claude-*"] }, local: { models: [] } });
  const { resolve } = router(providers).models;
  expect(await resolve("open/odd", never)).toEqual({ address: "open/odd", info: info("odd", { contextWindow: 5 }) });
  expect((await resolve("claude-new-6", never)).address).toBe("open/claude-new-6");
  await expect(resolve("odd", never)).rejects.toMatchObject({ code: "MODEL_UNKNOWN" });
  await expect(resolve("open/other", never)).rejects.toMatchObject({ code: "MODEL_UNKNOWN" });
});

test("a provider that cannot be asked does not stand in another's way, and is named when nobody has the model", async () => {
  const both = models({}, { broken, anthropic });
  expect((await both.resolve("claude-opus-5-5", never)).address).toBe("anthropic/claude-opus-5-5");
  await expect(both.resolve("qqqqq", never)).rejects.toMatchObject({ code: "MODEL_UNKNOWN", message: 'there is no model "qqqqq" (broken could not be asked)' });
  await expect(both.resolve("broken/x", never)).rejects.toThrow("no server");
});

describe("a model the person knows of", () => {
  const source = (...facts: readonly string[]) => ({ facts, from: "models.known of your settings", date: "2026-11-22" });

  test("counts without its provider listing it, and comes before what it lists", async () => {
    const known = [
      { address: "anthropic/claude-next", contextWindow: 7, images: true },
      { address: "anthropic/shared", contextWindow: 9, tools: false },
    ];
    const { resolve, list } = models({ known });
    expect(await resolve("claude-next", never)).toEqual({
      address: "anthropic/claude-next",
      info: { id: "claude-next", contextWindow: 7, tools: true, reasoning: false, images: true, sources: [source("contextWindow", "images")] },
    });
    expect((await resolve("anthropic/shared", never)).info).toEqual(
      info("shared", { contextWindow: 9, tools: false, sources: [source("contextWindow", "tools")] }),
    );
    expect((await list(never)).map(({ address }) => address)).toEqual([
      "anthropic/claude-next",
      "anthropic/shared",
      "anthropic/claude-sonnet-5-5",
      "anthropic/claude-opus-5-5",
      "local/meta/llama-4",
      "local/shared",
      "local/mini",
    ]);
  });

  test("keeps what its provider says where the person says nothing, and a price is the person's word", async () => {
    const listed = info("alpha", {
      efforts: ["low"],
      price: { input: 4, output: 20 },
      sources: [
        { facts: ["price", "efforts"], from: "a list", date: "2026-01-01" },
        { facts: ["price"], from: "another", date: "2026-01-01" },
        { from: "the rest", date: "2026-01-01" },
      ],
    });
    const price = { input: 1, output: 2 };
    const usage = { type: "usage", usage: { inputTokens: 1_000_000, outputTokens: 0 } } as const;
    const { models: own } = router(slotOf({ one: scripted([listed], says([usage, end])) }), { known: [{ address: "one/alpha", price }] });
    expect((await own.resolve("one/alpha", never)).info).toEqual({
      ...listed,
      price,
      sources: [source("price"), { facts: ["efforts"], from: "a list", date: "2026-01-01" }, { from: "the rest", date: "2026-01-01" }],
    });
    expect((await heard(own.stream(request, never))).events[0]).toMatchObject({ usage: { costUsd: 1 } });
  });

  test("is none while nobody knows how much it can be given", async () => {
    const known = [{ address: "local/new", tools: true }];
    expect((await models({ known }).list(never)).map(({ address }) => address)).not.toContain("local/new");
    await expect(models({ known }).resolve("local/new", never)).rejects.toMatchObject({ code: "MODEL_UNKNOWN" });
    const open = { ...local, unlisted: (id: string) => info(id, { contextWindow: 77 }) };
    expect((await models({ known }, { local: open }).resolve("new", never)).info).toMatchObject({ contextWindow: 77, tools: true });
  });
});

test("a list leaves out a provider that fails, and says so", async () => {
  const { models: all, warnings } = router(slotOf({ broken, anthropic }));
  expect((await all.list(never)).length).toBe(3);
  expect(warnings).toEqual(["the models of broken could not be listed: no server"]);
});

test("a model once found is not asked for again", async () => {
  let asked = 0;
  const counted: ModelProvider = { models: async () => ((asked += 1), [info("m")]), stream: () => anthropic.stream(config as never, never) };
  const { resolve } = models({}, { counted });
  await resolve("counted/m", never);
  await resolve("counted/m", never);
  expect(asked).toBe(1);
});
