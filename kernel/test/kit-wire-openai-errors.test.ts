import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClawError } from "../src/errors.ts";
import type { FailureContext } from "../kit/model-failure.ts";
import { openaiEventFailure, openaiFailure } from "../kit/wire-openai/errors.ts";

const context: FailureContext = {
  provider: "somebody",
  model: "gpt-9",
  now: () => new Date("2026-11-22T08:00:00Z"),
  secrets: ["hunter2-key"],
  authFix: "check the key",
  addressFix: "check the address",
  suggestions: () => ["gpt-6-sol"],
};
const about = ({ code, message, data, retryable, fix }: ClawError): object => ({ code, message, data: { ...data, body: undefined }, retryable, fix });
const fail = (status: number, error: unknown, headers: Record<string, string> = {}): object =>
  about(openaiFailure(status, new Headers(headers), typeof error === "string" ? error : JSON.stringify({ error }), context));
const said = (code: string | null, message: string, type = "invalid_request_error"): object => ({ message, type, param: null, code });
const codeOf = (status: number, error: unknown): unknown => (fail(status, error) as { readonly code: string }).code;

describe("a refused request", () => {
  test("says in a sentence what, why and what to do", () => {
    expect(fail(401, said("invalid_api_key", "Incorrect API key provided: hunter2-key."), { "x-request-id": "req_1" })).toEqual({
      code: "MODEL_AUTH",
      message: "somebody refused the key (401 invalid_api_key): Incorrect API key provided: [redacted]",
      retryable: false,
      fix: "check the key",
      data: { provider: "somebody", status: 401, kind: "invalid_api_key", requestId: "req_1" },
    });
    expect(fail(404, said("model_not_found", "The model `gpt-9` does not exist"))).toEqual({
      code: "MODEL_UNKNOWN",
      message: "somebody has no model gpt-9: The model `gpt-9` does not exist",
      retryable: false,
      fix: "--model somebody/gpt-6-sol",
      data: { provider: "somebody", status: 404, kind: "model_not_found", model: "gpt-9", suggestions: ["gpt-6-sol"] },
    });
    expect(fail(429, said("rate_limit_exceeded", "Rate limit reached", "requests"), { "retry-after": "30" })).toEqual({
      code: "MODEL_RATE_LIMITED",
      message: "somebody limits the rate of requests (429 rate_limit_exceeded), and asks to wait 30 s: Rate limit reached",
      retryable: true,
      fix: undefined,
      data: { provider: "somebody", status: 429, kind: "rate_limit_exceeded", retryAfterMs: 30_000 },
    });
  });

  test("for want of money is not tried again", () => {
    expect(fail(429, said("insufficient_quota", "You exceeded your current quota", "insufficient_quota"))).toMatchObject({
      code: "MODEL_RATE_LIMITED",
      retryable: false,
    });
    expect(fail(429, said(null, "You exceeded your current quota", "insufficient_quota"))).toMatchObject({ retryable: false });
    expect(fail(429, said("billing_not_active", "Your account is not active"))).toMatchObject({ retryable: false });
  });

  test("waits as long as its text says, where no header does", () => {
    const text = "Rate limit reached for gpt-6-sol. Please try again in 1.2s.";
    expect([
      fail(429, said("rate_limit_exceeded", text)),
      fail(429, said("rate_limit_exceeded", text), { "retry-after-ms": "50" }),
      fail(429, said(null, "Please try again in 20ms")),
    ]).toEqual([
      expect.objectContaining({ data: expect.objectContaining({ retryAfterMs: 1200 }) }),
      expect.objectContaining({ data: expect.objectContaining({ retryAfterMs: 50 }) }),
      expect.objectContaining({ data: expect.objectContaining({ retryAfterMs: 20 }) }),
    ]);
  });

  test.each([
    [400, said("context_length_exceeded", "too much"), "MODEL_CONTEXT_EXCEEDED"],
    [400, said(null, "This model's maximum context length is 8192 tokens"), "MODEL_CONTEXT_EXCEEDED"],
    [
      429,
      said("rate_limit_exceeded", "Request too large for gpt-6-sol on tokens per min (TPM): Limit 30000, Requested 50000", "tokens"),
      "MODEL_CONTEXT_EXCEEDED",
    ],
    [503, said("slow_down", "Slow down"), "MODEL_OVERLOADED"],
    [503, said(null, "The server is currently overloaded", "server_error"), "MODEL_OVERLOADED"],
    [503, said(null, "The server had an error", "server_error"), "MODEL_UNAVAILABLE"],
    [400, said(null, "x is not a valid model ID"), "MODEL_UNKNOWN"],
    [404, said(null, "model 'x' not found, try pulling it first", "api_error"), "MODEL_UNKNOWN"],
    [404, said("DeploymentNotFound", "The API deployment for this resource does not exist"), "MODEL_UNKNOWN"],
    [404, "<html>Not found</html>", "MODEL_REFUSED"],
    [400, { message: "the tool is overloaded", code: 400 }, "MODEL_REFUSED"],
    [403, said(null, "no"), "MODEL_AUTH"],
    [422, "", "MODEL_REFUSED"],
  ])("of status %i that says %j is %s", (status, error, code) => {
    expect(codeOf(status, error)).toBe(code);
  });

  test("is read in whatever form it comes", () => {
    const messageOf = (body: string): unknown => openaiFailure(400, new Headers(), body, context).message;
    expect([
      messageOf('{"error":"a text"}'),
      messageOf('{"object":"error","message":"at the top","type":"BadRequestError","code":400}'),
      messageOf('{"detail":"of a framework"}'),
      messageOf('"a string"'),
      messageOf("plain words"),
      messageOf("[1]"),
    ]).toEqual([
      "somebody refused the request (400): a text",
      "somebody refused the request (400 BadRequestError): at the top",
      "somebody refused the request (400): of a framework",
      "somebody refused the request (400): a string",
      "somebody refused the request (400): plain words",
      "somebody refused the request (400)",
    ]);
  });
});

