import { HostService, HttpService, Providers, SecretsService, defineExtension } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { createGemini } from "./gemini-provider.ts";
import { createVertex } from "./vertex-provider.ts";

/** Gemini and Claude on Google Vertex AI, and Gemini through the Gemini API. */
export default defineExtension<Contract>((claw) => {
  const parts = { http: claw.use(HttpService), host: claw.use(HostService), config: claw.config };
  claw.provide(Providers, "vertex", createVertex(parts));
  claw.provide(Providers, "gemini", createGemini({ ...parts, secrets: claw.use(SecretsService) }));
});
