import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ClawError, type ModelEvent, type ModelProvider, Providers, type TurnEvent, defineExtension } from "@claw/kernel";
import { type TestKernel, type TestKernelOptions, testKernel } from "@claw/testing";
import { expect, test } from "vitest";
import extension from "../src/index.ts";
import { end, info, says, scripted, text } from "./fakes.ts";

const priced = (id: string, input: number) => info(id, { contextWindow: 100_000, price: { input, output: 0 } });
const used = (inputTokens: number): ModelEvent => ({ type: "usage", usage: { inputTokens, outputTokens: 0 } });
/** Soon enough that nobody has to wait for it. */
const busy = new ClawError("MODEL_OVERLOADED", "one is busy", { retryAfterMs: 0 }, { retryable: true });

async function kernelOf(
  providers: Readonly<Record<string, ModelProvider>>,
  limits: NonNullable<TestKernelOptions["limits"]>,
  router: object,
): Promise<TestKernel> {
  return testKernel({
    limits,
    extensions: [
      { manifest: JSON.parse(readFileSync(join(import.meta.dirname, "../extension.json"), "utf8")) as never, extension },
      ...Object.entries(providers).map(([name, provider]) => ({
        manifest: {
          name: `acme/${name}`,
          version: "1.0.0",
          engines: { claw: "^1.0.0" },
          main: "./dist/index.mjs",
          provides: { provider: { [name]: { description: "a provider" } } },
          permissions: {},
        },
        extension: defineExtension((claw) => void claw.provide(Providers, name as never, provider as never)),
      })),
    ],
    config: { "claw/model-router": { default: "one/alpha", retries: 1, patienceMs: 1, ...router } },
  });
}

const ends = (events: readonly TurnEvent[]): readonly unknown[] => events.flatMap((event) => (event.type === "turn-end" ? [event.limit ?? event.reason] : []));

test("tokens of an attempt that failed count toward the limit", async () => {
  const one = scripted([priced("alpha", 1)], says([used(600), text("half")], busy), says([used(500), text("whole"), end]), says([used(1), text("more"), end]));
  await using harness = await kernelOf({ one }, { tokens: 1000 }, {});
  const session = await harness.open();
  expect(ends(await harness.prompt(session, "go"))).toEqual(["done"]);
  expect(ends(await harness.prompt(session, "on"))).toEqual(["tokens"]);
  expect(one.asked.length).toBe(2);
});

test("money counts through a fallback, each model at its own price, what failed too", async () => {
  // 0.6 dollars that came to nothing, and 0.5 of the other model's.
  const one = scripted([priced("alpha", 1000)], says([used(600)], new ClawError("MODEL_OVERLOADED", "busy", { retryAfterMs: 60_000 }, { retryable: true })));
  const two = scripted([priced("beta", 5000)], says([used(100), text("whole"), end]));
  await using harness = await kernelOf({ one, two }, { usd: 1 }, { fallback: ["two/beta"] });
  const session = await harness.open();
  const events = await harness.prompt(session, "go");
  expect(ends(events)).toEqual(["done"]);
  const reply = events.find((event) => event.type === "reply");
  expect(reply).toMatchObject({ model: "two/beta", usage: { costUsd: 0.5 }, wasted: { costUsd: 0.6 } });
  expect(ends(await harness.prompt(session, "on"))).toEqual(["money"]);
  expect([one.asked.length, two.asked.length]).toEqual([1, 1]);
});
