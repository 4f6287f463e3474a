// Generated from extension.json of claw/classifier-llm by `claw ext types`. Do not edit.
import type { Classifier } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly model: string; readonly timeoutMs: number; readonly userMessages: number; readonly deny: readonly string[]; readonly guidance?: string };
  readonly hooks: { readonly UserPromptSubmit: "observe" };
  readonly provides: {
    readonly classifier: { readonly llm: Classifier };
  };
  readonly uses: { readonly models: true; readonly host: true; readonly "shell-analysis": false; readonly "session-store": false; readonly permissions: false; readonly sandbox: false };
}
