import { ClawError } from "@claw/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tokenFailure, tokenOf } from "../src/token-answer.ts";

const source = { name: "somebody", secrets: ["s3cr3t-value"], fix: "do something" };
const now = Date.parse("2026-11-22T08:00:00Z");
const expiry = (fields: object): number => tokenOf(200, JSON.stringify({ access_token: "t", ...fields }), now, source).expiresAt - now;

describe("a token", () => {
  test.each([
    ["seconds since 1970 as text", { expires_on: String(now / 1000 + 60) }, 60_000],
    ["seconds since 1970", { expires_on: now / 1000 + 60 }, 60_000],
    ["a date", { expires_on: "2026-11-22T08:01:00Z" }, 60_000],
    ["seconds from now", { expires_in: "60" }, 60_000],
    ["seconds since 1970 beside a date without its zone, as the Azure CLI has both", { expiresOn: "2026-11-22 00:00:00", expires_on: now / 1000 + 60 }, 60_000],
    ["nothing", {}, 0],
    ["nonsense", { expires_on: "soon", expires_in: -1 }, 0],
  ])("ends at what %s says", (_name, fields, left) => {
    expect(expiry(fields)).toBe(left);
  });

  test.each([
    [200, "", "somebody gave no token (200)"],
    [200, "[]", "somebody gave no token (200)"],
    [200, '{"access_token":1}', "somebody gave no token (200)"],
    [200, '{"access_token":"a\\nb"}', "somebody gave no token (200)"],
    [302, "<html>", "somebody gave no token (302)"],
    [400, '{"error":"invalid_request"}', "somebody gave no token (400): invalid_request"],
    [400, '{"message":"No identity."}', "somebody gave no token (400): No identity"],
    [
      401,
      '{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret s3cr3t-value provided. Trace ID: 1 Correlation ID: 2"}',
      "somebody gave no token (401): AADSTS7000215: Invalid client secret [redacted] provided",
    ],
  ])("is not in an answer %i %s", (status, body, message) => {
    expect(() => tokenOf(status, body, now, source)).toThrow(expect.objectContaining({ code: "MODEL_AUTH", message, fix: "do something", retryable: false }));
  });

  test("that is late is asked for again", () => {
    expect([429, 500, 503].map((status) => tokenFailure(status, "", source)).map(({ code, retryable }) => [code, retryable])).toEqual([
      ["MODEL_RATE_LIMITED", true],
      ["MODEL_UNAVAILABLE", true],
      ["MODEL_UNAVAILABLE", true],
    ]);
  });

  test("or an error comes of whatever is answered, and never the secret", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.constant('{"error":"s3cr3t-value"}')), fc.constantFrom(200, 204, 400, 401, 500), (body, status) => {
        try {
          expect(tokenOf(status, body, now, source).value).toMatch(/^[\x21-\x7e]+$/);
        } catch (error) {
          expect([ClawError.is(error), JSON.stringify([String(error), error]).includes("s3cr3t-value")]).toEqual([true, false]);
        }
      }),
    );
  });
});
