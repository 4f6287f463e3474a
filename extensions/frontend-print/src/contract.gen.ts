// Generated from extension.json of claw/frontend-print by `claw ext types`. Do not edit.
import type { Frontend } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly outputFormat: "text" | "json" | "stream-json"; readonly inputFormat: "text" | "stream-json"; readonly includePartialMessages: boolean; readonly replayUserMessages: boolean; readonly verbose: boolean; readonly quiet: boolean };
  readonly hooks: {};
  readonly provides: {
    readonly frontend: { readonly print: Frontend };
  };
  readonly uses: { readonly host: true };
}
