import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FailureContext, type SaidFailure, fieldOf, modelFailure, parsedBody, plainBody, redacted, refusalOf, requestIdOf } from "../kit/model-failure.ts";

const context: FailureContext = { provider: "p", model: "m", now: () => new Date("2026-11-22T08:00:00Z"), secrets: ["hunter2-key"] };
const fail = (
  status: number,
  said: Partial<SaidFailure> & { readonly shouldRetry?: boolean; readonly body?: string } = {},
  more: Partial<FailureContext> = {},
) => modelFailure({ status, text: "", body: "", ...said }, { ...context, ...more });

describe("a failure is classified once, whatever the wire", () => {
  test.each<[number, Partial<SaidFailure>, string, boolean]>([
    [400, {}, "MODEL_REFUSED", false],
    [401, {}, "MODEL_AUTH", false],
    [402, {}, "MODEL_REFUSED", false],
    [403, {}, "MODEL_AUTH", false],
    [404, {}, "MODEL_REFUSED", false],
    [404, { isUnknownModel: true }, "MODEL_UNKNOWN", false],
    [400, { isUnknownModel: true }, "MODEL_UNKNOWN", false],
    [401, { isUnknownModel: true }, "MODEL_AUTH", false],
    [408, {}, "MODEL_UNAVAILABLE", true],
    [409, {}, "MODEL_UNAVAILABLE", true],
    [413, {}, "MODEL_REFUSED", false],
    [400, { isTooLong: true }, "MODEL_CONTEXT_EXCEEDED", false],
    [500, { isTooLong: true }, "MODEL_CONTEXT_EXCEEDED", false],
    [429, {}, "MODEL_RATE_LIMITED", true],
    [429, { text: "your context window is fine, your rate is not" }, "MODEL_RATE_LIMITED", true],
    [500, { text: "the context window service is down" }, "MODEL_UNAVAILABLE", true],
    [500, {}, "MODEL_UNAVAILABLE", true],
    [502, {}, "MODEL_UNAVAILABLE", true],
    [503, { isOverloaded: true }, "MODEL_OVERLOADED", true],
    [529, {}, "MODEL_OVERLOADED", true],
    [307, {}, "MODEL_REFUSED", false],
    [418, {}, "MODEL_REFUSED", false],
  ])("%i %j is %s", (status, said, code, retryable) => {
    const failure = fail(status, said);
    expect([failure.code, failure.retryable]).toEqual([code, retryable]);
  });

  test.each([
    "This model's maximum context length is 8192 tokens",
    "input exceeds the context window of this model",
    "error code: context_length_exceeded",
    "Too many tokens in the prompt",
    "prompt is too long: 200015 tokens > 200000 maximum",
    "Input is too long for requested model",
    "The input token count (1048577) exceeds the maximum number of tokens allowed (1048576)",
    "Request is too large",
    "Request exceeds the maximum size",
  ])("says that a request is too long: %s", (text) => {
    for (const status of [400, 413, 422]) expect(fail(status, { text }).code).toBe("MODEL_CONTEXT_EXCEEDED");
  });

  test("the vendor's word on whether to try again counts more than the status", () => {
    expect([fail(500, { shouldRetry: false }).retryable, fail(400, { shouldRetry: true }).retryable, fail(429, { shouldRetry: false }).retryable]).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe("a failure is told", () => {
  test("in one sentence without a full stop, with what to do where that is known", () => {
    const of = { authFix: "check the key", addressFix: "check the address", suggestions: () => ["n"] };
    const told = ({ message, fix }: { readonly message: string; readonly fix?: string | undefined }): readonly unknown[] => [message, fix];
    expect([
      told(fail(401, { kind: "auth", text: "  no\n key. " }, of)),
      told(fail(404, { isUnknownModel: true, text: "who?" }, of)),
      told(fail(404, { isUnknownModel: true, text: "who?" })),
      told(fail(404, { isUnknownModel: true, text: "not yours" }, { ...of, suggestions: () => ["m"] })),
      told(fail(401, { kind: "401", text: "no" })),
      told(fail(403, { text: "not in your country" })),
      told(fail(429, { retryAfterMs: 1500, text: "slow down..." }, of)),
      told(fail(404, {}, of)),
      told(fail(400, { text: "x" }, of)),
      told(fail(400, { isTooLong: true }, of)),
      told(fail(529)),
      told(fail(502)),
    ]).toEqual([
      ["p refused the key (401 auth): no key", "check the key"],
      ["p has no model m: who?", "--model p/n"],
      ["p has no model m: who?", "claw models --provider p lists what is known of it"],
      ["p has no model m: not yours", "claw models --provider p lists what is known of it"],
      ["p refused the key (401): no", undefined],
      ["p refused access (403): not in your country", undefined],
      ["p limits the rate of requests (429), and asks to wait 2 s: slow down", undefined],
      ["p refused the request (404)", "check the address"],
      ["p refused the request (400): x", undefined],
      ["the request is too long for p/m", "compact the session, or leave out what is large in the request"],
      ["p is overloaded (529)", undefined],
      ["p could not answer (502)", undefined],
    ]);
    expect(fail(404, { isUnknownModel: true }, of).data).toEqual({ provider: "p", status: 404, model: "m", suggestions: ["n"] });
  });

  test("with all that was said of it, bounded", () => {
    const failure = fail(429, { kind: "k", retryAfterMs: 3, requestId: "r", text: "x".repeat(10_000), body: "é".repeat(10_000) });
    const { body, ...data } = failure.data as { readonly body: string };
    expect([data, failure.message.length < 400, Buffer.byteLength(body) <= 2048, body.isWellFormed()]).toEqual([
      { provider: "p", status: 429, kind: "k", retryAfterMs: 3, requestId: "r" },
      true,
      true,
      true,
    ]);
  });

  test("without a key, wherever it stands", () => {
    const text = "hunter2-key and sk-ant-api03-abcdef";
    const failure = fail(401, { text, body: text });
    expect(JSON.stringify([failure.message, failure.data])).not.toMatch(/hunter2|api03/);
  });
});

describe("a refused response", () => {
  const refused = (status: number, headers: Record<string, string>, said: SaidFailure = { text: "" }) =>
    refusalOf(status, new Headers(headers), "{}", context, () => said);

  test("has its request's id, its wait and its word on another try from its headers", () => {
    const headers = { "x-request-id": "r1", "retry-after": "2", "x-should-retry": "false" };
    const failure = refused(503, headers, { text: "", requestId: "r2", retryAfterMs: 9 });
    expect([failure.data, failure.retryable]).toEqual([{ provider: "p", status: 503, retryAfterMs: 2000, requestId: "r1", body: "{}" }, false]);
    const { data } = refused(503, { "x-should-retry": "perhaps" }, { text: "", requestId: "r2", retryAfterMs: 9 });
    expect(data).toEqual({ provider: "p", status: 503, retryAfterMs: 9, requestId: "r2", body: "{}" });
  });

  test("that redirects is told as that, by the host alone", () => {
    expect(refused(302, { location: "https://login.example/x?token=1" }).message).toBe(
      "p refused the request (302): it redirects to https://login.example, where the key is not sent",
    );
    for (const location of ["/here", "", "::::"]) expect(refused(307, { location }).message).toContain("it redirects to nowhere");
  });
});

describe("what is read of a failure", () => {
  test("is the first id that a vendor gave", () => {
    expect(
      [{ "x-amzn-requestid": "a" }, { "request-id": "", "apim-request-id": "b" }, { "request-id": "c", "x-request-id": "d" }, {}].map((headers) =>
        requestIdOf(new Headers(headers as Record<string, string>)),
      ),
    ).toEqual(["a", "b", "c", undefined]);
  });

  test("is its JSON, or its text unless that is a page", () => {
    expect([parsedBody('{"a":1}'), parsedBody("{"), parsedBody(""), parsedBody("null")]).toEqual([{ a: 1 }, undefined, undefined, null]);
    expect([plainBody("busy"), plainBody("\n <html>busy"), plainBody("")]).toEqual([{ text: "busy" }, { text: "" }, { text: "" }]);
  });

  test("is an own field of an object and nothing else", () => {
    expect([fieldOf({ a: 1 }, "a"), fieldOf({ a: 1 }, "toString"), fieldOf(null, "a"), fieldOf("text", "length"), fieldOf([7], "0")]).toEqual([
      1,
      undefined,
      undefined,
      undefined,
      7,
    ]);
  });
});

describe("keys are masked", () => {
  test.each([
    ["key sk-ant-api03-abcd_efgh-1234 end", "key [redacted] end"],
    ["key sk-proj-abcdefghijklmnop1234", "key [redacted]"],
    ["AIzaSyA-1234567890abcdefghijklmnopqrstu", "[redacted]"],
    ["ya29.a0AfH6SMBx-y_z", "[redacted]"],
    ["AKIAIOSFODNN7EXAMPLE", "[redacted]"],
    ["Authorization: Bearer abc.def-ghi==", "Authorization: Bearer [redacted]"],
    ["a task-list, sk-8 and the risk-averse-people-of-old", "a task-list, sk-8 and the risk-averse-people-of-old"],
  ])("in %s", (text, masked) => {
    expect(redacted(text, [])).toBe(masked);
  });

  test("when they were given, and are long enough to be one", () => {
    expect(redacted("abc hunter2-key abc", ["abc", "hunter2-key"])).toBe("abc [redacted] abc");
  });

  test("in every failure, whatever the body is", () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 599 }), fc.string(), fc.string(), (status, before, after) => {
        const body = `${before}hunter2-key${after}`;
        const failure = refusalOf(status, new Headers(), body, context, plainBody);
        expect(JSON.stringify([failure.message, failure.data])).not.toContain("hunter2-key");
        expect(failure.message).not.toMatch(/[\n\r]|\.$/);
      }),
    );
  });
});
