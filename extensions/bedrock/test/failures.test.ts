import { describe, expect, test } from "vitest";
import { frameFailure, responseFailure } from "../src/failures.ts";

const context = {
  provider: "bedrock",
  model: "anthropic.claude-opus-5-5",
  now: () => new Date(),
  secrets: ["AKIASECRETKEYID"],
  authFix: "check AWS profile dev",
  suggestions: () => ["anthropic.claude-opus-5"],
};

const failureOf = (status: number, type: string | undefined, body: object | string) =>
  responseFailure(
    status,
    new Headers({ "x-amzn-requestid": "req_1", ...(type === undefined ? {} : { "x-amzn-errortype": type }) }),
    typeof body === "string" ? body : JSON.stringify(body),
    context,
  );

describe("an error of Bedrock's", () => {
  test.each([
    [429, "ThrottlingException", "Too many tokens, please wait before trying again.", "MODEL_RATE_LIMITED", 429, true],
    [400, "ValidationException", "Malformed input request", "MODEL_REFUSED", 400, false],
    [400, "ValidationException", "Input is too long for requested model.", "MODEL_CONTEXT_EXCEEDED", 400, false],
    [400, "ValidationException", "Input Tokens Exceeded: Number of input tokens exceeds maximum length.", "MODEL_CONTEXT_EXCEEDED", 400, false],
    [400, "ValidationException", "The provided model identifier is invalid.", "MODEL_UNKNOWN", 400, false],
    [403, "AccessDeniedException", "You don't have access to the model with the specified model ID.", "MODEL_AUTH", 403, false],
    [404, "ResourceNotFoundException", "Could not resolve the foundation model", "MODEL_UNKNOWN", 404, false],
    [400, "ServiceQuotaExceededException", "Your request exceeds the quota", "MODEL_RATE_LIMITED", 429, true],
    [408, "ModelTimeoutException", "The request took too long to process.", "MODEL_UNAVAILABLE", 408, true],
    [424, "ModelErrorException", "The request failed due to an error while processing the model.", "MODEL_UNAVAILABLE", 500, true],
    [424, "ModelStreamErrorException", "An error occurred while streaming the response.", "MODEL_UNAVAILABLE", 500, true],
    [429, "ModelNotReadyException", "The model is not ready to serve inference requests.", "MODEL_OVERLOADED", 503, true],
    [503, "ServiceUnavailableException", "The service isn't currently available.", "MODEL_OVERLOADED", 503, true],
    [500, "InternalServerException", "An internal server error occurred.", "MODEL_UNAVAILABLE", 500, true],
    [500, "BrandNewException", "Who knows", "MODEL_UNAVAILABLE", 500, true],
  ])("with status %i and the kind %s: %s", (status, type, message, code, said, retryable) => {
    for (const failure of [
      failureOf(status, `${type}:http://internal.amazon.com/coral/`, { message }),
      failureOf(status, undefined, { __type: `com.amazon.coral.service#${type}`, Message: message }),
    ]) {
      expect({ code: failure.code, retryable: failure.retryable, ...(failure.data as object) }).toMatchObject({
        code,
        retryable,
        status: said,
        kind: type,
        requestId: "req_1",
      });
    }
  });

  test.each([
    ["validationException", "Input is too long for requested model.", "MODEL_CONTEXT_EXCEEDED", false],
    ["throttlingException", "slow", "MODEL_RATE_LIMITED", true],
    ["internalServerException", "x", "MODEL_UNAVAILABLE", true],
    ["modelStreamErrorException", "x", "MODEL_UNAVAILABLE", true],
    ["modelTimeoutException", "x", "MODEL_UNAVAILABLE", true],
    ["serviceUnavailableException", "x", "MODEL_OVERLOADED", true],
    ["brandNewException", "x", "MODEL_UNAVAILABLE", true],
  ])("in the middle of a stream: %s, %s", (name, message, code, retryable) => {
    expect(frameFailure({ kind: "exception", name, body: JSON.stringify({ message }) }, "req_2", context)).toMatchObject({
      code,
      retryable,
      data: { requestId: "req_2" },
    });
  });

  test("of the machinery in the middle of a stream is told too", () => {
    expect(frameFailure({ kind: "error", name: "InternalError", body: "it broke" }, undefined, context)).toMatchObject({
      code: "MODEL_UNAVAILABLE",
      message: "bedrock could not answer (500 InternalError): it broke",
    });
  });

  test("about credentials says what to do", () => {
    const fixOf = (type: string, message: string): string | undefined => failureOf(403, type, { message }).fix;
    expect([
      fixOf("ExpiredTokenException", "The security token included in the request is expired"),
      fixOf("UnrecognizedClientException", "The security token included in the request is invalid."),
      fixOf("InvalidSignatureException", "Signature expired: 20261122T080000Z is now earlier than 20261122T081000Z"),
      fixOf("AccessDeniedException", "User is not authorized to perform: bedrock:InvokeModelWithResponseStream"),
    ]).toEqual([
      "the credentials are no longer valid: sign in again (aws sso login), or export new ones; check AWS profile dev",
      "check AWS profile dev",
      "set the clock of this machine",
      "allow bedrock:InvokeModelWithResponseStream for the model, and request access to it in the Bedrock console; check AWS profile dev",
    ]);
  });

  test("about a model that wants an inference profile says how to name one", () => {
    const message =
      "Invocation of model ID x with on-demand throughput isn’t supported. Retry your request with the ID or ARN of an inference profile that contains this model.";
    expect(failureOf(400, "ValidationException", { message })).toMatchObject({
      code: "MODEL_REFUSED",
      retryable: false,
      fix: expect.stringContaining("inferenceProfile"),
    });
  });

  test("is told without keys, and also when it is no JSON", () => {
    const failure = failureOf(400, "ValidationException", { message: "for AKIASECRETKEYID and AKIAIOSFODNN7EXAMPLE" });
    expect(JSON.stringify([failure.message, failure])).not.toMatch(/AKIA/);
    expect(failureOf(502, undefined, "<html>Bad gateway</html>")).toMatchObject({ code: "MODEL_UNAVAILABLE", message: "bedrock could not answer (502)" });
  });
});
