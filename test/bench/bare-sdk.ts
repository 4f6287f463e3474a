/** The official SDKs as their own documentation uses them: what a provider of ours is compared with. */
export type Ask = (prompt: string) => Promise<number>;

const question = (text: string) => [{ role: "user" as const, content: text }];

/** By the name of a subject: asks once and answers how many events came. */
export const bareSdks: Readonly<Record<string, (url: string) => Promise<Ask>>> = {
  async anthropic(url) {
    const { default: Anthropic } = await import("@anthropic-ai/sdk");
    const client = new Anthropic({ apiKey: "not-a-key", baseURL: url, maxRetries: 0 });
    return async (prompt) => count(await client.messages.create({ model: "claude-opus-5-5", max_tokens: 1000, stream: true, messages: question(prompt) }));
  },
  async "openai chat"(url) {
    const { default: OpenAI } = await import("openai");
    const client = new OpenAI({ apiKey: "not-a-key", baseURL: `${url}/v1`, maxRetries: 0 });
    return async (prompt) => count(await client.chat.completions.create({ model: "gpt-5.5", stream: true, messages: question(prompt) }));
  },
  async "openai responses"(url) {
    const { default: OpenAI } = await import("openai");
    const client = new OpenAI({ apiKey: "not-a-key", baseURL: `${url}/v1`, maxRetries: 0 });
    return async (prompt) => count(await client.responses.create({ model: "gpt-5.5", stream: true, input: prompt }));
  },
  async "bedrock converse"(url) {
    const { BedrockRuntimeClient, ConverseStreamCommand } = await import("@aws-sdk/client-bedrock-runtime");
    // Without it the client speaks HTTP/2 alone.
    const { NodeHttpHandler } = await import("@smithy/node-http-handler");
    const client = new BedrockRuntimeClient({
      endpoint: url,
      region: "us-east-1",
      credentials: { accessKeyId: "AKIA", secretAccessKey: "secret" },
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler(),
    });
    return async (prompt) => {
      const { stream } = await client.send(
        new ConverseStreamCommand({ modelId: "amazon.nova-pro-v1:0", messages: [{ role: "user", content: [{ text: prompt }] }] }),
      );
      return count(stream ?? []);
    };
  },
  async "bedrock messages"(url) {
    const { BedrockRuntimeClient, InvokeModelWithResponseStreamCommand } = await import("@aws-sdk/client-bedrock-runtime");
    // Without it the client speaks HTTP/2 alone.
    const { NodeHttpHandler } = await import("@smithy/node-http-handler");
    const client = new BedrockRuntimeClient({
      endpoint: url,
      region: "us-east-1",
      credentials: { accessKeyId: "AKIA", secretAccessKey: "secret" },
      maxAttempts: 1,
      requestHandler: new NodeHttpHandler(),
    });
    return async (prompt) => {
      const { body } = await client.send(
        new InvokeModelWithResponseStreamCommand({
          modelId: "anthropic.claude-opus-4-8",
          contentType: "application/json",
          body: JSON.stringify({ anthropic_version: "bedrock-2023-05-31", max_tokens: 1000, messages: question(prompt) }),
        }),
      );
      let events = 0;
      for await (const event of body ?? []) {
        if (event.chunk?.bytes !== undefined) JSON.parse(new TextDecoder().decode(event.chunk.bytes));
        events += 1;
      }
      return events;
    };
  },
  async gemini(url) {
    const { GoogleGenAI } = await import("@google/genai");
    const client = new GoogleGenAI({ apiKey: "not-a-key", httpOptions: { baseUrl: url } });
    return async (prompt) => count(await client.models.generateContentStream({ model: "gemini-3.8-flash", contents: prompt }));
  },
  async "vertex claude"(url) {
    const { AnthropicVertex } = await import("@anthropic-ai/vertex-sdk");
    const authClient = { getRequestHeaders: async () => new Headers({ authorization: "Bearer not-a-token" }) } as never;
    const client = new AnthropicVertex({ region: "europe-west1", projectId: "judged", baseURL: `${url}/v1`, authClient, maxRetries: 0 });
    return async (prompt) => count(await client.messages.create({ model: "claude-opus-4-8", max_tokens: 1000, stream: true, messages: question(prompt) }));
  },
  async compatible(url) {
    const { default: OpenAI } = await import("openai");
    const client = new OpenAI({ apiKey: "not-a-key", baseURL: `${url}/v1`, maxRetries: 0 });
    return async (prompt) => count(await client.chat.completions.create({ model: "some-model", stream: true, messages: question(prompt) }));
  },
  async foundry(url) {
    const { AzureOpenAI } = await import("openai");
    const client = new AzureOpenAI({ apiKey: "not-a-key", endpoint: url, apiVersion: "2024-10-21", maxRetries: 0 });
    return async (prompt) => count(await client.chat.completions.create({ model: "gpt-5.5", stream: true, messages: question(prompt) }));
  },
};

async function count(stream: AsyncIterable<unknown> | Iterable<unknown>): Promise<number> {
  let events = 0;
  for await (const _event of stream) events += 1;
  return events;
}
