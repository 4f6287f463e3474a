// Generated from extension.json of claw/sessions-jsonl by `claw ext types`. Do not edit.
import type { Command, SessionStore } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly sessionDir?: string; readonly fsync: "turn" | "always" | "never"; readonly persist: boolean };
  readonly hooks: {};
  readonly provides: {
    readonly service: { readonly "session-store": SessionStore };
    readonly command: { readonly session: Command };
  };
  readonly uses: { readonly host: true };
}
