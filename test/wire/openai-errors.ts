import type { FailureKind, WireError } from "./reply.ts";

const errors: Readonly<Record<FailureKind, readonly [type: string, code: string | null, message: string]>> = {
  auth: ["invalid_request_error", "invalid_api_key", "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys."],
  permission: ["invalid_request_error", "unsupported_country_region_territory", "Country, region, or territory not supported"],
  "not-found": ["invalid_request_error", "model_not_found", "The model `gpt-none` does not exist or you do not have access to it."],
  "rate-limit": ["requests", "rate_limit_exceeded", "Rate limit reached for gpt-scripted on requests per min (RPM): Limit 500, Used 500, Requested 1."],
  overloaded: ["server_error", "server_is_overloaded", "Our servers are currently overloaded. Please try again later."],
  server: ["server_error", null, "The server had an error while processing your request. Sorry about that!"],
  "too-long": [
    "invalid_request_error",
    "context_length_exceeded",
    "This model's maximum context length is 272000 tokens. However, your messages resulted in 272015 tokens.",
  ],
  invalid: ["invalid_request_error", "integer_below_min_value", "Invalid 'max_completion_tokens': integer below minimum value."],
};

/** An error as the vendor's two wires have it. */
export function openaiErrorOf({ kind, message }: WireError): {
  readonly message: string;
  readonly type: string;
  readonly param: null;
  readonly code: string | null;
} {
  const [type, code, usual] = errors[kind];
  return { message: message ?? usual, type, param: null, code };
}
