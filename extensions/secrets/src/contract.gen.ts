// Generated from extension.json of claw/secrets by `claw ext types`. Do not edit.
import type { Secrets } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly mask: boolean };
  readonly hooks: { readonly PreToolUse: "guard"; readonly PostToolUse: "rewrite"; readonly PostToolUseFailure: "rewrite" };
  readonly provides: {
    readonly service: { readonly secrets: Secrets };
  };
  readonly uses: { readonly host: true };
}
