import { expect, test } from "vitest";
import { createProvider } from "../src/provider.ts";

const { CLAW_LIVE, ANTHROPIC_MODEL: model = "" } = process.env;

test.skipIf(CLAW_LIVE !== "1" || model === "")("Claude answers, live", { timeout: 120_000 }, async () => {
  const provider = createProvider({
    http: { fetch },
    secrets: { get: async (name) => process.env[name] },
    host: { version: "1.0.0", now: () => new Date(), environment: {} },
    config: {
      baseUrl: process.env["ANTHROPIC_BASE_URL"] ?? "https://api.anthropic.com",
      idleTimeoutMs: 60_000,
      headers: {},
      customHeaders: "",
      cacheTtl: "5m",
    },
  });
  const request = { model, system: [], tools: [], messages: [{ role: "user", content: [{ type: "text", text: "Say hello." }] }] } as const;
  const types = new Set((await Array.fromAsync(provider.stream(request, AbortSignal.timeout(100_000)))).map(({ type }) => type));
  expect([types.has("text-delta"), types.has("end")]).toEqual([true, true]);
});
