import { fakeClock, fakeHost } from "@claw/testing";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createProvider } from "../src/provider.ts";

const { env } = process;
const model = env["FOUNDRY_MODEL"] ?? "";
const set = <K extends string>(property: K, value: string | undefined): { readonly [P in K]?: string } =>
  (value === undefined || value === "" ? {} : { [property]: value }) as { readonly [P in K]?: string };

test.skipIf(env["CLAW_LIVE"] !== "1" || model === "")("a deployment in Azure answers", { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "foundry-"));
  const provider = createProvider({
    http: { fetch },
    secrets: { get: async (name) => env[name] },
    host: { ...fakeHost(folder, fakeClock(), { environment: env }), now: () => new Date() },
    processes: undefined,
    config: {
      ...set("endpoint", env["AZURE_OPENAI_ENDPOINT"]),
      ...set("apiVersion", env["AZURE_OPENAI_API_VERSION"]),
      ...set("claudeEndpoint", env["ANTHROPIC_FOUNDRY_BASE_URL"]),
      ...set("claudeResource", env["ANTHROPIC_FOUNDRY_RESOURCE"]),
      deployments: {},
      wire: "auto",
      authorityHost: env["AZURE_AUTHORITY_HOST"] ?? "https://login.microsoftonline.com",
      idleTimeoutMs: 60_000,
      headers: {},
    },
  });
  const request = { model, system: [], tools: [], messages: [{ role: "user", content: [{ type: "text", text: "Say hello." }] }] } as const;
  const types = new Set<string>();
  for await (const { type } of provider.stream(request, new AbortController().signal)) types.add(type);
  await rm(folder, { recursive: true, force: true });
  expect([types.has("text-delta"), types.has("end")]).toEqual([true, true]);
});
