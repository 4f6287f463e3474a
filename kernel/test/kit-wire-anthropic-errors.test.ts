import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { retryAfterOf } from "../kit/retry.ts";
import { type FailureContext, redacted } from "../kit/model-failure.ts";
import { eventFailure, responseFailure } from "../kit/wire-anthropic/errors.ts";

const now = new Date("2026-11-22T08:00:00Z");
const context: FailureContext = {
  provider: "anthropic",
  model: "claude-opus-9",
  now: () => now,
  secrets: ["hunter2-key"],
  authFix: "check the key",
  addressFix: "check the address",
  suggestions: () => ["claude-opus-5-5"],
};
const fail = (status: number, body: unknown, headers: Record<string, string> = {}): object => {
  const { code, message, data, retryable, fix } = responseFailure(
    status,
    new Headers(headers),
    typeof body === "string" ? body : JSON.stringify(body),
    context,
  );
  return { code, message, data: { ...data, body: undefined }, retryable, fix };
};
const error = (type: string, message: string): object => ({ type: "error", error: { type, message }, request_id: "req_body" });

describe("a refused request", () => {
  test("says in a sentence what, why and what to do", () => {
    expect(fail(401, error("authentication_error", "invalid bearer token."), { "request-id": "req_1" })).toEqual({
      code: "MODEL_AUTH",
      message: "anthropic refused the key (401 authentication_error): invalid bearer token",
      retryable: false,
      fix: "check the key",
      data: { provider: "anthropic", status: 401, kind: "authentication_error", requestId: "req_1" },
    });
    expect(fail(404, error("not_found_error", "model: claude-opus-9"))).toEqual({
      code: "MODEL_UNKNOWN",
      message: "anthropic has no model claude-opus-9: model: claude-opus-9",
      retryable: false,
      fix: "--model anthropic/claude-opus-5-5",
      data: { provider: "anthropic", status: 404, kind: "not_found_error", requestId: "req_body", model: "claude-opus-9", suggestions: ["claude-opus-5-5"] },
    });
    expect(fail(429, error("rate_limit_error", "slow down"), { "retry-after": "30" })).toEqual({
      code: "MODEL_RATE_LIMITED",
      message: "anthropic limits the rate of requests (429 rate_limit_error), and asks to wait 30 s: slow down",
      retryable: true,
      fix: undefined,
      data: { provider: "anthropic", status: 429, kind: "rate_limit_error", requestId: "req_body", retryAfterMs: 30_000 },
    });
  });

  test.each([
    [400, error("invalid_request_error", "prompt is too long: 200015 tokens > 200000 maximum"), "MODEL_CONTEXT_EXCEEDED", false],
    [413, error("request_too_large", "Request exceeds the maximum size"), "MODEL_CONTEXT_EXCEEDED", false],
    [413, error("request_too_large", "too big"), "MODEL_REFUSED", false],
    [400, error("invalid_request_error", "messages: at least one message is required"), "MODEL_REFUSED", false],
    [402, error("billing_error", "no credit"), "MODEL_REFUSED", false],
    [403, error("permission_error", "no"), "MODEL_AUTH", false],
    [404, "<html>nginx</html>", "MODEL_REFUSED", false],
    [408, "", "MODEL_UNAVAILABLE", true],
    [409, "", "MODEL_UNAVAILABLE", true],
    [500, error("api_error", "oops"), "MODEL_UNAVAILABLE", true],
    [503, error("overloaded_error", "busy"), "MODEL_OVERLOADED", true],
    [504, "upstream timed out", "MODEL_UNAVAILABLE", true],
    [529, error("overloaded_error", "Overloaded"), "MODEL_OVERLOADED", true],
  ])("with status %i and %j is %s", (status, body, code, retryable) => {
    expect(fail(status, body)).toMatchObject({ code, retryable });
  });

  test.each([
    ["true", 400, true],
    ["false", 529, false],
    ["maybe", 529, true],
  ])("with x-should-retry: %s and status %i is retryable: %s", (header, status, retryable) => {
    expect(fail(status, "", { "x-should-retry": header })).toMatchObject({ retryable });
  });

  test("that redirects says where to, and that the key stays", () => {
    expect(fail(307, "", { location: "https://elsewhere.example/v1?key=x" })).toMatchObject({
      code: "MODEL_REFUSED",
      message: "anthropic refused the request (307): it redirects to https://elsewhere.example, where the key is not sent",
      fix: "check the address",
    });
    expect(fail(302, "")).toMatchObject({ message: "anthropic refused the request (302): it redirects to nowhere, where the key is not sent" });
  });

  test("by something else than the API says to check the address", () => {
    expect(fail(404, "<html>not here</html>")).toMatchObject({ message: "anthropic refused the request (404)", fix: "check the address" });
  });

  test("is one sentence without a key and with a bounded body, whatever the server wrote", () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.json(),
      fc
        .constantFrom(error("x", "sk-ant-api03-abcdefgh hunter2-key\n\n\tBearer abcdefghijkl."), { error: "text" }, { error: { message: 5 } }, [], null)
        .map((value) => JSON.stringify(value)),
    );
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 599 }), hostile, fc.nat(3), (status, body, times) => {
        const failure = responseFailure(status, new Headers(), body.repeat(10 ** times), context);
        const all = JSON.stringify([failure.message, failure.data]);
        expect(failure.message).not.toMatch(/\n|\.$/);
        expect(failure.message.length).toBeLessThan(450);
        expect(all).not.toMatch(/hunter2-key|sk-ant-api03-abc|abcdefghijkl/);
        expect(Buffer.byteLength((failure.data as { body?: string }).body ?? "")).toBeLessThanOrEqual(2048);
      }),
    );
  });
});