describe("an error inside a stream", () => {
  const codeOfEvent = (event: unknown): unknown => {
    const { code, retryable, data } = openaiEventFailure(JSON.stringify(event), "req_1", context);
    return [code, retryable, (data as { readonly status: number }).status];
  };

  test.each([
    [{ error: said("rate_limit_exceeded", "slow") }, ["MODEL_RATE_LIMITED", true, 429]],
    [{ error: said("insufficient_quota", "no money") }, ["MODEL_RATE_LIMITED", false, 429]],
    [{ error: said(null, "it broke", "server_error") }, ["MODEL_UNAVAILABLE", true, 500]],
    [{ error: said("server_is_overloaded", "busy") }, ["MODEL_OVERLOADED", true, 503]],
    [{ error: { code: 502, message: "upstream" } }, ["MODEL_UNAVAILABLE", true, 502]],
    [{ error: { code: 7, message: "?" } }, ["MODEL_UNAVAILABLE", true, 500]],
    [{ type: "error", code: "context_length_exceeded", message: "long" }, ["MODEL_CONTEXT_EXCEEDED", false, 400]],
    [{ type: "error", code: "something_new", message: "?" }, ["MODEL_UNAVAILABLE", true, 500]],
    [{ type: "response.failed", response: { error: { code: "invalid_prompt", message: "no" } } }, ["MODEL_REFUSED", false, 400]],
    [{ type: "response.failed", response: { error: { code: "constructor", message: "no" } } }, ["MODEL_UNAVAILABLE", true, 500]],
  ])("that says %j is as its response would have been", (event, expected) => {
    expect(codeOfEvent(event)).toEqual(expected);
  });

  test("is an error of claw's, whatever it holds", () => {
    const value = fc.oneof(fc.jsonValue(), fc.constant({ toString: 1, valueOf: 1 }));
    const event = fc.record(
      { error: fc.record({ code: value, type: value, message: value }, { requiredKeys: [] }), response: value, type: value, code: value, message: value },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          event.map((each) => JSON.stringify(each)),
          fc.string(),
        ),
        fc.integer({ min: 300, max: 599 }),
        (data, status) => {
          expect([ClawError.is(openaiEventFailure(data, undefined, context)), ClawError.is(openaiFailure(status, new Headers(), data, context))]).toEqual([
            true,
            true,
          ]);
        },
      ),
      { numRuns: 1500 },
    );
  });
});
