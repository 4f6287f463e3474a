import { isStarMatch } from "@claw/kernel/kit";

/** A provider of one of claw's own extensions, whether or not it is installed. */
export interface FirstParty {
  readonly provider: string;
  readonly extension: string;
  /** Names its models have; `*` stands for anything. */
  readonly models: readonly string[];
}

/** What the manifests of claw's own extensions say: extension to provider to the names of its models. Who comes first is named first. */
const provided: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "claw/anthropic": {
    anthropic: ["claude-*"],
  },
  "claw/openai": {
    openai: ["gpt-*", "o1*", "o3*", "o4*", "chatgpt-*", "codex-*"],
  },
  "claw/vertex": {
    vertex: [],
    gemini: ["gemini-*"],
  },
  "claw/bedrock": {
    bedrock: [
      "anthropic.*",
      "amazon.*",
      "meta.*",
      "mistral.*",
      "deepseek.*",
      "openai.gpt-oss-*",
      "qwen.*",
      "global.*",
      "us.*",
      "eu.*",
      "apac.*",
      "jp.*",
      "au.*",
      "ca.*",
      "in.*",
      "us-gov.*",
      "arn:aws*",
    ],
  },
  "claw/foundry": {
    foundry: [],
  },
  "claw/compatible": {
    compatible: [],
    ollama: [],
    llamacpp: [],
    vllm: [],
    lmstudio: [],
    xai: ["grok-*"],
    dashscope: ["qwen-*", "qwen3*", "qwq-*"],
    moonshot: ["kimi-*", "moonshot-*"],
    zai: ["glm-*"],
    deepseek: ["deepseek-*"],
    mistral: ["mistral-*", "codestral-*", "devstral-*", "magistral-*", "ministral-*"],
    groq: [],
    openrouter: [],
    together: [],
    fireworks: [],
    cerebras: [],
  },
};

export const firstParty: readonly FirstParty[] = Object.entries(provided).flatMap(([extension, providers]) =>
  Object.entries(providers).map(([provider, models]) => ({ provider, extension, models })),
);

/** The command that adds an extension of claw's own. */
export const addCommand = ({ extension }: FirstParty): string => `claw ext add ${extension.slice("claw/".length)}`;

/** The first of claw's own that has models of such a name and is none of these providers. */
export const firstPartyFor = (model: string, installed: readonly string[]): FirstParty | undefined =>
  firstParty.find(({ provider, models }) => !installed.includes(provider) && models.some((pattern) => isStarMatch(pattern.split("*"), model)));
