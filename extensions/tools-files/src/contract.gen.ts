// Generated from extension.json of claw/tools-files by `claw ext types`. Do not edit.
import type { Tool } from "@claw/kernel";

export interface Contract {
  readonly config: object;
  readonly hooks: {};
  readonly provides: {
    readonly tool: { readonly read_file: Tool<{ readonly path: string; readonly offset?: number; readonly limit?: number }>; readonly write_file: Tool<{ readonly path: string; readonly content: string }>; readonly file_edit: Tool<{ readonly file_path: string; readonly old_string?: string; readonly new_string?: string; readonly replace_all?: boolean; readonly edits?: readonly { readonly old_string: string; readonly new_string: string; readonly replace_all?: boolean }[] }>; readonly glob: Tool<{ readonly pattern: string; readonly path?: string; readonly ignored?: boolean }>; readonly grep: Tool<{ readonly pattern: string; readonly path?: string; readonly glob?: string; readonly type?: string; readonly output_mode?: "content" | "files_with_matches" | "count"; readonly "-A"?: number; readonly "-B"?: number; readonly "-C"?: number; readonly context?: number; readonly "-i"?: boolean; readonly "-n"?: boolean; readonly multiline?: boolean; readonly head_limit?: number; readonly offset?: number; readonly ignored?: boolean }> };
  };
  readonly uses: { readonly workspace: true; readonly processes: true };
}
