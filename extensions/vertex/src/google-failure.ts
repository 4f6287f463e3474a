import { ClawError } from "@claw/kernel";
import { type FailureContext, type SaidFailure, fieldOf, modelFailure, parsedBody, plainBody, refusalOf } from "@claw/kernel/kit";

/** What an error of a stream would have been as a response, should it not say. */
const statusOfKind: ReadonlyMap<string, number> = new Map(
  Object.entries({
    INVALID_ARGUMENT: 400,
    FAILED_PRECONDITION: 400,
    OUT_OF_RANGE: 400,
    UNAUTHENTICATED: 401,
    PERMISSION_DENIED: 403,
    NOT_FOUND: 404,
    ABORTED: 409,
    RESOURCE_EXHAUSTED: 429,
    CANCELLED: 499,
    INTERNAL: 500,
    UNAVAILABLE: 503,
    DEADLINE_EXCEEDED: 504,
  }),
);

/** The error of a response of Google's that is not a stream. */
export const googleFailure = (status: number, headers: Pick<Headers, "get">, body: string, context: FailureContext): ClawError =>
  keyed(refusalOf(status, headers, body, context, read), body, context);

/** The error that stands in a stream instead of its next chunk; `data` is its JSON. */
export function chunkFailure(data: string, requestId: string | undefined, context: FailureContext): ClawError {
  const said = read(data);
  const code = fieldOf(errorOf(parsedBody(data)), "code");
  const isStatus = typeof code === "number" && Number.isInteger(code) && code >= 400 && code < 600;
  // A kind that we do not know came after a reply had begun: the request itself was accepted.
  const status = isStatus ? code : (statusOfKind.get(said.kind ?? "") ?? 500);
  return keyed(modelFailure({ ...said, status, body: data, ...(requestId === undefined ? {} : { requestId }) }, context), data, context);
}

/** Whether a body is an error in the words of Google, and not in those of a model's own vendor. */
export const isGoogleError = (body: string): boolean => typeof fieldOf(errorOf(parsedBody(body)), "status") === "string";

/** `{"error":{"code","message","status","details"}}`, or a list of it, or whatever stands there instead. */
function read(body: string): SaidFailure {
  const parsed = parsedBody(body);
  if (parsed === undefined) return plainBody(body);
  const error = errorOf(parsed);
  const kind = fieldOf(error, "status");
  const message = typeof error === "string" ? error : fieldOf(error, "message");
  const text = typeof message === "string" ? message : "";
  const retryAfterMs = retryDelayOf(fieldOf(error, "details"));
  return {
    text,
    ...(typeof kind === "string" ? { kind, isUnknownModel: kind === "NOT_FOUND" && /model/i.test(text), isOverloaded: kind === "UNAVAILABLE" } : {}),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  };
}

const errorOf = (parsed: unknown): unknown => fieldOf(Array.isArray(parsed) ? parsed[0] : parsed, "error");
const detailsOf = (details: unknown): readonly unknown[] => (Array.isArray(details) ? details : []);

/** `"retryDelay": "3.5s"` of a RetryInfo. */
function retryDelayOf(details: unknown): number | undefined {
  for (const detail of detailsOf(details)) {
    const delay = fieldOf(detail, "retryDelay");
    const seconds = typeof delay === "string" ? /^(\d{1,9}(?:\.\d{1,9})?)s$/.exec(delay)?.[1] : undefined;
    if (seconds !== undefined) return Math.ceil(Number(seconds) * 1000);
  }
  return undefined;
}

/** A key that is none is refused as an invalid argument. */
function keyed(failure: ClawError, body: string, context: FailureContext): ClawError {
  const reasons = detailsOf(fieldOf(errorOf(parsedBody(body)), "details")).map((detail) => fieldOf(detail, "reason"));
  const reason = reasons.find((each) => each === "API_KEY_INVALID" || each === "API_KEY_EXPIRED");
  if (!ClawError.is(failure, "MODEL_REFUSED") || reason === undefined) return failure;
  const message = `${context.provider} refused the key (${String(failure.data.status)} ${String(reason)})`;
  return new ClawError("MODEL_AUTH", message, failure.data, context.authFix === undefined ? {} : { fix: context.authFix });
}
