// Generated from extension.json of claw/mcp-http by `claw ext types`. Do not edit.
import type { TransportFactory } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly insecureHosts: readonly string[]; readonly maxMessageBytes: number };
  readonly hooks: {};
  readonly provides: {
    readonly transport: { readonly http: TransportFactory; readonly sse: TransportFactory };
  };
  readonly uses: { readonly http: true; readonly "mcp-authorization": false };
}
