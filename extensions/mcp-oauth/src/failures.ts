import { ClawError } from "@claw/kernel";
import { plainLine, redacted } from "@claw/kernel/kit";

/** Of what a server says of an error, so much is shown. */
const mostCharacters = 256;

/** The words of a stranger's error: bounded, visible, without what looks like a secret. */
export const wordsOf = (error: unknown): string => plainLine(redacted(error instanceof Error ? error.message : String(error), []), mostCharacters);

/** An OAuth error by its name, such as `invalid_grant`, where the server gave one. */
export function kindOf(error: unknown): string | undefined {
  const { code, errorCode } = (typeof error === "object" && error !== null ? error : {}) as { readonly code?: unknown; readonly errorCode?: unknown };
  const kind = typeof errorCode === "string" ? errorCode : code;
  return typeof kind === "string" && /^[a-z_]{3,60}$/.test(kind) ? kind : undefined;
}

/** What a login or a refresh failed for. What claw itself says of it stays. */
export function failureOf(server: string, error: unknown): ClawError {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) if (ClawError.is(at)) return at;
  const kind = kindOf(error);
  return new ClawError(
    "AUTHORIZATION_FAILED",
    `logging in to the MCP server ${server} failed: ${wordsOf(error)}`,
    { server, ...(kind === undefined ? {} : { kind }) },
    { cause: error },
  );
}

export const reauthRequired = (server: string, why: string): ClawError =>
  new ClawError("REAUTH_REQUIRED", `the login to the MCP server ${server} has to be renewed: ${why}`, { server }, { fix: `claw mcp login ${server}` });
