import { load, memorySecrets } from "@claw/testing";
import { describe, expect, test } from "vitest";
import extension from "../src/index.ts";

const signal = (): AbortSignal => new AbortController().signal;
const request = { model: "gpt-5.5", system: [], tools: [], messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }] } as const;

describe("the extension", () => {
  test("provides the deployments of a resource", async () => {
    const sent: (readonly [string, string | null])[] = [];
    const http = {
      fetch: async (url: unknown, init: RequestInit = {}) => {
        sent.push([String(url), new Headers(init.headers).get("api-key")]);
        return new Response('data: {"type":"response.completed","response":{"status":"completed","output":[]}}\n\n', {
          headers: { "content-type": "text/event-stream", "apim-request-id": "req_1" },
        });
      },
    };
    await using claw = await load(extension, {
      config: { endpoint: "https://name.openai.azure.com/", deployment: "main", deployments: { main: "gpt-5.5" } },
      services: { http, secrets: memorySecrets({ AZURE_OPENAI_API_KEY: "key" }) },
    });
    const provider = await claw.provider("foundry");
    const events = [];
    for await (const event of provider.stream(request, signal())) events.push(event);
    expect([sent, events.at(-1)]).toEqual([
      [["https://name.openai.azure.com/openai/v1/responses", "key"]],
      { type: "end", reason: "stop", requestId: "req_1" },
    ]);
    expect((await provider.models(signal())).slice(0, 2).map(({ id }) => id)).toEqual(["main", "gpt-6.1-sol"]);
    expect([provider.unlisted?.("default")?.id, provider.unlisted?.("prod")?.endpoint]).toEqual(["main", "chat"]);
  });

  test("opens nothing without an address", async () => {
    await using claw = await load(extension, {});
    const provider = await claw.provider("foundry");
    await expect(provider.stream(request, signal())[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "E_CONFIG_SCHEMA" });
    expect(await provider.status?.(signal())).toMatchObject({ ready: false });
  });

  test("refuses an address that would show the key to the network", async () => {
    await using claw = await load(extension, {
      config: { endpoint: "http://name.openai.azure.com" },
      services: { secrets: memorySecrets({ AZURE_OPENAI_API_KEY: "key" }) },
    });
    await expect((await claw.provider("foundry")).stream(request, signal())[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "E_CONFIG_SCHEMA" });
  });

  test("lets no project say where keys go", async () => {
    const { default: manifest } = await import("../extension.json", { with: { type: "json" } });
    expect(Object.entries(manifest.config.properties).filter(([, property]) => "project" in property)).toEqual([]);
  });
});
