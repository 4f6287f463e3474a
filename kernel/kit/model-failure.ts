import { ClawError, type ErrorCode, type ModelFailure } from "../src/errors.ts";
import { retryAfterOf } from "./retry.ts";
import { truncate } from "./truncate.ts";

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

/** What a body says of a failure, read in the words of its wire. */
export interface SaidFailure {
  /** The vendor's own word for it. */
  readonly kind?: string;
  readonly text: string;
  readonly requestId?: string;
  readonly retryAfterMs?: number;
  /** The model is what is not there, and not something at that address. */
  readonly isUnknownModel?: boolean;
  readonly isOverloaded?: boolean;
  readonly isTooLong?: boolean;
}

/** A failure in terms of HTTP; one inside a stream has the status that its kind would have had as a response. */
export interface SeenFailure extends SaidFailure {
  readonly status: number;
  readonly body: string;
  /** The vendor's word on whether to try again. */
  readonly shouldRetry?: boolean;
}

const maxBodyBytes = 2048;
const maxTextLength = 300;

const contextTexts =
  /maximum context length|context window|context length|context_length_exceeded|too many tokens|prompt is too long|input is too long|input token count|request is too large|exceeds? the maximum (?:size|number of tokens)/i;

const requestIdNames = ["request-id", "x-request-id", "x-amzn-requestid", "apim-request-id", "x-goog-request-id"];

/** The id that a vendor gave a request, for its support to find it. */
export function requestIdOf(headers: Pick<Headers, "get">): string | undefined {
  for (const name of requestIdNames) {
    const id = headers.get(name);
    if (id !== null && id !== "") return id;
  }
  return undefined;
}

/** The error of a response that is no reply; `read` reads its body. */
export function refusalOf(
  status: number,
  headers: Pick<Headers, "get">,
  body: string,
  context: FailureContext,
  read: (body: string) => SaidFailure,
): ClawError {
  const said = read(body);
  const text = status < 400 ? `it redirects to ${URL.parse(headers.get("location") ?? "")?.origin ?? "nowhere"}, where the key is not sent` : said.text;
  const retryAfterMs = retryAfterOf(headers, context.now().getTime()) ?? said.retryAfterMs;
  const requestId = requestIdOf(headers) ?? said.requestId;
  const shouldRetry = { true: true, false: false }[headers.get("x-should-retry") ?? ""];
  return modelFailure(
    {
      ...said,
      status,
      text,
      body,
      ...(requestId === undefined ? {} : { requestId }),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      ...(shouldRetry === undefined ? {} : { shouldRetry }),
    },
    context,
  );
}

/** Masks keys, wherever a provider repeats one. */
export function redacted(text: string, secrets: readonly string[]): string {
  const masked = secrets.filter((secret) => secret.length > 3).reduce((rest, secret) => rest.replaceAll(secret, "[redacted]"), text);
  return masked
    .replaceAll(/sk-ant-[\w-]{4,}|\bsk-[\w-]{16,}|\bAIza[\w-]{30,}|\bya29\.[\w.-]{8,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, "[redacted]")
    .replaceAll(/(bearer\s+)[\w.~+/-]{8,}=*/gi, "$1[redacted]");
}

/** A failure as the one error that says it, whatever the wire. */
export function modelFailure(seen: SeenFailure, context: FailureContext): ClawError {
  const { provider, model } = context;
  const { status } = seen;
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
  const where = seen.kind === undefined || seen.kind === String(status) ? String(status) : `${status} ${seen.kind}`;

  switch (code) {
    case "MODEL_AUTH":
      return new ClawError(
        code,
        `${provider} refused ${status === 403 ? "access" : "the key"} (${where})${because}`,
        data,
        context.authFix === undefined ? {} : { fix: context.authFix },
      );
    case "MODEL_UNKNOWN": {
      // One that is listed and not there is another's, or not there yet.
      const suggestions = (context.suggestions?.() ?? []).filter((id) => id !== model);
      const near = suggestions.map((id) => `--model ${provider}/${id}`).join(", or ");
      return new ClawError(
        code,
        `${provider} has no model ${model}${because}`,
        { ...data, model, suggestions },
        { fix: near === "" ? `claw models --provider ${provider} lists what is known of it` : near },
      );
    }
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

function codeOf(status: number, { text, isUnknownModel, isOverloaded, isTooLong }: SeenFailure): FailureCode {
  if (status === 401 || status === 403) return "MODEL_AUTH";
  // A 404 without the wire's own shape comes from something else at that address.
  if (status === 404) return isUnknownModel === true ? "MODEL_UNKNOWN" : "MODEL_REFUSED";
  if (isTooLong === true || ((status === 400 || status === 413 || status === 422) && contextTexts.test(text))) return "MODEL_CONTEXT_EXCEEDED";
  if (isUnknownModel === true) return "MODEL_UNKNOWN";
  if (status === 429) return "MODEL_RATE_LIMITED";
  if (status === 529 || isOverloaded === true) return "MODEL_OVERLOADED";
  return status === 408 || status === 409 || status >= 500 ? "MODEL_UNAVAILABLE" : "MODEL_REFUSED";
}

/** The JSON a body is; undefined when it is none. */
export function parsedBody(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** What a body that is no JSON says: a page of HTML says nothing that fits into a sentence. */
export const plainBody = (body: string): SaidFailure => ({ text: /^\s*</.test(body) ? "" : body });

/** An own property of what may be anything. */
export const fieldOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
