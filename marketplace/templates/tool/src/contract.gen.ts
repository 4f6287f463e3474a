// Generated from extension.json of acme/count-file by `claw ext types`. Do not edit.
import type { Tool } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly maxBytes: number };
  readonly hooks: {};
  readonly provides: {
    readonly tool: { readonly count_file: Tool<{ readonly path: string; readonly unit?: "lines" | "words" | "bytes" }> };
  };
  readonly uses: { readonly workspace: true };
}
