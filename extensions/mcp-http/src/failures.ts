import { SdkError, SdkErrorCode, SdkHttpError, SseError } from "@modelcontextprotocol/client";
import { ClawError, type ServerSpec } from "@claw/kernel";
import { plainLine, redacted } from "@claw/kernel/kit";

/** A failure's own words are shown so far. */
const mostWords = 200;

/** What the protocol's library failed with, as one of claw's errors. `hasSession`: whether the server had given this connection one. */
export function failureOf({ name, headers = {} }: ServerSpec, error: unknown, hasSession: boolean): ClawError {
  const cause = causeOf(error);
  const data = { server: name };
  if (ClawError.is(cause, "NETWORK_FAILED"))
    return new ClawError("MCP_UNREACHABLE", `the MCP server ${name} cannot be reached: ${cause.message}`, data, {
      cause,
      retryable: cause.retryable,
      ...(cause.fix === undefined ? {} : { fix: cause.fix }),
    });
  if (ClawError.is(cause)) return cause;
  const words = plainLine(redacted(error instanceof Error ? error.message : String(error), Object.values(headers)), mostWords);
  if (isNoMessage(error))
    return new ClawError("MCP_PROTOCOL", `the MCP server ${name} answered with something that is no message: ${words}`, data, {
      cause: error,
      fix: "look whether its url is the one for MCP",
    });
  const status = statusOf(error);
  if (hasSession && isForgotten(status, words))
    return new ClawError("MCP_UNREACHABLE", `the MCP server ${name} has forgotten the session`, { ...data, status: 404 }, { cause: error, retryable: true });
  if (status === undefined)
    return new ClawError("MCP_UNREACHABLE", `the connection to the MCP server ${name} failed: ${words}`, data, { cause: error, retryable: true });
  return new ClawError(
    "MCP_UNREACHABLE",
    `the MCP server ${name} answered ${status}: ${words}`,
    { ...data, status },
    { cause: error, retryable: status === 429 || status >= 500 },
  );
}

/** 404 is what the protocol says; many servers follow an example that answers 400 and says so in words. */
const isForgotten = (status: number | undefined, words: string): boolean => status === 404 || (status === 400 && /\bsession\b/i.test(words));

const isNoMessage = (error: unknown): boolean =>
  error instanceof SyntaxError ||
  (error instanceof Error && "issues" in error) ||
  (SdkError.isInstance(error) && error.code === SdkErrorCode.ClientHttpUnexpectedContent);

function statusOf(error: unknown): number | undefined {
  if (SdkHttpError.isInstance(error)) return error.status;
  if (SseError.isInstance(error)) return error.code;
  // What the older transport fails with carries its status in words only.
  const [, status] = /\(HTTP (\d{3})\)/.exec(error instanceof Error ? error.message : "") ?? [];
  return status === undefined ? undefined : Number(status);
}

/** One of claw's own errors that the library has wrapped. */
function causeOf(error: unknown): unknown {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) if (ClawError.is(at)) return at;
  return error;
}
