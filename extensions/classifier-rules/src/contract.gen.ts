// Generated from extension.json of claw/classifier-rules by `claw ext types`. Do not edit.
import type { Classifier } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly denyTools: readonly string[]; readonly askTools: readonly string[]; readonly allowTools: readonly string[]; readonly fetchTools: readonly string[]; readonly deny: readonly string[]; readonly ask: readonly string[]; readonly allow: readonly string[]; readonly hosts: readonly string[] };
  readonly hooks: {};
  readonly provides: {
    readonly classifier: { readonly "rule-lists": Classifier };
  };
  readonly uses: { readonly "shell-analysis": false; readonly workspace: true; readonly host: true; readonly tool: true };
}
