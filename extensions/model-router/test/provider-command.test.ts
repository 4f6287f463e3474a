import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ClawError, type Command, type ModelProvider, Providers, defineExtension } from "@claw/kernel";
import { testKernel } from "@claw/testing";
import { expect, test } from "vitest";
import extension from "../src/index.ts";
import { providerCommand } from "../src/provider-command.ts";
import { firstParty } from "../src/first-party.ts";
import { cacheFolder, partsOf, run } from "./command-call.ts";
import { info, scripted, slotOf } from "./fakes.ts";

const alpha = [info("alpha")];
const ready: ModelProvider = { ...scripted(alpha), status: async () => ({ ready: true, host: "api.test", credential: "ONE_KEY" }) };
const keyless: ModelProvider = { ...scripted([]), status: async () => ({ ready: false, host: "b.test", problem: "there is no key", fix: "export B_KEY=…" }) };
const failing: ModelProvider = {
  ...scripted(alpha),
  status: () => Promise.reject(new ClawError("SETTINGS_INVALID", "baseUrl is no address", { problems: [] }, { fix: "correct it" })),
};
const providers = slotOf({ anthropic: ready, keyless, silent: scripted(alpha), failing });

test("claw provider list says of each whether it is ready, with what, and what to do", async () => {
  using cache = cacheFolder();
  const ran = await run(providerCommand, [], partsOf(providers, cache.path));
  expect([ran.code, ran.rows, ran.shown[1]]).toEqual([
    0,
    [
      ["anthropic", "yes", "1", "api.test", "ONE_KEY"],
      ["keyless", "no", "0", "b.test", ""],
      ["silent", "unknown", "1", "", ""],
      ["failing", "no", "", "", ""],
    ],
    { type: "markdown", text: "\nkeyless: there is no key\n  export B_KEY=…\nfailing: baseUrl is no address\n  correct it" },
  ]);
  expect((await run(providerCommand, ["list"], partsOf(slotOf({ anthropic: ready }), cache.path))).shown.map(({ type }) => type)).toEqual(["table"]);
  expect((await run(providerCommand, ["list"], partsOf(providers, cache.path), { json: true })).emitted).toEqual([
    { type: "provider", provider: "anthropic", extension: "test/anthropic", installed: true, ready: true, host: "api.test", credential: "ONE_KEY", models: 1 },
    {
      type: "provider",
      provider: "keyless",
      extension: "test/keyless",
      installed: true,
      ready: false,
      host: "b.test",
      problem: "there is no key",
      fix: "export B_KEY=…",
      models: 0,
    },
    { type: "provider", provider: "silent", extension: "test/silent", installed: true, ready: "unknown", models: 1 },
    { type: "provider", provider: "failing", extension: "test/failing", installed: true, ready: false, problem: "baseUrl is no address", fix: "correct it" },
  ]);
});

test("with --all it names claw's own that are not installed, and the command that adds each", async () => {
  using cache = cacheFolder();
  const { emitted } = await run(providerCommand, ["list", "--all", "--json"], partsOf(slotOf({ anthropic: ready }), cache.path));
  expect(emitted.slice(1)).toEqual(
    firstParty
      .filter(({ provider }) => provider !== "anthropic")
      .map(({ provider, extension: name }) => ({
        type: "provider",
        provider,
        extension: name,
        installed: false,
        ready: false,
        problem: "it is not installed",
        fix: `claw ext add ${name.slice(5)}`,
      })),
  );
  const { rows, shown } = await run(providerCommand, ["list", "--all"], partsOf(slotOf({ anthropic: ready }), cache.path));
  expect(rows.find(([name]) => name === "groq")).toEqual(["groq", "not installed", "", "", ""]);
  const text = shown.map((node) => (node.type === "markdown" ? node.text : "")).join("");
  expect(text).toContain("\nclaw ext add vertex\n  adds vertex, gemini\n");
  expect(text.match(/claw ext add compatible/g)).toHaveLength(1);
  expect((await run(providerCommand, [], partsOf(slotOf({}), cache.path))).said).toEqual(["no provider is installed; --all lists those there are"]);
});

test.each([
  [["frob"], 'provider has no verb "frob"'],
  [["list", "x"], 'provider list was given too much: "x"'],
  [["probe"], "provider probe needs a model: claw provider probe PROVIDER/MODEL"],
  [["probe", "a/b", "c"], 'provider probe was given too much: "c"'],
  [["--frob"], "provider: Unknown option '--frob'"],
])("%j is a mistake of usage", async (argv, message) => {
  using cache = cacheFolder();
  await expect(run(providerCommand, argv, partsOf(providers, cache.path))).rejects.toMatchObject({ code: "USAGE", message });
});

test("in a kernel both commands run, and reading them costs a session nothing", async () => {
  const manifest = JSON.parse(readFileSync(join(import.meta.dirname, "../extension.json"), "utf8")) as never;
  await using harness = await testKernel({
    extensions: [
      { manifest, extension },
      {
        manifest: {
          name: "acme/one",
          version: "1.0.0",
          engines: { claw: "^1.0.0" },
          main: "./dist/index.mjs",
          provides: { provider: { one: { description: "a provider" } } },
          permissions: {},
        },
        extension: defineExtension((claw) => void claw.provide(Providers, "one" as never, ready as never)),
      },
    ],
    config: { "claw/model-router": { default: "one/alpha" } },
  });
  for (const [name, address] of [
    ["models", "one/alpha"],
    ["provider", "one"],
  ] as const) {
    const command = await harness.kernel.entry<Command>("command", name);
    const { rows, said } = await run((call) => command?.run(call) ?? Promise.resolve(1), [], partsOf(providers, ""));
    expect([rows.map(([first]) => first), said]).toEqual([[address], []]);
  }
});
