// Generated from extension.json of claw/tools-shell by `claw ext types`. Do not edit.
import type { Tool } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly timeoutMs: number; readonly headBytes: number; readonly tailBytes: number; readonly maxSpillBytes: number; readonly maxBackground: number };
  readonly hooks: {};
  readonly provides: {
    readonly tool: { readonly bash: Tool<{ readonly command: string; readonly description?: string; readonly timeout?: number; readonly cwd?: string; readonly run_in_background?: boolean; readonly needs?: readonly string[] }>; readonly bash_output: Tool<{ readonly id: string; readonly wait?: number }>; readonly kill_shell: Tool<{ readonly id: string }> };
  };
  readonly uses: { readonly processes: true; readonly workspace: true };
}
