import { load, memorySecrets } from "@claw/testing";
import { chatFramesOf } from "@claw/testing/conformance";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import extension from "../src/index.ts";

const signal = (): AbortSignal => new AbortController().signal;
const request = { system: [], tools: [], messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }] } as const;

describe("the extension", () => {
  test("provides the servers of the config, each by its name", async () => {
    const sent: { readonly url: string; readonly authorization: string | undefined; readonly agent: string | undefined; readonly model: string }[] = [];
    const http = {
      fetch: async (url: unknown, init: RequestInit = {}) => {
        const headers = init.headers as Readonly<Record<string, string>>;
        const { model } = JSON.parse(Buffer.from(init.body as Uint8Array).toString()) as { readonly model: string };
        sent.push({ url: String(url), authorization: headers["authorization"], agent: headers["user-agent"], model });
        return new Response([...chatFramesOf({ blocks: [{ type: "text", text: "hi" }] })].join(""), { headers: { "content-type": "text/event-stream" } });
      },
    };
    await using claw = await load(extension, {
      config: {
        endpoints: {
          gw: { url: "https://gw.example", key: "COMPATIBLE_API_KEY", models: [{ id: "a/b", contextWindow: 1000 }] },
          ollama: { url: "http://gpu:11434" },
        },
      },
      services: { http, secrets: memorySecrets({ COMPATIBLE_API_KEY: "k-000" }) },
    });
    const own = await claw.provider("compatible");
    const ollama = await claw.provider("ollama");
    expect(await own.models(signal())).toEqual([
      { id: "gw/a/b", contextWindow: 1000, tools: true, reasoning: false, images: true, sampling: ["temperature", "topP"], output: true },
    ]);
    expect(await ollama.models(signal())).toEqual([]);
    for (const [provider, model] of [
      [own, "gw/a/b"],
      [ollama, "llama3.3"],
    ] as const) {
      const texts: string[] = [];
      for await (const event of provider.stream({ ...request, model }, signal())) if (event.type === "text-delta") texts.push(event.text);
      expect(texts.join("")).toBe("hi");
    }
    expect(sent).toEqual([
      { url: "https://gw.example/v1/chat/completions", authorization: "Bearer k-000", agent: "claw/1.0.0", model: "a/b" },
      { url: "http://gpu:11434/v1/chat/completions", authorization: undefined, agent: "claw/1.0.0", model: "llama3.3" },
    ]);
  });

  test.each([
    [{ gw: { url: "https://gw.example", key: "OPENAI_API_KEY" } }, "endpoints.gw.key must be one of"],
    [{ gw: { url: "gw" } }, "endpoints.gw.url must be a URL"],
    [{ gw: { url: "https://gw.example", wire: "gemini" } }, "endpoints.gw.wire must be one of"],
    [{ gw: { address: "https://gw.example" } }, "endpoints.gw.address is unknown"],
  ])("refuses a config that makes no sense: %j", async (endpoints, problem) => {
    await expect(load(extension, { config: { endpoints } })).rejects.toThrow(problem);
  });

  test("lets no project say where a key goes", () => {
    const { config } = JSON.parse(readFileSync(new URL("../extension.json", import.meta.url), "utf8")) as {
      readonly config: { readonly properties: Readonly<Record<string, { readonly project?: string }>> };
    };
    expect(Object.values(config.properties).flatMap(({ project }) => project ?? [])).toEqual([]);
  });
});
