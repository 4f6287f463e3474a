// Generated from extension.json of claw/classifier-rules by `claw ext types`. Do not edit.
import type { Classifier } from "@claw/kernel";

export interface Contract {
  readonly config: object;
  readonly hooks: {};
  readonly provides: {
    readonly classifier: { readonly "rule-lists": Classifier };
  };
  readonly uses: { readonly "shell-analysis": false };
}
