// Generated from extension.json of claw/shell-analysis by `claw ext types`. Do not edit.
import type { ShellAnalysis } from "@claw/kernel";

export interface Contract {
  readonly config: object;
  readonly hooks: {};
  readonly provides: {
    readonly service: { readonly "shell-analysis": ShellAnalysis };
  };
  readonly uses: { readonly "shell-spec": true };
}
