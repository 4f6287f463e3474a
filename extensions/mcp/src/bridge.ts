import type { DynamicTool, Logger, McpServers, ServerTool } from "@claw/kernel";
import { toolName } from "./tool-names.ts";

type Provide = (name: `mcp__${string}`, tool: DynamicTool) => void;

/** Offers the tools of servers to the model. What a server says of a tool's harmlessness counts for nothing: each may do anything. */
export class Bridge {
  readonly #servers: McpServers;
  readonly #provide: Provide;
  readonly #log: Logger;
  readonly #owners = new Map<string, string>();
  readonly #offered = new Map<string, string>();

  constructor(servers: McpServers, provide: Provide, log: Logger) {
    this.#servers = servers;
    this.#provide = provide;
    this.#log = log;
  }

  offer(server: string, tools: readonly ServerTool[]): void {
    for (const tool of tools) {
      const name = toolName(server, tool.name);
      const owner = JSON.stringify([server, tool.name]);
      const said = JSON.stringify([tool.description, tool.input]);
      if ((this.#owners.get(name) ?? owner) !== owner) this.#log.warn(`the tool ${tool.name} of ${server} is left out: another has the name ${name}`);
      else if (this.#offered.get(name) !== said) {
        this.#owners.set(name, owner);
        this.#offered.set(name, said);
        this.#provide(name as `mcp__${string}`, this.#tool(server, tool));
      }
    }
  }

  #tool(server: string, { name, description, input }: ServerTool): DynamicTool {
    return {
      description,
      input,
      effect: "execute",
      run: (given, { signal, progress }) => this.#servers.call(server, name, given, { signal, progress }),
    };
  }
}
