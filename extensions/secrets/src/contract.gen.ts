// Generated from extension.json of claw/secrets by `claw ext types`. Do not edit.
import type { Secrets } from "@claw/kernel";

export interface Contract {
  readonly config: object;
  readonly hooks: {};
  readonly provides: {
    readonly service: { readonly secrets: Secrets };
  };
  readonly uses: { readonly host: true };
}
