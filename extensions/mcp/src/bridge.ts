import type { DynamicTool, Logger, McpServers, ServerTool } from "@claw/kernel";
import type { AcceptedTools } from "./accepted-tools.ts";
import type { ServerEntry } from "./server-entries.ts";
import { toolName } from "./tool-names.ts";

export interface BridgeParts {
  readonly servers: McpServers;
  readonly accepted: AcceptedTools;
  readonly provide: (name: `mcp__${string}`, tool: DynamicTool) => void;
  readonly log: Logger;
}

/** What the model knows by one name, as its server said it last. */
export interface OfferedTool {
  readonly entry: ServerEntry;
  readonly tool: ServerTool;
}

/** Offers the tools of servers to the model. What a server says of a tool's harmlessness counts for nothing: each may do anything. */
export class Bridge {
  readonly #parts: BridgeParts;
  readonly #offered = new Map<string, OfferedTool>();

  constructor(parts: BridgeParts) {
    this.#parts = parts;
  }

  offer(entry: ServerEntry, tools: readonly ServerTool[]): void {
    for (const tool of tools) {
      const name = toolName(entry.spec.name, tool.name);
      const before = this.#offered.get(name);
      if (before !== undefined && ownerOf(before) !== ownerOf({ entry, tool }))
        this.#parts.log.warn(`the tool ${tool.name} of ${entry.spec.name} is left out: another has the name ${name}`);
      else {
        this.#offered.set(name, { entry, tool });
        if (before === undefined || saidOf(before) !== saidOf({ entry, tool })) this.#parts.provide(name as `mcp__${string}`, this.#tool({ entry, tool }));
      }
    }
  }

  offered(name: string): OfferedTool | undefined {
    return this.#offered.get(name);
  }

  #tool({ entry, tool }: OfferedTool): DynamicTool {
    const { servers, accepted } = this.#parts;
    return {
      description: tool.description,
      input: tool.input,
      effect: "execute",
      run: async (given, { signal, progress }) => {
        // What runs was allowed. Where it cannot be written down, the next call asks again.
        await accepted.accept(entry, [tool]).catch(() => undefined);
        return servers.call(entry.spec.name, tool.name, given, { signal, progress });
      },
    };
  }
}

const ownerOf = ({ entry, tool }: OfferedTool): string => JSON.stringify([entry.spec.name, tool.name]);
const saidOf = ({ entry: { written }, tool: { description, input } }: OfferedTool): string => JSON.stringify([written, description, input]);
