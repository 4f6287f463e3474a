import type { ModelProvider } from "@claw/kernel";
import { expect, test } from "vitest";
import { split } from "../src/address.ts";
import { config, info, never, router, scripted, slotOf } from "./fakes.ts";

const anthropic = scripted([info("claude-sonnet-5-5", { aliases: ["sonnet"] }), info("claude-opus-5-5"), info("shared")]);
const local = scripted([info("meta/llama-4"), info("shared"), info("mini")]);
const broken: ModelProvider = { models: () => Promise.reject(new Error("no server")), stream: () => anthropic.stream(config as never, never) };
const models = (
  more: Parameters<typeof router>[1] = {},
  providers: Readonly<Record<string, ModelProvider>> = { anthropic, local },
): ReturnType<typeof router>["models"] =>
  router(slotOf(providers), {
    default: "anthropic/claude-sonnet-5-5",
    aliases: { fast: "local/mini", quick: "fast", loop: "pool", pool: "loop", empty: " " },
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
  ["", "no model is named", []],
  ["empty", "no model is named", []],
  ["constructor", 'there is no model "constructor"', []],
])("%s is no model, and what comes closest is named", async (written, message, suggestions) => {
  const error: unknown = await models()
    .resolve(written, never)
    .catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "MODEL_UNKNOWN", message, data: { suggestions: expect.arrayContaining(suggestions) }, fix: expect.any(String) });
});

test("a provider that is not installed names the command that shows what is", async () => {
  await expect(models().resolve("openai/gpt-6", never)).rejects.toMatchObject({ fix: "claw ext list shows what is installed" });
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

test("a model the person knows of counts without its provider listing it, and comes before what it lists", async () => {
  const known = [
    { address: "anthropic/claude-next", contextWindow: 7, tools: true, reasoning: true, images: false, efforts: [] },
    { address: "anthropic/shared", contextWindow: 9, tools: false, reasoning: false, images: false, efforts: [] },
  ];
  const { resolve, list } = models({ known });
  expect(await resolve("claude-next", never)).toEqual({
    address: "anthropic/claude-next",
    info: { id: "claude-next", contextWindow: 7, tools: true, reasoning: true, images: false, efforts: [] },
  });
  expect((await resolve("anthropic/shared", never)).info.contextWindow).toBe(9);
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
