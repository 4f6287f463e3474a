import { ClawError, type ServerSpec } from "@claw/kernel";
import { isLoopbackName } from "@claw/kernel/kit";

/** Where a server is, if it may be talked to there. */
export function addressOf({ name, url = "" }: ServerSpec, insecureHosts: readonly string[]): URL {
  const problem = (what: string, fix?: string): ClawError =>
    new ClawError(
      "MCP_SERVER_INVALID",
      `the MCP server ${name} cannot be reached: ${what}`,
      { server: name, problems: [what] },
      fix === undefined ? {} : { fix },
    );
  const address = URL.canParse(url) ? new URL(url) : undefined;
  if (address === undefined) throw problem("its url is no URL");
  if (address.protocol !== "http:" && address.protocol !== "https:") throw problem("its url begins neither with http: nor with https:");
  if (address.username !== "" || address.password !== "") throw problem("its url holds a password", "put it into headers");
  if (address.protocol === "http:" && !isLoopbackName(address.hostname) && !insecureHosts.includes(address.hostname))
    throw problem(`${address.hostname} would be talked to without encryption`, `use https:, or name ${address.hostname} in mcp-http.insecureHosts`);
  return address;
}
