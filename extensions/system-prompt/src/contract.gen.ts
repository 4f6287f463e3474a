// Generated from extension.json of claw/system-prompt by `claw ext types`. Do not edit.
import type { Command, SystemPrompt } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly sections: { readonly identity: boolean; readonly instructions: boolean; readonly environment: boolean; readonly git: boolean }; readonly claudeFiles: boolean; readonly append?: string; readonly appendFile?: string; readonly replace?: string; readonly replaceFile?: string; readonly maxFileBytes: number; readonly maxTotalBytes: number };
  readonly hooks: {};
  readonly provides: {
    readonly service: { readonly "system-prompt": SystemPrompt };
    readonly command: { readonly "print-system-prompt": Command };
  };
  readonly uses: { readonly host: true; readonly processes: true };
}
