// Generated from extension.json of claw/workspace by `claw ext types`. Do not edit.
import type { Workspace } from "@claw/kernel";

export interface Contract {
  readonly config: object;
  readonly hooks: {};
  readonly provides: {
    readonly service: { readonly workspace: Workspace };
  };
  readonly uses: { readonly host: true };
}
