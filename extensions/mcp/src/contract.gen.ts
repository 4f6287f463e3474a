// Generated from extension.json of claw/mcp by `claw ext types`. Do not edit.
import type { Classifier, Command, DynamicTool, McpServers, Tool } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly servers: { readonly [key: string]: { readonly type?: string; readonly command?: string; readonly args?: readonly string[]; readonly env?: { readonly [key: string]: string }; readonly cwd?: string; readonly url?: string; readonly headers?: { readonly [key: string]: string }; readonly enabled?: boolean; readonly timeoutMs?: number; readonly allowedTools?: readonly string[]; readonly deniedTools?: readonly string[] } }; readonly connectTimeoutMs: number; readonly callTimeoutMs: number; readonly startWaitMs: number; readonly reconnectAttempts: number };
  readonly hooks: {};
  readonly provides: {
    readonly service: { readonly mcp: McpServers };
    readonly tool: { readonly [name: `mcp__${string}`]: DynamicTool; readonly list_mcp_resources: Tool<{ readonly server?: string }>; readonly read_mcp_resource: Tool<{ readonly server: string; readonly uri: string }> };
    readonly classifier: { readonly "changed-tools": Classifier };
    readonly command: { readonly mcp: Command };
  };
  readonly uses: { readonly host: true; readonly transport: true; readonly "mcp-authorization": false };
}