describe("an error event in a stream", () => {
  test.each([
    ["overloaded_error", "MODEL_OVERLOADED", true, 529],
    ["rate_limit_error", "MODEL_RATE_LIMITED", true, 429],
    ["api_error", "MODEL_UNAVAILABLE", true, 500],
    ["timeout_error", "MODEL_UNAVAILABLE", true, 504],
    ["authentication_error", "MODEL_AUTH", false, 401],
    ["invalid_request_error", "MODEL_REFUSED", false, 400],
    ["something_new", "MODEL_UNAVAILABLE", true, 500],
  ])("of type %s is %s", (type, code, retryable, status) => {
    const failure = eventFailure(JSON.stringify(error(type, "sorry")), "req_header", context);
    expect([failure.code, failure.retryable, failure.data]).toEqual([
      code,
      retryable,
      { provider: "anthropic", status, kind: type, requestId: "req_header", body: JSON.stringify(error(type, "sorry")) },
    ]);
  });

  test("that says nothing may be tried again", () => {
    expect(eventFailure('{"type":"error"}', undefined, context)).toMatchObject({
      code: "MODEL_UNAVAILABLE",
      retryable: true,
      message: "anthropic could not answer (500)",
    });
  });
});

describe("the time a response asks to wait", () => {
  test.each([
    [{ "retry-after": "7" }, 7000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after": "0" }, 0],
    [{ "retry-after-ms": "1500.2", "retry-after": "9" }, 1501],
    [{ "retry-after": "Sun, 22 Nov 2026 08:01:00 GMT" }, 60_000],
    [{ "retry-after": "Sun, 22 Nov 2026 07:00:00 GMT" }, 0],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "-5" }, undefined],
    [{ "retry-after": "1e9" }, undefined],
    [{ "retry-after-ms": "-1" }, undefined],
    [{}, undefined],
  ])("of %j is %s", (headers, expected) => {
    expect(retryAfterOf(new Headers(headers as Record<string, string>), now.getTime())).toBe(expected);
  });
});

test("keys are masked wherever they stand", () => {
  expect(redacted('x-api-key: sk-ant-api03-AbC_d-9 Authorization: Bearer eyJhbGciOi.J9 and hunter2-key"', ["hunter2-key", ""])).toBe(
    'x-api-key: [redacted] Authorization: Bearer [redacted] and [redacted]"',
  );
});
