import type { ClawError } from "../../src/errors.ts";
import { type FailureContext, type SaidFailure, fieldOf, modelFailure, parsedBody, plainBody, refusalOf } from "../model-failure.ts";

/** What an error inside a stream would have been as a response. */
const statusOfKind: ReadonlyMap<string, number> = new Map([
  ["invalid_request_error", 400],
  ["invalid_prompt", 400],
  ["context_length_exceeded", 400],
  ["content_filter", 400],
  ["data_residency_mismatch", 400],
  ["bio_policy", 400],
  ["misalignment_policy_violation", 400],
  ["image_content_policy_violation", 400],
  ["authentication_error", 401],
  ["invalid_api_key", 401],
  ["permission_error", 403],
  ["model_not_found", 404],
  ["not_found_error", 404],
  ["rate_limit_error", 429],
  ["rate_limit_exceeded", 429],
  ["insufficient_quota", 429],
  ["server_error", 500],
  ["slow_down", 503],
  ["overloaded", 503],
  ["overloaded_error", 503],
  ["server_is_overloaded", 503],
  ["vector_store_timeout", 504],
]);

/** No time that passes mends these; a person does. */
const lasting = new Set(["insufficient_quota", "billing_hard_limit_reached", "billing_not_active", "account_deactivated"]);
const missingModels = new Set(["model_not_found", "DeploymentNotFound"]);
const missingModel = /\bmodel [`'"“]?[^\s`'"“”]{1,200}[`'"”]? (?:does not exist|(?:is |was )?not found)|is not a valid model id/i;

interface Said extends SaidFailure {
  readonly status?: number;
  readonly shouldRetry?: boolean;
}

/** The error of a response that is no stream. */
export function openaiFailure(status: number, headers: Pick<Headers, "get">, body: string, context: FailureContext): ClawError {
  // What the body says of trying again is taken for what no header says.
  return refusalOf(status, headers, body, context, (text) => read(parsedBody(text)) ?? plainBody(text));
}

/** The error that an event of a stream means; `data` is its JSON: a chunk with an `error`, an `error` event, or a `response.failed`. */
export function openaiEventFailure(data: string, requestId: string | undefined, context: FailureContext): ClawError {
  const said = read(parsedBody(data)) ?? { text: "" };
  const id = requestId ?? said.requestId;
  // A kind that we do not know came after a reply had begun: the request itself was accepted.
  const status = said.status ?? statusOfKind.get(said.kind ?? "") ?? (said.isTooLong === true ? 400 : 500);
  return modelFailure({ ...said, status, body: data, ...(id === undefined ? {} : { requestId: id }) }, context);
}

/** `{"error":{"message","type","code","param"}}`, or whatever stands there instead; servers that speak this wire put it in many places. */
function read(parsed: unknown): Said | undefined {
  if (parsed === undefined) return undefined;
  const error = fieldOf(parsed, "error") ?? fieldOf(fieldOf(parsed, "response"), "error") ?? parsed;
  const code = fieldOf(error, "code");
  const words = [code, fieldOf(error, "type")].filter((word) => typeof word === "string" && word !== "" && word !== "error") as readonly string[];
  const [kind] = words;
  const text = textOf(error);
  const requestId = fieldOf(parsed, "request_id");
  const wait = /try again in (\d{1,6}(?:\.\d{1,6})?)\s*(ms|s)\b/.exec(text);
  return {
    text,
    isUnknownModel: words.some((word) => missingModels.has(word)) || missingModel.test(text),
    isOverloaded: words.some((word) => word === "slow_down" || /overloaded/i.test(word)) || (words.includes("server_error") && /overloaded/i.test(text)),
    // A request above the limit of a minute is refused in every minute.
    isTooLong: words.includes("context_length_exceeded") || /^request too large for /i.test(text),
    ...(kind === undefined ? {} : { kind }),
    ...(words.some((word) => lasting.has(word)) ? { shouldRetry: false } : {}),
    ...(wait === null ? {} : { retryAfterMs: Math.ceil(Number(wait[1]) * (wait[2] === "ms" ? 1 : 1000)) }),
    ...(typeof requestId === "string" ? { requestId } : {}),
    ...(Number.isInteger(code) && (code as number) >= 400 && (code as number) < 600 ? { status: code as number } : {}),
  };
}

function textOf(error: unknown): string {
  const text = fieldOf(error, "message") ?? fieldOf(error, "detail") ?? error;
  return typeof text === "string" ? text : "";
}
