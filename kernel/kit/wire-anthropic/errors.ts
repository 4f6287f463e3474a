import type { ClawError } from "../../src/errors.ts";
import { type FailureContext, type SaidFailure, fieldOf, modelFailure, parsedBody, plainBody, refusalOf } from "../model-failure.ts";

/** What an error event of a stream would have been as a response. */
const statusOfKind: ReadonlyMap<string, number> = new Map(
  Object.entries({
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
  }),
);

/** The error of a response that is not a stream. */
export const responseFailure = (status: number, headers: Pick<Headers, "get">, body: string, context: FailureContext): ClawError =>
  refusalOf(status, headers, body, context, read);

/** The error that an `error` event of a stream means; `data` is its JSON. */
export function eventFailure(data: string, requestId: string | undefined, context: FailureContext): ClawError {
  const said = read(data);
  const id = requestId ?? said.requestId;
  // A kind that we do not know came after a reply had begun: the request itself was accepted.
  const status = said.kind === undefined ? 500 : (statusOfKind.get(said.kind) ?? 500);
  return modelFailure({ ...said, status, body: data, ...(id === undefined ? {} : { requestId: id }) }, context);
}

/** `{"type":"error","error":{"type","message"},"request_id"}`, or whatever stands there instead. */
function read(body: string): SaidFailure {
  const parsed = parsedBody(body);
  if (parsed === undefined) return plainBody(body);
  const error = fieldOf(parsed, "error");
  const kind = fieldOf(error, "type");
  const text = fieldOf(error, "message") ?? (typeof error === "string" ? error : fieldOf(parsed, "message"));
  const requestId = fieldOf(parsed, "request_id");
  return {
    text: typeof text === "string" ? text : "",
    ...(typeof kind === "string" ? { kind, isUnknownModel: kind === "not_found_error", isOverloaded: kind === "overloaded_error" } : {}),
    ...(typeof requestId === "string" ? { requestId } : {}),
  };
}
