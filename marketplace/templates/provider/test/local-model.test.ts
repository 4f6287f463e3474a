import type { ModelEvent } from "@claw/kernel";
import { load, memoryHttp } from "@claw/testing";
import { expect, test } from "vitest";
import extension from "../src/index.js";

const url = "http://model.example/v1/chat/completions";
const request = { model: "default", system: [], messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }], tools: [] } as const;

async function stream(answer: () => Response): Promise<readonly ModelEvent[]> {
  await using claw = await load(extension, { config: { url: "http://model.example" }, services: { http: memoryHttp({ [url]: answer }) } });
  return Array.fromAsync((await claw.provider("local")).stream(request, new AbortController().signal));
}

test("chunks become text, and the last one ends the reply", async () => {
  const chunk = (delta: object, finish_reason: string | null = null) => `data: ${JSON.stringify({ choices: [{ delta, finish_reason }] })}\n\n`;
  expect(await stream(() => new Response(chunk({ content: "Hel" }) + chunk({ content: "lo" }) + chunk({}, "stop") + "data: [DONE]\n\n"))).toEqual([
    { type: "text-delta", text: "Hel" }, { type: "text-delta", text: "lo" }, { type: "end", reason: "stop" },
  ]);
});

test("a busy server is worth another try", async () => {
  await expect(stream(() => new Response("", { status: 429 }))).rejects.toMatchObject({ code: "MODEL_RATE_LIMITED", retryable: true });
});
