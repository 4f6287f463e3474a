import { ClawError } from "@claw/kernel";
import { plainLine } from "@claw/kernel/kit";

/** A failure's own words are shown so far. */
const mostWords = 300;

type Library = typeof import("@modelcontextprotocol/client");

/** What went wrong with a server, as one of claw's errors. */
export function failureOf(server: string, error: unknown, library: Library | undefined): ClawError {
  const own = ownCause(error);
  if (own !== undefined) return own;
  const words = plainLine(error instanceof Error ? error.message : String(error), mostWords);
  const data = { server };
  if (library !== undefined && library.ProtocolError.isInstance(error))
    return new ClawError("MCP_REFUSED", `the MCP server ${server} refused: ${words}`, { server, number: error.code }, { cause: error });
  const code = library !== undefined && library.SdkError.isInstance(error) ? String(error.code) : "";
  switch (code) {
    case "REQUEST_TIMEOUT":
      return new ClawError("MCP_UNREACHABLE", `the MCP server ${server} did not answer in time`, data, { cause: error, retryable: true });
    case "NOT_CONNECTED":
    case "CONNECTION_CLOSED":
    case "SEND_FAILED":
      return new ClawError("MCP_UNREACHABLE", `the connection to the MCP server ${server} broke: ${words}`, data, { cause: error, retryable: true });
    default:
      return new ClawError("MCP_PROTOCOL", `the MCP server ${server} did not keep to the protocol: ${words}`, data, { cause: error });
  }
}

/** One of claw's own errors that the library has wrapped. */
function ownCause(error: unknown): ClawError | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) if (ClawError.is(at)) return at;
  return undefined;
}
