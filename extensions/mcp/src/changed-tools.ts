import type { Classifier } from "@claw/kernel";
import type { Acceptance, AcceptedTools } from "./accepted-tools.ts";
import type { OfferedTool } from "./bridge.ts";

/** The tool of a server that the model knows by a name. */
export type Offered = (name: string) => OfferedTool | undefined;

const saying = ({ entry: { spec }, tool }: OfferedTool): Readonly<Record<Acceptance, string | undefined>> => ({
  unseen: undefined,
  same: undefined,
  changed: `${spec.name} says something else of ${tool.name} than when it was last allowed (claw mcp tools ${spec.name} shows it, claw mcp accept ${spec.name} takes it)`,
  elsewhere: `${spec.name} is another program, or at another address, than when its tools were last allowed (claw mcp accept ${spec.name} takes it)`,
});

/** The classifier `changed-tools`: whatever was allowed before, a tool of which its server says something else is asked about. It never allows. */
export function changedTools(accepted: AcceptedTools, offered: Offered): Classifier {
  return async ({ tool: name }) => {
    const tool = offered(name);
    if (tool === undefined) return undefined;
    const reason = saying(tool)[await accepted.of(tool.entry, tool.tool)];
    return reason === undefined ? undefined : { decision: "ask", reason };
  };
}
