// Generated from extension.json of claw/permissions by `claw ext types`. Do not edit.
import type { Command, Permissions } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly defaultMode?: string; readonly allow: readonly string[]; readonly ask: readonly string[]; readonly deny: readonly string[]; readonly additionalDirectories: readonly string[]; readonly dangerouslySkipPermissions: boolean; readonly dangerWithoutTerminal: boolean; readonly trustClassifiers: readonly string[] };
  readonly hooks: { readonly PreToolUse: "decide" | "observe" };
  readonly provides: {
    readonly service: { readonly permissions: Permissions };
    readonly command: { readonly why: Command; readonly perm: Command };
  };
  readonly uses: { readonly workspace: true; readonly host: true; readonly classifier: true; readonly tool: true; readonly "session-store": true; readonly "shell-analysis": false; readonly sandbox: false; readonly settings: false };
}
