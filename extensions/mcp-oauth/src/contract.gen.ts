// Generated from extension.json of claw/mcp-oauth by `claw ext types`. Do not edit.
import type { McpAuthorization } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly clients: { readonly [key: string]: { readonly clientId?: string; readonly isConfidential?: boolean; readonly issuer?: string; readonly scopes?: readonly string[] } }; readonly clientMetadataUrl?: string; readonly callbackPort: number; readonly callbackTimeoutMs: number };
  readonly hooks: {};
  readonly provides: {
    readonly service: { readonly "mcp-authorization": McpAuthorization };
  };
  readonly uses: { readonly host: true; readonly http: true; readonly processes: false; readonly secrets: false; readonly "mcp-authorization-host": false };
}
