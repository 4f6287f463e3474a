// Generated from extension.json of claw/mcp-stdio by `claw ext types`. Do not edit.
import type { TransportFactory } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly sandbox: boolean; readonly sandboxHosts: readonly string[]; readonly maxMessageBytes: number; readonly graceMs: number };
  readonly hooks: {};
  readonly provides: {
    readonly transport: { readonly stdio: TransportFactory };
  };
  readonly uses: { readonly host: true; readonly processes: true };
}
