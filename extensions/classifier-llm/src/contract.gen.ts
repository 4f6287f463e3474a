// Generated from extension.json of claw/classifier-llm by `claw ext types`. Do not edit.
import type { Classifier } from "@claw/kernel";

export interface Contract {
  readonly config: object;
  readonly hooks: { readonly UserPromptSubmit: "observe" };
  readonly provides: {
    readonly classifier: { readonly llm: Classifier };
  };
  readonly uses: { readonly models: true; readonly "shell-analysis": false; readonly "session-store": false; readonly host: true };
}
