import { startAnthropicServer } from "@claw/testing/conformance";
import { ClawError } from "@claw/kernel";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Credential } from "../src/credentials.ts";
import { endpointOf } from "../src/endpoint.ts";
import { LightHeaders } from "../src/light-headers.ts";
import { type ApiCall, callApi } from "../src/api-call.ts";

const key: Credential = { name: "ANTHROPIC_API_KEY", value: "sk-ant-1" };
const body = Buffer.from("{}");
const token: Credential = { name: "ANTHROPIC_AUTH_TOKEN", value: "tok" };

interface Sent {
  readonly url: string;
  readonly init: RequestInit;
}

const callTo = (baseUrl: string, more: Partial<ApiCall> = {}): ApiCall => ({
  endpoint: endpointOf(baseUrl),
  credential: key,
  headers: {},
  userAgent: "claw/1.0.0",
  path: "/v1/messages",
  body,
  signal: new AbortController().signal,
  ...more,
});

/** Sends to a fetch that opens nothing. */
async function sentTo(call: ApiCall): Promise<Sent> {
  const sent: Sent[] = [];
  const response = await callApi(call, {
    fetch: async (url, init = {}) => {
      sent.push({ url: String(url), init });
      return new Response("data: {}\n\n", { headers: { "content-type": "text/event-stream" } });
    },
  });
  expect([sent.length, response.status]).toEqual([1, 200]);
  return sent[0] as Sent;
}

describe("a request", () => {
  afterEach(() => void vi.unstubAllEnvs());

  test("goes to the Messages API with the key and nothing about this machine", async () => {
    expect(await sentTo(callTo("https://api.anthropic.com"))).toEqual({
      url: "https://api.anthropic.com/v1/messages",
      init: {
        method: "POST",
        body,
        redirect: "manual",
        signal: expect.any(AbortSignal),
        headers: {
          "user-agent": "claw/1.0.0",
          accept: "application/json",
          "anthropic-version": "2026-10-21",
          authorization: "Bearer sk-ant-1",
          "content-type": "application/json",
        },
      },
    });
  });

  test("for something that is not posted has no body, and the key all the same", async () => {
    const { body: _none, ...call } = callTo("https://api.anthropic.com", { path: "/v1/models?limit=1000" });
    const { url, init } = await sentTo(call);
    expect([url, init.method, init.body, init.redirect, init.headers]).toEqual([
      "https://api.anthropic.com/v1/models?limit=1000",
      "GET",
      undefined,
      "manual",
      { "user-agent": "claw/1.0.0", accept: "application/json", "anthropic-version": "2026-10-21", authorization: "Bearer sk-ant-1" },
    ]);
  });

  test("to a gateway also carries the key as older ones want it", async () => {
    const { url, init } = await sentTo(callTo("https://gateway.example/anthropic"));
    expect([url, init.headers]).toEqual([
      "https://gateway.example/anthropic/v1/messages",
      expect.objectContaining({ authorization: "Bearer sk-ant-1", "x-api-key": "sk-ant-1" }),
    ]);
    expect((await sentTo(callTo("https://gateway.example", { credential: token }))).init.headers).toEqual(
      expect.not.objectContaining({ "x-api-key": expect.anything() }),
    );
  });

  test("carries the headers of the config, which win", async () => {
    expect((await sentTo(callTo("https://gateway.example", { credential: token, headers: { "X-Team": "a", Authorization: "Basic b" } }))).init.headers).toEqual(
      expect.objectContaining({ "x-team": "a", authorization: "Basic b" }),
    );
  });

  test("is not changed by the environment", async () => {
    const before = await sentTo(callTo("https://api.anthropic.com"));
    for (const [name, value] of Object.entries({
      ANTHROPIC_API_KEY: "sk-ant-other",
      ANTHROPIC_AUTH_TOKEN: "other",
      ANTHROPIC_BASE_URL: "https://evil.example",
      ANTHROPIC_CUSTOM_HEADERS: "x-evil: 1\nauthorization: Bearer evil",
      ANTHROPIC_LOG: "debug",
      ANTHROPIC_PROFILE: "evil",
      ANTHROPIC_OPEN_TELEMETRY: "true",
    }))
      vi.stubEnv(name, value);
    const after = await sentTo(callTo("https://api.anthropic.com"));
    expect([after.url, after.init.headers]).toEqual([before.url, before.init.headers]);
  });

  test("writes nothing to the console", async () => {
    vi.stubEnv("ANTHROPIC_LOG", "debug");
    const spies = (["log", "info", "warn", "error", "debug"] as const).map((name) => vi.spyOn(console, name));
    await sentTo(callTo("https://api.anthropic.com"));
    expect(spies.flatMap((spy) => spy.mock.calls)).toEqual([]);
    for (const spy of spies) spy.mockRestore();
  });

  test("that fails, fails with what the network said, once", async () => {
    for (const message of ["api.anthropic.com refused the connection", "the connection timed out"]) {
      const failure = new ClawError("NETWORK_FAILED", message, { host: "api.anthropic.com" }, { retryable: true });
      let tries = 0;
      const answer = callApi(callTo("https://api.anthropic.com"), {
        fetch: async () => {
          tries += 1;
          throw failure;
        },
      });
      await expect(answer).rejects.toBe(failure);
      expect(tries).toBe(1);
    }
  });

  test("that is refused is sent once, and its answer is left to be read", async () => {
    await using server = await startAnthropicServer(() => ({ status: 529, body: { kind: "overloaded" } }));
    const response = await callApi(callTo(server.url), { fetch });
    expect([response.status, await response.text(), server.requests.length]).toEqual([529, expect.stringContaining("overloaded_error"), 1]);
  });

  test("is not sent on to where a redirect points", async () => {
    await using elsewhere = await startAnthropicServer([]);
    await using server = await startAnthropicServer(() => ({ status: 307, headers: { location: `${elsewhere.url}/v1/messages` } }));
    const response = await callApi(callTo(server.url), { fetch });
    expect([response.status, elsewhere.requests]).toEqual([307, []]);
  });
});

test("light headers are headers, as far as they go", () => {
  const both = [new LightHeaders({ A: "1" }), new Headers({ A: "1" })].map((headers) => {
    headers.append("a", "2");
    headers.set("B-c", "3");
    headers.append("D", "4");
    headers.delete("d");
    return [[...headers], [...headers.entries()], headers.get("A"), headers.get("x"), headers.has("b-C"), headers.has("d")];
  });
  expect(both[0]).toEqual(both[1]);
  expect([...new LightHeaders(new Headers({ x: "y" }))]).toEqual([["x", "y"]]);
});
