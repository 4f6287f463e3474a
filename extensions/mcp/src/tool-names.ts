import { createHash } from "node:crypto";

/** What every provider takes for a tool's name. */
const mostCharacters = 64;

const plain = (text: string): string =>
  text
    .replaceAll(/[^A-Za-z0-9_-]/g, "_")
    .replaceAll(/_{2,}/g, "_")
    .replaceAll(/^_|_$/g, "");

/**
 * The name under which a model knows a server's tool: `mcp__server__tool`. Where the two are not written with letters, digits, `_` and `-`
 * alone, or are too long, a part of their digest keeps them from being taken for others.
 */
export function toolName(server: string, tool: string): string {
  const [ofServer, ofTool] = [plain(server), plain(tool)];
  const name = `mcp__${ofServer}__${ofTool}`;
  if (ofServer === server && ofTool === tool && name.length <= mostCharacters) return name;
  const digest = createHash("sha256")
    .update(JSON.stringify([server, tool]))
    .digest("hex")
    .slice(0, 8);
  const prefix = `mcp__${ofServer.slice(0, 24)}__`;
  return `${prefix}${ofTool.slice(0, mostCharacters - prefix.length - digest.length - 1)}_${digest}`;
}
