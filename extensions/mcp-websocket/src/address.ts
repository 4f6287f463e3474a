import { ClawError, type ServerSpec } from "@claw/kernel";
import { isLoopbackName } from "@claw/kernel/kit";

/** Where a server is, if it may be talked to there, and in the way its entry says; `http:` and `https:` mean `ws:` and `wss:`. */
export function addressOf({ name, url = "", headers = {} }: ServerSpec, insecureHosts: readonly string[]): URL {
  const problem = (what: string, fix?: string): ClawError =>
    new ClawError(
      "MCP_SERVER_INVALID",
      `the MCP server ${name} cannot be reached: ${what}`,
      { server: name, problems: [what] },
      fix === undefined ? {} : { fix },
    );
  if (!URL.canParse(url)) throw problem("its url is no URL");
  const address = new URL(url.replace(/^http(s?):/i, "ws$1:"));
  const { protocol, hostname } = address;
  if (protocol !== "ws:" && protocol !== "wss:") throw problem("its url begins neither with ws: nor with wss:");
  if (address.username !== "" || address.password !== "") throw problem("its url holds a password", "put it into headers");
  address.hash = "";
  if (protocol === "ws:" && !isLoopbackName(hostname) && !insecureHosts.some((host) => host.toLowerCase() === hostname))
    throw problem(`${hostname} would be talked to without encryption`, `use wss:, or name ${hostname} in config.claw/mcp-websocket.insecureHosts`);
  for (const [key, value] of Object.entries(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(key)) throw problem(`${JSON.stringify(key)} is no name of a header`);
    // The value may be secret: it is not repeated.
    if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) throw problem(`its header ${key} holds characters that no header may have`);
  }
  return address;
}
