import { ClawError, type ModelProvider } from "@claw/kernel";
import { expect, test } from "vitest";
import { modelsCommand } from "../src/models-command.ts";
import { tokens } from "../src/models-table.ts";
import { cacheFolder, partsOf, run } from "./command-call.ts";
import { info, never, scripted, slotOf } from "./fakes.ts";

const opus = info("claude-opus-5-5", {
  contextWindow: 1_000_000,
  maxOutputTokens: 128_000,
  images: true,
  efforts: ["low", "high"],
  price: { input: 4, output: 20, cacheRead: 0.2, cacheWrite: 5 },
  sources: [
    { facts: ["efforts"], from: "a page", date: "2026-11-20" },
    { from: "a list", date: "2026-11-10" },
  ],
});
const haiku = info("claude-haiku-5-5", {
  contextWindow: 200_000,
  images: false,
  price: { input: 0.1, output: 0.5, tiers: [{ inputTokensAbove: 100_000, input: 0.5, output: 2.5 }] },
});
const embed = info("embed-1", { tools: false, contextWindow: 8192 });
const broken: ModelProvider = {
  models: () => Promise.reject(new ClawError("MODEL_UNAVAILABLE", "no server", {}, { fix: "start it" })),
  stream: () => scripted([]).stream({} as never, never),
};
const providers = slotOf({ one: scripted([opus, haiku]), two: scripted([embed]) });
const settings = { default: "one/claude-opus-5-5" };

test("shows what there is to a person: what each model can do and costs, and how old that knowledge is", async () => {
  using cache = cacheFolder();
  const ran = await run(modelsCommand, [], partsOf(providers, cache.path, settings));
  expect(ran).toMatchObject({ code: 0, emitted: [], said: ["1 more call no tools; --all lists them too"] });
  expect(ran.shown[0]).toEqual({
    type: "table",
    columns: ["model", "context", "output", "efforts", "images", "tools", "$/M in", "out", "cache read", "write", "as of"],
    rows: [
      ["one/claude-opus-5-5", "1M", "128k", "low high", "yes", "yes", "4", "20", "0.2", "5", "2026-11-10"],
      ["one/claude-haiku-5-5", "200k", "", "", "no", "yes", "0.1+", "0.5+", "", "", ""],
    ],
  });
});

test("hands everything that is known to a program, one object a line", async () => {
  using cache = cacheFolder();
  const { emitted, shown } = await run(modelsCommand, ["--json", "--all"], partsOf(providers, cache.path, settings));
  expect([emitted, shown.filter(({ type }) => type === "table")]).toEqual([
    [
      { type: "model", address: "one/claude-opus-5-5", ...opus },
      { type: "model", address: "one/claude-haiku-5-5", ...haiku },
      { type: "model", address: "two/embed-1", ...embed },
    ],
    [],
  ]);
});

test.each([
  [["OPUS"], ["one/claude-opus-5-5"]],
  [["claude-*-5"], ["one/claude-opus-5-5", "one/claude-haiku-5-5"]],
  [["one/*haiku*"], ["one/claude-haiku-5-5"]],
  [["*haiku"], []],
  [["--provider", "two", "--all"], ["two/embed-1"]],
  [["--provider=one", "haiku"], ["one/claude-haiku-5-5"]],
])("%j shows %j", async (argv, addresses) => {
  using cache = cacheFolder();
  const { rows, code } = await run(modelsCommand, argv, partsOf(providers, cache.path, settings));
  expect([rows.map(([address]) => address), code]).toEqual([addresses, 0]);
});

test("says when nothing is meant, and when nothing is there", async () => {
  using cache = cacheFolder();
  expect((await run(modelsCommand, ["gpt"], partsOf(providers, cache.path, settings))).said).toEqual(['no model\'s name has "gpt" in it']);
  expect((await run(modelsCommand, [], partsOf(slotOf({ one: scripted([]) }), cache.path, { default: "x" }))).said[0]).toBe("there are no models");
});

test("a provider that cannot be listed is said, and the rest is listed", async () => {
  using cache = cacheFolder();
  const ran = await run(modelsCommand, [], partsOf(slotOf({ broken, one: scripted([opus]) }), cache.path, settings));
  expect([ran.rows.length, ran.said, ran.code]).toEqual([1, ["! the models of broken could not be listed: no server"], 0]);
  const { emitted } = await run(modelsCommand, ["--json"], partsOf(slotOf({ broken }), cache.path, { default: "broken/x" }));
  expect(emitted[0]).toEqual({
    type: "warning",
    message: "the models of broken could not be listed: no server",
    provider: "broken",
    code: "MODEL_UNAVAILABLE",
    fix: "start it",
  });
});

test("models of the settings that there are not are said here, and not on the day one is needed", async () => {
  using cache = cacheFolder();
  const ran = await run(
    modelsCommand,
    [],
    partsOf(providers, cache.path, {
      default: "one/claude-opos-5-5",
      fallback: ["gpt-6", "one/claude-haiku-5-5"],
      known: [{ address: "gone/m", contextWindow: 1 }, { address: "one/new" }],
    }),
  );
  expect(ran.said.filter((text) => text.startsWith("!"))).toEqual([
    '! models.default names one/claude-opos-5-5: one has no model "claude-opos-5-5"; did you mean one/claude-opus-5-5? (--model one/claude-opus-5-5)',
    '! models.fallback names gpt-6: there is no model "gpt-6"; claw/openai, which has models of such a name, is not installed (claw ext add openai)',
    "! models.known names gone/m, and no provider of that name is installed",
    "! models.known names one/new without its contextWindow, which nobody else knows",
  ]);
});

test.each([
  [["a", "b"], "USAGE", 'models was given too much: "b"', undefined],
  [["--frob"], "USAGE", "models: Unknown option '--frob'", undefined],
  [["--provider"], "USAGE", expect.stringContaining("--provider"), undefined],
  [["--provider", "openai"], "MODEL_UNKNOWN", 'no provider "openai" is installed', "claw ext add openai"],
  [["--provider", "onne"], "MODEL_UNKNOWN", 'no provider "onne" is installed; did you mean one?', "claw provider list --all"],
])("%j is refused in a sentence", async (argv, code, message, fix) => {
  using cache = cacheFolder();
  await expect(run(modelsCommand, argv, partsOf(providers, cache.path))).rejects.toMatchObject({ code, message, ...(fix === undefined ? {} : { fix }) });
});

test("numbers of tokens are short", () => {
  expect([undefined, 1, 999, 1000, 8192, 32_768, 262_144, 1_000_000, 1_048_576, 10_000_000].map(tokens)).toEqual([
    "",
    "1",
    "999",
    "1k",
    "8.2k",
    "33k",
    "262k",
    "1M",
    "1.05M",
    "10M",
  ]);
});
