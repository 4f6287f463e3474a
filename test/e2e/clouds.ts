import { startAnthropicServer } from "../wire/anthropic-server.ts";
import { startBedrockMessagesServer } from "../wire/bedrock-messages-server.ts";
import { startConverseServer } from "../wire/converse-server.ts";
import { startGeminiServer } from "../wire/gemini-server.ts";
import { startChatServer } from "../wire/openai-chat-server.ts";
import { startResponsesServer } from "../wire/openai-responses-server.ts";
import type { Script } from "../wire/reply.ts";
import type { WireServer } from "../wire/server.ts";

/** A provider as somebody uses it who has one cloud's credentials. */
export interface Cloud {
  readonly name: string;
  /** What `claw ext add` is told. */
  readonly extension: string;
  readonly model: string;
  start(script: Script): Promise<WireServer>;
  env(url: string): Readonly<Record<string, string>>;
  settings?(url: string): object;
  readonly path: RegExp;
  readonly key: string;
}

const aws = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE0123456789", AWS_SECRET_ACCESS_KEY: "e2e-secret-access-key-0123456789", AWS_REGION: "us-east-1" };

/** Each provider that is added by name, at whatever address its server is. */
export const clouds: readonly Cloud[] = [
  {
    name: "openai, through Responses",
    extension: "openai",
    model: "openai/gpt-5.5",
    start: startResponsesServer,
    env: (url) => ({ OPENAI_API_KEY: "sk-e2e-0123456789abcdef", OPENAI_BASE_URL: url }),
    path: /^\/v1\/responses$/,
    key: "sk-e2e-0123456789abcdef",
  },
  {
    name: "bedrock, through Converse",
    extension: "bedrock",
    model: "bedrock/amazon.nova-pro-v1:0",
    start: startConverseServer,
    env: (url) => ({ ...aws, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url }),
    path: /\/converse-stream$/,
    key: aws.AWS_SECRET_ACCESS_KEY,
  },
  {
    name: "bedrock, Claude",
    extension: "bedrock",
    model: "bedrock/anthropic.claude-opus-4-8",
    start: startBedrockMessagesServer,
    env: (url) => ({ ...aws, AWS_ENDPOINT_URL_BEDROCK_RUNTIME: url }),
    path: /\/invoke-with-response-stream$/,
    key: aws.AWS_SECRET_ACCESS_KEY,
  },
  {
    name: "gemini",
    extension: "vertex",
    model: "gemini/gemini-3.8-flash",
    start: startGeminiServer,
    env: (url) => ({ GEMINI_API_KEY: "AIza-e2e-0123456789-0123456789-abcdef", GOOGLE_GEMINI_BASE_URL: url }),
    path: /:streamGenerateContent\?alt=sse$/,
    key: "AIza-e2e-0123456789-0123456789-abcdef",
  },
  {
    name: "foundry",
    extension: "foundry",
    model: "foundry/gpt-4.1",
    start: startChatServer,
    env: (url) => ({ AZURE_OPENAI_API_KEY: "e2e0123456789abcdef0123456789abc", AZURE_OPENAI_ENDPOINT: url }),
    settings: () => ({ config: { "claw/foundry": { wire: "chat" } } }),
    path: /^\/openai\/v1\/chat\/completions/,
    key: "e2e0123456789abcdef0123456789abc",
  },
  {
    name: "foundry, Claude",
    extension: "foundry",
    model: "foundry/claude-opus-4-8",
    start: startAnthropicServer,
    env: (url) => ({ ANTHROPIC_FOUNDRY_API_KEY: "e2e-foundry-0123456789abcdef", ANTHROPIC_FOUNDRY_BASE_URL: url }),
    path: /\/v1\/messages$/,
    key: "e2e-foundry-0123456789abcdef",
  },
  {
    name: "a local server",
    extension: "compatible",
    model: "ollama/llama3.3",
    start: startChatServer,
    env: (url) => ({ OLLAMA_BASE_URL: `${url}/v1` }),
    path: /^\/v1\/chat\/completions$/,
    key: "no key at all",
  },
  {
    name: "a gateway of one's own",
    extension: "compatible",
    model: "compatible/mine/some/model",
    start: startChatServer,
    env: () => ({ COMPATIBLE_API_KEY: "e2e-gateway-0123456789abcdef" }),
    settings: (url) => ({ config: { "claw/compatible": { endpoints: { mine: { url: `${url}/v1`, key: "COMPATIBLE_API_KEY" } } } } }),
    path: /^\/v1\/chat\/completions$/,
    key: "e2e-gateway-0123456789abcdef",
  },
];
