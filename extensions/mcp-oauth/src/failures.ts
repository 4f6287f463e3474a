import { ClawError } from "@claw/kernel";
import { plainLine, redacted } from "@claw/kernel/kit";

/** Of what a server says of an error, so much is shown. */
const mostBytes = 256;

/** The words of a stranger's error: bounded, visible, without what looks like a secret. */
export const wordsOf = (error: unknown): string => boundedLine(redacted(error instanceof Error ? error.message : String(error), []));

/** A stranger's words on one line, as a person can see them, whole characters of them. */
export function boundedLine(words: string): string {
  const line = plainLine(words, mostBytes);
  const bytes = Buffer.from(line);
  if (bytes.length <= mostBytes) return line;
  const mark = "…";
  let end = mostBytes - Buffer.byteLength(mark);
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return `${bytes.subarray(0, end).toString()}${mark}`;
}

/** An OAuth error by its name, such as `invalid_grant`, where the server gave one. */
export function kindOf(error: unknown): string | undefined {
  const { code, errorCode } = (typeof error === "object" && error !== null ? error : {}) as { readonly code?: unknown; readonly errorCode?: unknown };
  const kind = typeof errorCode === "string" ? errorCode : code;
  return typeof kind === "string" && /^[a-z_]{3,60}$/.test(kind) ? kind : undefined;
}

/** What a login or a refresh failed for. What claw itself says of it stays; of the rest there is no cause to look into, as it may quote what was answered. */
export function failureOf(server: string, error: unknown): ClawError {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) if (ClawError.is(at)) return at;
  const kind = kindOf(error);
  return new ClawError(
    "AUTHORIZATION_FAILED",
    // The engine's message quotes the text around the mistake, which may be a token.
    `logging in to the MCP server ${server} failed: ${error instanceof SyntaxError ? "it answers with something that is no JSON" : wordsOf(error)}`,
    { server, ...(kind === undefined ? {} : { kind }) },
  );
}

export const reauthRequired = (server: string, why: string): ClawError =>
  new ClawError("REAUTH_REQUIRED", `the login to the MCP server ${server} has to be renewed: ${why}`, { server }, { fix: `claw mcp login ${server}` });
