import { ClawError } from "@claw/kernel";
import { type FailureContext, type SaidFailure, fieldOf, modelFailure, parsedBody, plainBody, refusalOf } from "@claw/kernel/kit";
import type { EventFrame } from "./event-frames.ts";

/** What an error of a stream would have been as a response. */
const statusOfKind: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ValidationException: 400,
    AccessDeniedException: 403,
    ExpiredTokenException: 403,
    UnrecognizedClientException: 403,
    ResourceNotFoundException: 404,
    ConflictException: 409,
    ThrottlingException: 429,
    ServiceQuotaExceededException: 429,
    InternalServerException: 500,
    ModelErrorException: 500,
    ModelStreamErrorException: 500,
    ModelNotReadyException: 503,
    ServiceUnavailableException: 503,
    ModelTimeoutException: 504,
  }),
);

/** Kinds whose status says less than their name: AWS sends these as 400, 424 and 429. */
const misleading = new Set(["ServiceQuotaExceededException", "ModelErrorException", "ModelStreamErrorException", "ModelNotReadyException"]);

/** The error of a response that is not a stream. */
export function responseFailure(status: number, headers: Pick<Headers, "get">, body: string, context: FailureContext): ClawError {
  const said = read(body, headers.get("x-amzn-errortype"));
  const { kind } = said;
  const meant = kind !== undefined && misleading.has(kind) ? (statusOfKind.get(kind) ?? status) : status;
  return remedied(
    refusalOf(meant, headers, body, contextFor(said, context), () => said),
    said,
  );
}

/** The error that a message of a stream means which is no event. */
export function frameFailure({ kind: sort, name, body }: EventFrame, requestId: string | undefined, context: FailureContext): ClawError {
  const said = sort === "error" ? { kind: kindOf(name), text: body } : read(body, name);
  // A kind that we do not know came after a reply had begun: the request itself was accepted.
  const status = statusOfKind.get(said.kind ?? "") ?? 500;
  return remedied(modelFailure({ ...said, status, body, ...(requestId === undefined ? {} : { requestId }) }, contextFor(said, context)), said);
}

/** `{"message": …}`, with the kind in a header, or in `__type`. */
function read(body: string, type: string | null): SaidFailure {
  const parsed = parsedBody(body);
  const text = fieldOf(parsed, "message") ?? fieldOf(parsed, "Message") ?? fieldOf(parsed, "originalMessage");
  const named = fieldOf(parsed, "__type") ?? fieldOf(parsed, "code");
  const kind = type ?? (typeof named === "string" ? named : undefined);
  if (kind === undefined) return parsed === undefined ? plainBody(body) : { text: typeof text === "string" ? text : "" };
  return about(kindOf(kind), typeof text === "string" ? text : parsed === undefined ? plainBody(body).text : "");
}

const about = (kind: string, text: string): SaidFailure => ({
  kind,
  text,
  isUnknownModel: kind === "ResourceNotFoundException" || (kind === "ValidationException" && /model identifier is invalid/i.test(text)),
  isOverloaded: kind === "ServiceUnavailableException" || kind === "ModelNotReadyException",
  ...(kind === "ValidationException" &&
  /input tokens? exceed|exceeds? (?:the )?(?:model'?s? )?(?:maximum|max) (?:input|context|length)|expected maxLength/i.test(text)
    ? { isTooLong: true }
    : {}),
});

/** `com.amazon.coral.service#ThrottlingException:http://…`, and `throttlingException` in a stream, are the same. */
function kindOf(type: string): string {
  const name = type.split("#").at(-1)?.split(":")[0]?.trim() ?? "";
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** What is to be done about a refused credential rests on why it was refused. */
function contextFor({ kind, text }: SaidFailure, context: FailureContext): FailureContext {
  const how = context.authFix;
  if (kind?.startsWith("ExpiredToken") === true || /token (?:included in the request )?is expired|token has expired/i.test(text))
    return { ...context, authFix: `the credentials are no longer valid: sign in again (aws sso login), or export new ones; ${how ?? ""}`.replace(/; $/, "") };
  if (/signature (?:has )?(?:expired|not yet current)|signature not yet current/i.test(text)) return { ...context, authFix: "set the clock of this machine" };
  if (kind === "AccessDeniedException")
    return {
      ...context,
      authFix: `allow bedrock:InvokeModelWithResponseStream for the model, and request access to it in the Bedrock console; ${how ?? ""}`.replace(/; $/, ""),
    };
  return context;
}

/** Some models are asked through an inference profile only: the vendor says so, and we say how. */
function remedied(error: ClawError, { text }: SaidFailure): ClawError {
  if (error.fix !== undefined || !/on-demand throughput|inference profile/i.test(text)) return error;
  return new ClawError(error.code, error.message, error.data, {
    retryable: error.retryable,
    fix: "set bedrock's inferenceProfile to auto in settings.json, or put the profile before the model: us.anthropic.…",
  });
}
