// Generated from extension.json of claw/processes by `claw ext types`. Do not edit.
import type { Command, Processes } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly environment: readonly string[]; readonly secretEnvironment: readonly string[] };
  readonly hooks: {};
  readonly provides: {
    readonly service: { readonly processes: Processes };
    readonly command: { readonly sandbox: Command };
  };
  readonly uses: { readonly host: true; readonly sandbox: false; readonly workspace: false };
}
