// Generated from extension.json of claw/cost by `claw ext types`. Do not edit.
import type { Command } from "@claw/kernel";

export interface Contract {
  readonly config: object;
  readonly hooks: {};
  readonly provides: {
    readonly command: { readonly cost: Command };
  };
  readonly uses: { readonly "session-store": true; readonly models: false };
}
