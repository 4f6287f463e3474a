// Generated from extension.json of claw/permissions by `claw ext types`. Do not edit.
import type { Permissions } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly defaultMode?: string; readonly allow: readonly string[]; readonly ask: readonly string[]; readonly deny: readonly string[]; readonly additionalDirectories: readonly string[]; readonly dangerouslySkipPermissions: boolean };
  readonly hooks: { readonly PreToolUse: "decide" | "observe" };
  readonly provides: {
    readonly service: { readonly permissions: Permissions };
  };
  readonly uses: { readonly workspace: true; readonly host: true; readonly classifier: true; readonly tool: true };
}
