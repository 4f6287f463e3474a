import { startChatServer, type Answer } from "@claw/testing/conformance";
import { describe, expect, test } from "vitest";
import { addressOf, isLocalName, wiredUrl, writtenOut } from "../src/address.ts";
import { endpointNamed, ownNames } from "../src/endpoints.ts";
import { named } from "./setting.ts";

const signal = (): AbortSignal => new AbortController().signal;
const say: Answer = { blocks: [{ type: "text", text: "hi" }] };
const asking = (model: string) => ({ model, system: [], tools: [], messages: [{ role: "user", content: [{ type: "text", text: "hello" }] }] }) as const;

async function drained(events: AsyncIterable<unknown>): Promise<number> {
  let count = 0;
  for await (const _event of events) count += 1;
  return count;
}

describe("where a server is", () => {
  const given = (url: string, isSecret = false) => addressOf({ url, property: "endpoints.gw.url", isSecret });

  test.each([
    ["https://gw.example/v1/", "https://gw.example/v1", "gw.example"],
    ["http://127.0.0.1:8080/v1", "http://127.0.0.1:8080/v1", "127.0.0.1:8080"],
    ["http://192.168.1.20:11434/v1", "http://192.168.1.20:11434/v1", "192.168.1.20:11434"],
    ["http://gpu:8000/v1", "http://gpu:8000/v1", "gpu:8000"],
    ["http://gpu.local/v1", "http://gpu.local/v1", "gpu.local"],
    ["http://[fd00::1]:8000/v1", "http://[fd00::1]:8000/v1", "[fd00::1]:8000"],
  ])("is as %s says", (url, whole, host) => {
    expect(given(url)).toEqual({ url: whole, host });
  });

  test.each([
    ["http://gw.example/v1", false, "the conversation would cross the network unencrypted to gw.example: write https://"],
    ["http://ollama.localhost:11434/v1", false, "the conversation would cross the network unencrypted to ollama.localhost:11434: write https://"],
    ["http://8.8.8.8/v1", false, "the conversation would cross the network unencrypted to 8.8.8.8: write https://"],
    ["http://10.evil.example/v1", false, "the conversation would cross the network unencrypted to 10.evil.example: write https://"],
    ["http://192.168.1.20/v1", true, "the key would cross the network unencrypted to 192.168.1.20: write https://, or give it no key"],
    ["http://gpu:8000/v1?key=1", false, "it has a query or a fragment"],
    ["http://me:pass@gpu:8000/v1", false, "a URL is no place for a password: use the headers beside it"],
    ["ftp://gpu", false, "ftp:// is neither https:// nor http://"],
    ["gpu", false, '"gpu" is no URL'],
  ])("is not %s", (url, isSecret, problem) => {
    expect(() => given(url, isSecret)).toThrow(expect.objectContaining({ code: "E_CONFIG_SCHEMA", message: `claw/compatible: endpoints.gw.url: ${problem}` }));
  });

  test("counts as one's own network only if it can be nothing else", () => {
    const names = [
      "localhost",
      "127.0.0.2",
      "[::1]",
      "10.1.2.3",
      "172.16.0.1",
      "172.31.0.1",
      "192.168.0.1",
      "100.64.0.1",
      "gpu",
      "gpu.lan",
      "[fe80::1]",
      "a.ts.net",
    ];
    expect(names.filter((name) => !isLocalName(name))).toEqual([]);
    const others = [
      "172.32.0.1",
      "172.15.0.1",
      "100.128.0.1",
      "1.2.3.4",
      "127.0.0.1.evil.example",
      "local.example",
      "[2001:db8::1]",
      "11.0.0.1",
      "gpu.local.example",
    ];
    expect(others.filter(isLocalName)).toEqual([]);
  });

  test("has the path that its wire expects", () => {
    expect([wiredUrl("http://a:1", "openai"), wiredUrl("http://a:1/", "responses"), wiredUrl("http://a:1/api", "openai")]).toEqual([
      "http://a:1/v1",
      "http://a:1/v1",
      "http://a:1/api",
    ]);
    expect([wiredUrl("https://a/anthropic/v1", "anthropic"), wiredUrl("https://a", "anthropic")]).toEqual(["https://a/anthropic/", "https://a/"]);
  });

  test("may be written as Ollama's own variable has it", () => {
    const standard = "http://127.0.0.1:11434/v1";
    const texts = ["0.0.0.0", "gpu", "gpu:9000", "http://0.0.0.0:9000", "https://gpu.example", "[::]:1", "::bad::"];
    expect(texts.map((text) => writtenOut(text, standard))).toEqual([
      "http://127.0.0.1:11434/",
      "http://gpu:11434/",
      "http://gpu:9000/",
      "http://127.0.0.1:9000/",
      "https://gpu.example/",
      "http://[::1]:1/",
      "::bad::",
    ]);
    expect(endpointNamed("ollama", {}, { OLLAMA_HOST: "0.0.0.0" })?.reach().address.url).toBe("http://127.0.0.1:11434/v1");
  });
});

