import { expect, test } from "vitest";
import { createGemini } from "../src/gemini-provider.ts";
import { createVertex } from "../src/vertex-provider.ts";

const { CLAW_LIVE, VERTEX_MODEL, GEMINI_MODEL, GOOGLE_CLOUD_PROJECT, GOOGLE_CLOUD_LOCATION, GOOGLE_APPLICATION_CREDENTIALS, HOME } = process.env;
const isLive = CLAW_LIVE === "1";
const host = {
  version: "1.0.0",
  now: () => new Date(),
  environment: process.env,
  folders: { config: "", data: "", state: "", cache: "", bin: "", ...(HOME === undefined ? {} : { home: HOME }) },
  offline: false,
};
const config = {
  apiVersion: "v1beta1" as const,
  geminiBaseUrl: "https://generativelanguage.googleapis.com",
  idleTimeoutMs: 60_000,
  headers: {},
  ...(GOOGLE_CLOUD_PROJECT === undefined ? {} : { project: GOOGLE_CLOUD_PROJECT }),
  ...(GOOGLE_CLOUD_LOCATION === undefined ? {} : { location: GOOGLE_CLOUD_LOCATION }),
  ...(GOOGLE_APPLICATION_CREDENTIALS === undefined ? {} : { credentialsFile: GOOGLE_APPLICATION_CREDENTIALS }),
};

const subjects = [
  ["vertex", VERTEX_MODEL, () => createVertex({ http: { fetch }, host, config })],
  ["gemini", GEMINI_MODEL, () => createGemini({ http: { fetch }, host, config, secrets: { get: async (name) => process.env[name] } })],
] as const;

for (const [name, model = "", create] of subjects)
  test.skipIf(!isLive || model === "")(`${name} answers, live`, { timeout: 120_000 }, async () => {
    const messages = [{ role: "user", content: [{ type: "text", text: "Say hello." }] }] as const;
    const events = await Array.fromAsync(create().stream({ model, system: [], tools: [], messages }, AbortSignal.timeout(100_000)));
    expect([events.some(({ type }) => type === "text-delta"), events.at(-1)?.type]).toEqual([true, "end"]);
  });
