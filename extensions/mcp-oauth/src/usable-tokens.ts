import { ClawError } from "@claw/kernel";
import type { OAuthTokens } from "@modelcontextprotocol/client";

/** The tokens, if they are of the kind that is sent as they are, in a header. */
export function usableTokens(server: string, tokens: OAuthTokens): OAuthTokens {
  const refuse = (what: string, kind: string): ClawError =>
    new ClawError("AUTHORIZATION_FAILED", `the MCP server ${server} gives tokens ${what}`, { server, kind });
  if (tokens.token_type.toLowerCase() !== "bearer") throw refuse("of a kind that claw does not know", "token_type");
  if (!/^[\x21-\x7E]+$/.test(tokens.access_token)) throw refuse("that no header can hold", "token");
  return tokens;
}
