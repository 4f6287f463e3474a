import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ModelProvider } from "@claw/kernel";
import anthropicManifest from "../../extensions/anthropic/extension.json" with { type: "json" };
import anthropic from "../../extensions/anthropic/src/index.ts";
import bedrockManifest from "../../extensions/bedrock/extension.json" with { type: "json" };
import bedrock from "../../extensions/bedrock/src/index.ts";
import compatibleManifest from "../../extensions/compatible/extension.json" with { type: "json" };
import compatible from "../../extensions/compatible/src/index.ts";
import foundryManifest from "../../extensions/foundry/extension.json" with { type: "json" };
import foundry from "../../extensions/foundry/src/index.ts";
import httpManifest from "../../extensions/http/extension.json" with { type: "json" };
import http from "../../extensions/http/src/index.ts";
import openaiManifest from "../../extensions/openai/extension.json" with { type: "json" };
import openai from "../../extensions/openai/src/index.ts";
import vertexManifest from "../../extensions/vertex/extension.json" with { type: "json" };
import vertex from "../../extensions/vertex/src/index.ts";
import { embedded, program } from "../embedding/program.ts";

type Config = Readonly<Record<string, unknown>>;

/** A provider as a person has it: its extension, with its config and keys, at some server's address. */
export interface Subject {
  readonly name: string;
  readonly provider: string;
  readonly model: string;
  readonly manifest: { readonly name: string };
  readonly extension: object;
  config(url: string, folder: string): Config | Promise<Config>;
  readonly keys: Readonly<Record<string, string>>;
  /** Why the judge cannot speak this wire. */
  readonly unjudged?: string;
}

const awsKeys = { AWS_ACCESS_KEY_ID: "AKIAJUDGED0123456789", AWS_SECRET_ACCESS_KEY: "judged-secret-0123456789" };
const openaiKeys = { OPENAI_API_KEY: "sk-judged-0123456789abcdef" };

export const subjects: readonly Subject[] = [
  {
    name: "anthropic",
    provider: "anthropic",
    model: "claude-opus-5-5",
    manifest: anthropicManifest,
    extension: anthropic,
    config: (url) => ({ baseUrl: url }),
    keys: { ANTHROPIC_API_KEY: "sk-ant-judged-0123456789" },
  },
  {
    name: "openai chat",
    provider: "openai",
    model: "gpt-5.5",
    manifest: openaiManifest,
    extension: openai,
    config: (url) => ({ baseUrl: `${url}/v1`, wire: "chat" }),
    keys: openaiKeys,
  },
  {
    name: "openai responses",
    provider: "openai",
    model: "gpt-5.5",
    manifest: openaiManifest,
    extension: openai,
    config: (url) => ({ baseUrl: `${url}/v1`, wire: "responses" }),
    keys: openaiKeys,
  },
  {
    name: "bedrock converse",
    provider: "bedrock",
    model: "amazon.nova-pro-v1:0",
    manifest: bedrockManifest,
    extension: bedrock,
    config: (url) => ({ endpoint: url, region: "us-east-1", wire: "converse" }),
    keys: awsKeys,
  },
  {
    name: "bedrock messages",
    provider: "bedrock",
    model: "anthropic.claude-opus-4-8",
    manifest: bedrockManifest,
    extension: bedrock,
    config: (url) => ({ endpoint: url, region: "us-east-1", wire: "messages" }),
    keys: awsKeys,
    unjudged: "the judge leaves out the base64 around each event that AWS documents and its own SDK wants",
  },
  {
    name: "gemini",
    provider: "gemini",
    model: "gemini-3.8-flash",
    manifest: vertexManifest,
    extension: vertex,
    config: (url) => ({ geminiBaseUrl: url }),
    keys: { GEMINI_API_KEY: "AIza-judged-0123456789-0123456789-abcd" },
  },
  {
    name: "vertex",
    provider: "vertex",
    model: "gemini-3.8-flash",
    manifest: vertexManifest,
    extension: vertex,
    config: vertexConfig,
    keys: {},
  },
  {
    name: "vertex claude",
    provider: "vertex",
    model: "claude-opus-4-8",
    manifest: vertexManifest,
    extension: vertex,
    config: vertexConfig,
    keys: {},
    unjudged: "the judge does not serve Claude at Google's addresses",
  },
  {
    name: "foundry",
    provider: "foundry",
    model: "gpt-5.5",
    manifest: foundryManifest,
    extension: foundry,
    config: (url) => ({ endpoint: url, apiVersion: "2024-10-21", wire: "chat" }),
    keys: { AZURE_OPENAI_API_KEY: "judged0123456789abcdef0123456789" },
  },
  {
    name: "compatible",
    provider: "compatible",
    model: "judge/some-model",
    manifest: compatibleManifest,
    extension: compatible,
    config: (url) => ({ endpoints: { judge: { url: `${url}/v1` } } }),
    keys: {},
  },
];

async function vertexConfig(url: string, folder: string): Promise<Config> {
  return { baseUrl: url, project: "judged", location: "europe-west1", apiVersion: "v1", credentialsFile: await workloadIdentity(folder) };
}

/** A login of a workload: a token on the disk that a token server on this machine takes for another. */
async function workloadIdentity(folder: string): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(
      JSON.stringify({
        access_token: "ya29.judged",
        issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
        token_type: "Bearer",
        expires_in: 3600,
      }),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref();
  writeFileSync(join(folder, "subject-token"), "a-token-of-the-workload");
  const path = join(folder, "login.json");
  writeFileSync(
    path,
    JSON.stringify({
      type: "external_account",
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/providers/q",
      subject_token_type: "urn:ietf:params:oauth:token-type:jwt",
      token_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/token`,
      credential_source: { file: join(folder, "subject-token") },
    }),
  );
  return path;
}

export interface Judged extends AsyncDisposable {
  readonly provider: ModelProvider;
}

/** The provider of a subject in a kernel of its own, with claw's own http under it. */
export async function startSubject(subject: Subject, url: string): Promise<Judged> {
  const folder = mkdtempSync(join(tmpdir(), "judged-"));
  const one = program({
    extensions: [embedded(httpManifest, http), embedded(subject.manifest, subject.extension)],
    config: { [subject.manifest.name]: await subject.config(url, folder) },
    keys: subject.keys,
  });
  const provider = await one.kernel.entry<ModelProvider>("provider", subject.provider);
  if (provider === undefined) throw new Error(`${subject.manifest.name} gives no provider ${subject.provider}`);
  return {
    provider,
    async [Symbol.asyncDispose]() {
      await one[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
