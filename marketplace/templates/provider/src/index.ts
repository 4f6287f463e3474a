import { ClawError, HttpService, Providers, defineExtension, type Message, type ModelRequest } from "@claw/kernel";
import { sse } from "@claw/kernel/kit";
import type { Contract } from "./contract.gen.js";

interface Chunk { choices: [{ delta: { content?: string }; finish_reason?: "stop" | "length" | null }] }

export default defineExtension<Contract>((claw) => {
  const http = claw.use(HttpService);

  claw.provide(Providers, "local", {
    models: async () => [{ id: "default", contextWindow: 32_768, tools: false, reasoning: false }],

    async *stream(request, signal) {
      const response = await http.fetch(new URL("/v1/chat/completions", claw.config.url), {
        method: "POST", signal, body: JSON.stringify(encode(request)), headers: { "content-type": "application/json" },
      });
      if (response.status === 429) throw new ClawError("MODEL_RATE_LIMITED", "local model is busy", { retryAfterMs: 1000 }, { retryable: true });
      if (!response.ok || !response.body) throw new ClawError("MODEL_REFUSED", await response.text(), { status: response.status });

      for await (const data of sse(response.body)) {
        if (data === "[DONE]") return;
        const [{ delta, finish_reason }] = (JSON.parse(data) as Chunk).choices;
        if (delta.content) yield { type: "text-delta", text: delta.content };
        if (finish_reason) yield { type: "end", reason: finish_reason };
      }
    },
  });
});

const encode = ({ model, system, messages, maxTokens }: ModelRequest) => ({
  model, stream: true, max_tokens: maxTokens,
  messages: [{ role: "system", content: plain(system) }, ...messages.map(({ role, content }: Message) => ({ role, content: plain(content) }))],
});
const plain = (content: Message["content"]) => content.map((block) => (block.type === "text" ? block.text : "")).join("");
