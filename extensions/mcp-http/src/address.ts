import { ClawError, type ServerSpec } from "@claw/kernel";
import { isLoopbackName } from "@claw/kernel/kit";

/** Where a server is, if it may be talked to there, and in the way its entry says. */
export function addressOf({ name, url = "", headers = {} }: ServerSpec, insecureHosts: readonly string[]): URL {
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
  const { hostname } = address;
  if (address.protocol === "http:" && !isLoopbackName(hostname) && !insecureHosts.some((host) => host.toLowerCase() === hostname))
    throw problem(`${hostname} would be talked to without encryption`, `use https:, or name ${hostname} in config.claw/mcp-http.insecureHosts`);
  for (const [key, value] of Object.entries(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(key)) throw problem(`${JSON.stringify(key)} is no name of a header`);
    // The value may be secret: it is not repeated.
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw problem(`its header ${key} holds characters that no header may have`);
  }
  return address;
}
