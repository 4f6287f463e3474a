// Generated from extension.json of claw/compatible by `claw ext types`. Do not edit.
import type { ModelProvider } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly endpoints: { readonly [key: string]: { readonly url?: string; readonly wire?: "openai" | "anthropic" | "responses"; readonly key?: "none" | "COMPATIBLE_API_KEY" | "COMPATIBLE_API_KEY_1" | "COMPATIBLE_API_KEY_2" | "COMPATIBLE_API_KEY_3" | "COMPATIBLE_API_KEY_4" | "COMPATIBLE_API_KEY_5" | "COMPATIBLE_API_KEY_6" | "COMPATIBLE_API_KEY_7" | "COMPATIBLE_API_KEY_8" | "COMPATIBLE_API_KEY_9" | "XAI_API_KEY" | "DASHSCOPE_API_KEY" | "MOONSHOT_API_KEY" | "ZAI_API_KEY" | "DEEPSEEK_API_KEY" | "MISTRAL_API_KEY" | "GROQ_API_KEY" | "OPENROUTER_API_KEY" | "TOGETHER_API_KEY" | "FIREWORKS_API_KEY" | "CEREBRAS_API_KEY"; readonly headers: { readonly [key: string]: string }; readonly body: { readonly [key: string]: unknown }; readonly models: readonly { readonly id: string; readonly contextWindow?: number; readonly maxOutputTokens?: number; readonly tools?: boolean; readonly reasoning?: boolean; readonly images?: boolean; readonly documents?: boolean; readonly efforts?: readonly string[] }[]; readonly contextWindow?: number; readonly maxTokensField?: "max_tokens" | "max_completion_tokens"; readonly toolText?: "auto" | "off" | "hermes" | "qwen" | "glm" | "llama" | "mistral" | "deepseek" | "kimi" | "harmony" | "json" } }; readonly idleTimeoutMs: number };
  readonly hooks: {};
  readonly provides: {
    readonly provider: { readonly compatible: ModelProvider; readonly ollama: ModelProvider; readonly llamacpp: ModelProvider; readonly vllm: ModelProvider; readonly lmstudio: ModelProvider; readonly xai: ModelProvider; readonly dashscope: ModelProvider; readonly moonshot: ModelProvider; readonly zai: ModelProvider; readonly deepseek: ModelProvider; readonly mistral: ModelProvider; readonly groq: ModelProvider; readonly openrouter: ModelProvider; readonly together: ModelProvider; readonly fireworks: ModelProvider; readonly cerebras: ModelProvider };
  };
  readonly uses: { readonly http: true; readonly secrets: true; readonly host: true };
}
