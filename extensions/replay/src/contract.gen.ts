// Generated from extension.json of claw/replay by `claw ext types`. Do not edit.
import type { Cassette } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly record?: string; readonly replay?: string };
  readonly hooks: {};
  readonly provides: {
    readonly service: { readonly cassette: Cassette };
  };
  readonly uses: { readonly host: true };
}