describe("an endpoint", () => {
  const plain = { headers: {}, body: {}, models: [] };

  test("of a known name differs from it in what is written", () => {
    const endpoint = endpointNamed(
      "xai",
      { xai: { ...plain, url: "https://gw.example/xai", key: "COMPATIBLE_API_KEY_2" } },
      { XAI_BASE_URL: "https://other.example" },
    );
    expect([endpoint?.key, endpoint?.wire, endpoint?.reach().address.url]).toEqual(["COMPATIBLE_API_KEY_2", "openai", "https://gw.example/xai"]);
    expect(endpointNamed("xai", { xai: { ...plain, key: "none" } }, {})?.key).toBeUndefined();
  });

  test("of one's own needs an address, and a name that an address can hold", () => {
    expect(() => endpointNamed("gw", { gw: plain }, {})?.reach()).toThrow(
      expect.objectContaining({ message: "claw/compatible: endpoints.gw.url: it is missing" }),
    );
    expect(endpointNamed("constructor", {}, {})).toBeUndefined();
    expect(() => ownNames({ "a/b": plain })).toThrow(expect.objectContaining({ code: "E_CONFIG_SCHEMA" }));
    expect(ownNames({ gw: plain, ollama: plain })).toEqual(["gw"]);
  });

  test("in one's own network takes no header that looks like a key", () => {
    const endpoint = endpointNamed("gpu", { gpu: { ...plain, url: "http://192.168.0.2:8000", headers: { "X-Api-Key": "k" } } }, {});
    expect(() => endpoint?.reach()).toThrow(/the key would cross the network unencrypted/);
  });
});

describe("a key", () => {
  test("goes to its own endpoint and to no other", async () => {
    await using first = await startChatServer([say, say]);
    await using second = await startChatServer([say]);
    await using open = await startChatServer([say]);
    const provider = named("compatible", {
      secrets: { COMPATIBLE_API_KEY: "key-0", COMPATIBLE_API_KEY_1: "key-1" },
      endpoints: {
        first: { url: first.url, key: "COMPATIBLE_API_KEY", headers: { "X-Team": "a" } },
        second: { url: second.url, key: "COMPATIBLE_API_KEY_1" },
        open: { url: open.url },
      },
    });
    await Promise.all(["first/m", "second/org/m", "open/m", "first/n"].map((model) => drained(provider.stream(asking(model), signal()))));
    const seen = [first, second, open].map(({ requests }) =>
      requests.map(({ path, headers, body }) => [path, headers["authorization"], headers["x-team"], (body as { model: string }).model]),
    );
    expect(seen.map((requests) => requests.sort())).toEqual([
      [
        ["/v1/chat/completions", "Bearer key-0", "a", "m"],
        ["/v1/chat/completions", "Bearer key-0", "a", "n"],
      ],
      [["/v1/chat/completions", "Bearer key-1", undefined, "org/m"]],
      [["/v1/chat/completions", undefined, undefined, "m"]],
    ]);
    expect(JSON.stringify(second.requests.map(({ headers, text }) => [headers, text]))).not.toContain("key-0");
  });

  test("does not follow a redirect", async () => {
    await using elsewhere = await startChatServer([say]);
    await using server = await startChatServer(() => ({ status: 307, headers: { location: `${elsewhere.url}/v1/chat/completions` } }));
    const provider = named("compatible", { secrets: { COMPATIBLE_API_KEY: "key-0" }, endpoints: { gw: { url: server.url, key: "COMPATIBLE_API_KEY" } } });
    await expect(drained(provider.stream(asking("gw/m"), signal()))).rejects.toMatchObject({
      code: "MODEL_REFUSED",
      message: expect.stringContaining("where the key is not sent"),
    });
    await expect(provider.refresh?.(signal())).rejects.toMatchObject({ code: "MODEL_REFUSED" });
    expect(elsewhere.requests).toEqual([]);
  });

  test("that is missing is asked for before anything is sent", async () => {
    await using server = await startChatServer([say]);
    const provider = named("groq", { environment: { GROQ_BASE_URL: server.url } });
    await expect(drained(provider.stream(asking("m"), signal()))).rejects.toMatchObject({
      code: "MODEL_NO_CREDENTIALS",
      message: "there is no key for Groq",
      fix: "export GROQ_API_KEY=… with a key from https://console.groq.com/keys",
    });
    expect(server.requests).toEqual([]);
  });

  test("never goes over plain http to another machine", async () => {
    const provider = named("compatible", {
      secrets: { COMPATIBLE_API_KEY: "k-000" },
      endpoints: { gpu: { url: "http://192.168.0.2:8000", key: "COMPATIBLE_API_KEY" } },
    });
    await expect(drained(provider.stream(asking("gpu/m"), signal()))).rejects.toMatchObject({ code: "E_CONFIG_SCHEMA" });
  });
});

describe("the state of the way there", () => {
  test("is told without a request", async () => {
    const secrets = { COMPATIBLE_API_KEY: "k-000" };
    const endpoints = {
      gw: { url: "https://gw.example", key: "COMPATIBLE_API_KEY" },
      dark: { url: "https://dark.example", key: "COMPATIBLE_API_KEY_9" },
    } as const;
    const http = { fetch: () => Promise.reject(new Error("nothing is to be sent")) };
    expect(await named("compatible", { http, secrets, endpoints: { gw: endpoints.gw } }).status?.(signal())).toEqual({
      ready: true,
      host: "gw.example",
      credential: "COMPATIBLE_API_KEY",
    });
    expect(await named("compatible", { http, secrets, endpoints }).status?.(signal())).toEqual({
      ready: true,
      host: "gw.example",
      credential: "COMPATIBLE_API_KEY",
      problem: "dark: there is no key for dark",
      fix: "export COMPATIBLE_API_KEY_9=…",
    });
    expect(await named("compatible", { http }).status?.(signal())).toMatchObject({ ready: false, problem: "no endpoint is named" });
    expect(await named("ollama", { http }).status?.(signal())).toEqual({ ready: true, host: "127.0.0.1:11434" });
    expect(await named("xai", { http }).status?.(signal())).toMatchObject({ ready: false, problem: "there is no key for xAI" });
  });
});
