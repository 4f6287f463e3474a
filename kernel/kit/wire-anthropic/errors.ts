import { ClawError, type ErrorCode, type ModelFailure } from "../../src/errors.ts";
import { retryAfterOf } from "../retry.ts";
import { truncate } from "../truncate.ts";

/** Whose failure it is, and what its message may say or must not. */
export interface FailureContext {
  readonly provider: string;
  readonly model: string;
  now(): Date;
  /** Masked wherever they stand. */
  readonly secrets: readonly string[];
  /** What to do about a refused key. */
  readonly authFix?: string;
  /** What to do when something else than the API answers. */
  readonly addressFix?: string;
  /** Names near the model's, asked for when it is unknown. */
  suggestions?(): readonly string[];
}

interface Seen {
  readonly status?: number;
  readonly kind?: string;
  readonly text: string;
  readonly body: string;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
  readonly shouldRetry?: boolean;
}

const maxBodyBytes = 2048;
const maxTextLength = 300;

/** What an error event of a stream would have been as a response. */
const statusOfKind: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  api_error: 500,
  timeout_error: 504,
  overloaded_error: 529,
};

const contextTexts =
  /maximum context length|context window|context length|too many tokens|prompt is too long|input is too long|request is too large|exceeds? the maximum size/i;

/** The error of a response that is not a stream. */
export function responseFailure(status: number, headers: Pick<Headers, "get">, body: string, context: FailureContext): ClawError {
  const said = read(body);
  const { kind, requestId } = said;
  const text = status < 400 ? `it redirects to ${URL.parse(headers.get("location") ?? "")?.origin ?? "nowhere"}, where the key is not sent` : said.text;
  const retryAfterMs = retryAfterOf(headers, context.now().getTime());
  const id = headers.get("request-id") ?? headers.get("x-request-id") ?? requestId;
  const shouldRetry = { true: true, false: false }[headers.get("x-should-retry") ?? ""];
  return failure(
    {
      status,
      text,
      body,
      ...(kind === undefined ? {} : { kind }),
      ...(id === undefined ? {} : { requestId: id }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(shouldRetry === undefined ? {} : { shouldRetry }),
    },
    context,
  );
}

/** The error that an `error` event of a stream means; `data` is its JSON. */
export function eventFailure(data: string, requestId: string | undefined, context: FailureContext): ClawError {
  const seen = read(data);
  const id = requestId ?? seen.requestId;
  // A kind that we do not know came after a reply had begun: the request itself was accepted.
  const status = seen.kind === undefined ? 500 : (statusOfKind[seen.kind] ?? 500);
  return failure(
    { status, text: seen.text, body: data, ...(seen.kind === undefined ? {} : { kind: seen.kind }), ...(id === undefined ? {} : { requestId: id }) },
    context,
  );
}

/** Masks keys, wherever a provider repeats one. */
export function redacted(text: string, secrets: readonly string[]): string {
  const masked = secrets.filter((secret) => secret.length > 3).reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), text);
  return masked.replaceAll(/sk-ant-[\w-]{4,}|\bsk-[\w-]{16,}/g, "[redacted]").replaceAll(/(bearer\s+)[\w.~+/-]{8,}=*/gi, "$1[redacted]");
}

function failure(seen: Seen, context: FailureContext): ClawError {
  const { provider, model } = context;
  const status = seen.status ?? 500;
  const code = codeOf(status, seen);
  const body = truncate(Buffer.from(redacted(seen.body, context.secrets)), maxBodyBytes, maxBodyBytes).head;
  const data: ModelFailure = {
    provider,
    status,
    ...(seen.kind === undefined ? {} : { kind: seen.kind }),
    ...(seen.retryAfterMs === undefined ? {} : { retryAfterMs: seen.retryAfterMs }),
    ...(seen.requestId === undefined ? {} : { requestId: seen.requestId }),
    ...(body === "" ? {} : { body }),
  };
  const retryable = seen.shouldRetry ?? (status === 408 || status === 409 || status === 429 || status >= 500);
  const said = redacted(seen.text, context.secrets)
    .replaceAll(/\s+/g, " ")
    .trim()
    .slice(0, maxTextLength)
    .replace(/[.\s]+$/, "");
  const because = said === "" ? "" : `: ${said}`;
  const where = `${status}${seen.kind === undefined ? "" : ` ${seen.kind}`}`;

  switch (code) {
    case "MODEL_AUTH":
      return new ClawError(code, `${provider} refused the key (${where})${because}`, data, context.authFix === undefined ? {} : { fix: context.authFix });
    case "MODEL_UNKNOWN":
      return new ClawError(code, `${provider} has no model ${model}${because}`, { ...data, model, suggestions: context.suggestions?.() ?? [] });
    case "MODEL_CONTEXT_EXCEEDED":
      return new ClawError(code, `the request is too long for ${provider}/${model}${because}`, data, {
        fix: "compact the session, or leave out what is large in the request",
      });
    case "MODEL_RATE_LIMITED": {
      const wait = seen.retryAfterMs === undefined ? "" : `, and asks to wait ${Math.ceil(seen.retryAfterMs / 1000)} s`;
      return new ClawError(code, `${provider} limits the rate of requests (${where})${wait}${because}`, data, { retryable });
    }
    case "MODEL_OVERLOADED":
      return new ClawError(code, `${provider} is overloaded (${where})${because}`, data, { retryable });
    case "MODEL_UNAVAILABLE":
      return new ClawError(code, `${provider} could not answer (${where})${because}`, data, { retryable });
    default:
      return new ClawError(code, `${provider} refused the request (${where})${because}`, data, {
        retryable,
        ...((status === 404 || status < 400) && context.addressFix !== undefined ? { fix: context.addressFix } : {}),
      });
  }
}

type FailureCode = ErrorCode & `MODEL_${string}`;

function codeOf(status: number, { kind, text }: Seen): FailureCode {
  if (status === 401 || status === 403) return "MODEL_AUTH";
  // A 404 without the wire's own shape comes from something else at that address.
  if (status === 404) return kind === "not_found_error" ? "MODEL_UNKNOWN" : "MODEL_REFUSED";
  if ((status === 400 || status === 413 || status === 422) && contextTexts.test(text)) return "MODEL_CONTEXT_EXCEEDED";
  if (status === 429) return "MODEL_RATE_LIMITED";
  if (status === 529 || kind === "overloaded_error") return "MODEL_OVERLOADED";
  return status === 408 || status === 409 || status >= 500 ? "MODEL_UNAVAILABLE" : "MODEL_REFUSED";
}

/** `{"type":"error","error":{"type","message"},"request_id"}`, or whatever stands there instead. */
function read(body: string): { readonly kind?: string; readonly text: string; readonly requestId?: string } {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    // A page of HTML says nothing that fits into a sentence.
    return { text: /^\s*</.test(body) ? "" : body };
  }
  const error = field(parsed, "error");
  const kind = field(error, "type");
  const text = field(error, "message") ?? (typeof error === "string" ? error : field(parsed, "message"));
  const requestId = field(parsed, "request_id");
  return {
    text: typeof text === "string" ? text : "",
    ...(typeof kind === "string" ? { kind } : {}),
    ...(typeof requestId === "string" ? { requestId } : {}),
  };
}

const field = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
