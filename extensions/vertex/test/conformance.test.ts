import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ProviderSubject, anthropicWire, optionsOf, providerConformance, replyBytes, sentOf, startWireServer } from "@claw/testing/conformance";
import { afterAll } from "vitest";
import { geminiOptionsOf, geminiSentOf } from "@claw/testing/conformance";
import { geminiWire } from "@claw/testing/conformance";
import { createGemini } from "../src/gemini-provider.ts";
import { createVertex } from "../src/vertex-provider.ts";

const folder = mkdtempSync(join(tmpdir(), "claw-vertex-"));
afterAll(() => rmSync(folder, { recursive: true }));
const credentialsFile = join(folder, "login.json");
writeFileSync(credentialsFile, JSON.stringify({ type: "authorized_user", client_id: "id", client_secret: "client-secret", refresh_token: "1//refresh" }));

const key = "AIza-scripted-0123456789-0123456789-abc";
const token = "ya29.scripted-0123456789";
const host = { version: "1.0.0", now: () => new Date(), environment: {}, folders: { config: "", data: "", state: "", cache: "", bin: "" }, offline: false };

/** The token server is answered here, so that what a test counts are the requests to the model. */
const http = {
  fetch: async (url: string | URL | Request, init?: RequestInit) =>
    String(url).startsWith("https://oauth2.googleapis.com/") ? Response.json({ access_token: token, expires_in: 3600 }) : fetch(url, init),
};

const geminiFeatures = { textArguments: false, cacheWrites: false } as const;
// A carriage return ends a line: without its last line feed a stream is whole.
const lengthOf = (reply: Parameters<typeof replyBytes>[1]): number => replyBytes(geminiWire, reply).length - 1;

const vertex = (baseUrl: string, idleTimeoutMs: number): ReturnType<typeof createVertex> =>
  createVertex({
    http,
    host,
    config: { project: "scripted", baseUrl, geminiBaseUrl: baseUrl, apiVersion: "v1beta1", credentialsFile, idleTimeoutMs, headers: {} },
  });

const subjects: readonly ProviderSubject[] = [
  {
    name: "vertex gemini",
    features: geminiFeatures,
    async start(script, { idleTimeoutMs = 10_000 } = {}) {
      const server = await startWireServer(script, geminiWire);
      return {
        provider: vertex(server.url, idleTimeoutMs),
        model: "gemini-3.8-flash",
        secret: token,
        requests: server.requests,
        sent: ({ body }) => geminiSentOf(body),
        options: ({ body }) => geminiOptionsOf(body),
        lengthOf,
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
  },
  {
    name: "vertex claude",
    async start(script, { idleTimeoutMs = 10_000 } = {}) {
      const server = await startWireServer(script, anthropicWire);
      return {
        provider: vertex(server.url, idleTimeoutMs),
        model: "claude-opus-5-5",
        secret: token,
        requests: server.requests,
        sent: ({ body }) => sentOf(body),
        options: ({ body }) => optionsOf(body),
        lengthOf: (reply) => replyBytes(anthropicWire, reply).length,
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
  },
  {
    name: "gemini",
    features: { ...geminiFeatures, resultImages: false },
    async start(script, { idleTimeoutMs = 10_000 } = {}) {
      const server = await startWireServer(script, geminiWire);
      return {
        provider: createGemini({
          http: { fetch },
          secrets: { get: async (name) => (name === "GEMINI_API_KEY" ? key : undefined) },
          host,
          config: { geminiBaseUrl: server.url, idleTimeoutMs, headers: {} },
        }),
        model: "gemini-2.5-pro",
        secret: key,
        requests: server.requests,
        sent: ({ body }) => geminiSentOf(body),
        options: ({ body }) => geminiOptionsOf(body),
        lengthOf,
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    },
  },
];

for (const subject of subjects) providerConformance(subject);
