// Generated from extension.json of acme/protected-paths by `claw ext types`. Do not edit.
import type { Classifier } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly protected: readonly string[] };
  readonly hooks: {};
  readonly provides: {
    readonly classifier: { readonly "protected-paths": Classifier };
  };
  readonly uses: {};
}
