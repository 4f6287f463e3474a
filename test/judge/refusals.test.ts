import { type ModelProvider, type Models, type ResolvedModel, structuredOutput } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import { startAnthropicServer } from "../wire/anthropic-server.ts";
import { startBedrockMessagesServer } from "../wire/bedrock-messages-server.ts";
import { startConverseServer } from "../wire/converse-server.ts";
import { startGeminiServer } from "../wire/gemini-server.ts";
import { startChatServer } from "../wire/openai-chat-server.ts";
import { startResponsesServer } from "../wire/openai-responses-server.ts";
import type { Answer, Script } from "../wire/reply.ts";
import type { WireServer } from "../wire/server.ts";
import { startSubject, subjects } from "./subjects.ts";

const servers: Readonly<Record<string, (script: Script) => Promise<WireServer>>> = {
  anthropic: startAnthropicServer,
  "openai chat": startChatServer,
  "openai responses": startResponsesServer,
  "bedrock converse": startConverseServer,
  "bedrock messages": startBedrockMessagesServer,
  gemini: startGeminiServer,
  vertex: startGeminiServer,
  "vertex claude": startAnthropicServer,
  foundry: startChatServer,
  compatible: startChatServer,
};

/** Whose models can be held to a schema; the others are made to call a tool. */
const holdsToSchemas = ["anthropic", "openai chat", "openai responses", "bedrock messages", "gemini", "vertex", "vertex claude", "foundry", "compatible"];

const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"], additionalProperties: false };
const events = (...list: readonly object[]): string => list.map((one) => `data: ${JSON.stringify(one)}\n\n`).join("");
const chunk = (delta: object, finish: string | null): object => ({
  id: "c",
  object: "chat.completion.chunk",
  created: 1,
  model: "m",
  choices: [{ index: 0, delta, finish_reason: finish }],
});

/** What vendors say of a refusal besides the word for why a reply ended. */
const peculiar: Readonly<Record<string, readonly (readonly [what: string, answer: Answer])[]>> = {
  "openai chat": [
    [
      "as a text of its own, in a reply that stopped",
      { frames: [events(chunk({ role: "assistant", content: null }, null), chunk({ refusal: "I cannot" }, null), chunk({}, "stop")), "data: [DONE]\n\n"] },
    ],
  ],
  "openai responses": [
    [
      "as a part of a reply that is complete",
      {
        frames: [
          events(
            { type: "response.created", response: { id: "r", status: "in_progress", output: [] } },
            { type: "response.output_item.added", output_index: 0, item: { type: "message", id: "m", role: "assistant", content: [] } },
            { type: "response.refusal.delta", output_index: 0, content_index: 0, item_id: "m", delta: "I cannot" },
            {
              type: "response.output_item.done",
              output_index: 0,
              item: { type: "message", id: "m", role: "assistant", content: [{ type: "refusal", refusal: "I cannot" }] },
            },
            { type: "response.completed", response: { id: "r", status: "completed", output: [], usage: { input_tokens: 1, output_tokens: 1 } } },
          ),
        ],
      },
    ],
  ],
  gemini: [
    [
      "of the prompt, without a candidate",
      { frames: [events({ promptFeedback: { blockReason: "PROHIBITED_CONTENT" }, usageMetadata: { promptTokenCount: 3 }, modelVersion: "m" })] },
    ],
  ],
};

const said: Answer = { blocks: [{ type: "text", text: "I cannot help with that" }], stop: "refusal" };

async function modelsOf(provider: ModelProvider, id: string): Promise<Pick<Models, "resolve" | "stream"> & ResolvedModel> {
  const info = (await provider.models(AbortSignal.timeout(5000))).find((one) => one.id === id) ?? (await provider.unlisted?.(id));
  if (info === undefined) throw new Error(`there is no model ${id}`);
  const model = { address: id, info };
  return { ...model, resolve: async () => model, stream: (request, signal) => provider.stream(request, signal) };
}

describe.each(subjects.map((subject) => [subject.name, subject] as const))(
  "a value of a schema that %s refuses is a refusal, and asked for once",
  (name, subject) => {
    const answers = [["by why it ended", said] as const, ...(peculiar[name] ?? [])];
    test.each(answers.flatMap(([what, answer]) => (["schema", "tool"] as const).map((strategy) => [what, strategy, answer] as const)))(
      "%s, asked by %s",
      async (_what, strategy, answer) => {
        const start = servers[name];
        if (start === undefined) throw new Error(`${name} has no server`);
        await using server = await start([answer]);
        await using one = await startSubject(subject, server.url);
        const models = await modelsOf(one.provider, subject.model);
        if (strategy === "schema" && !holdsToSchemas.includes(name)) return expect(models.info.output).not.toBe(true);
        const request = { model: subject.model, system: [], messages: [{ role: "user" as const, content: [{ type: "text" as const, text: "go" }] }] };
        const asked = structuredOutput({ models, request, name: "answer", schema, strategy }, AbortSignal.timeout(10_000));
        await expect(asked).rejects.toMatchObject({ code: "MODEL_REFUSED", message: `${subject.model} refused to answer` });
        expect(server.requests.length).toBe(1);
      },
    );
  },
);
