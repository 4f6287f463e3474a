import type { ToolCallView } from "@claw/kernel";
import type { Finding } from "./finding.ts";
import { isListed, plainHttpsHost } from "./listed-hosts.ts";
import type { RuleLists } from "./rule-lists.ts";
import type { ToolNames } from "./tool-names.ts";

type ToolLists = Pick<RuleLists, "denyTools" | "askTools" | "allowTools" | "fetchTools" | "hosts">;

/** What the lists of tools say of a call. Deny before ask before allow. */
export function toolVerdict(call: ToolCallView, lists: ToolLists, names: ToolNames): Finding | undefined {
  const key = names.key(call.tool);
  const name = shown(call.tool);
  if (lists.denyTools.has(key)) return { decision: "deny", reason: `${name} is on the list of denied tools` };
  if (lists.askTools.has(key)) return { decision: "ask", reason: `${name} is on the list of tools to ask about` };
  if (call.effect === "execute") return undefined;
  const { paths } = call;
  if (lists.allowTools.has(key)) return { decision: "allow", reason: `${name} is on the list of allowed tools`, paths };
  if (!lists.fetchTools.has(key)) return undefined;
  const url = call.input["url"];
  const host = typeof url === "string" ? plainHttpsHost(url) : undefined;
  if (host === undefined || !isListed(host, lists.hosts)) return undefined;
  return { decision: "allow", reason: `${name} fetches over https from ${host}, which is listed`, paths };
}

/** A tool's name as a line of text; one that a server gave may be anything. */
const shown = (tool: string): string => (/^[\w.-]{1,100}$/.test(tool) ? tool : JSON.stringify(tool).slice(0, 100));
