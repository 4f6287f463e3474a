// Generated from extension.json of claw/mcp-websocket by `claw ext types`. Do not edit.
import type { TransportFactory } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly insecureHosts: readonly string[]; readonly maxMessageBytes: number };
  readonly hooks: {};
  readonly provides: {
    readonly transport: { readonly ws: TransportFactory };
  };
  readonly uses: { readonly http: true; readonly "mcp-authorization": false };
}
