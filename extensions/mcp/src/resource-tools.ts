import { ClawError, type McpServers, type Tool } from "@claw/kernel";

/** What a model is shown of all lists together. */
const mostListed = 500;

export const listResources =
  (servers: McpServers): Tool<{ readonly server?: string }> =>
  async ({ server }, { signal }) => {
    const names = server === undefined ? servers.list().map(({ name }) => name) : [server];
    const lists = await Promise.allSettled(names.map(async (name) => ({ name, resources: await servers.resources(name, signal) })));
    signal.throwIfAborted();
    const lines: string[] = [];
    for (const [index, list] of lists.entries()) {
      if (list.status === "fulfilled")
        lines.push(
          ...list.value.resources.map(({ uri, name, description }) => [list.value.name, uri, name, description?.split("\n")[0]].filter(Boolean).join(" · ")),
        );
      else if (names.length === 1) throw list.reason;
      else lines.push(`${names[index]}: ${ClawError.is(list.reason) ? list.reason.message : "it cannot be asked"}`);
    }
    if (lines.length === 0) return "no resources";
    const more = lines.length > mostListed ? [`(${lines.length - mostListed} more)`] : [];
    return [...lines.slice(0, mostListed), ...more].join("\n");
  };

export const readResource =
  (servers: McpServers): Tool<{ readonly server: string; readonly uri: string }> =>
  async ({ server, uri }, { signal }) => ({ content: await servers.read(server, uri, signal) });
