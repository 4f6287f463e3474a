// Generated from extension.json of claw/sandbox-linux by `claw ext types`. Do not edit.
import type { Sandbox } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly mode: "off" | "workspace-only" | "allow-list"; readonly required: boolean; readonly hosts: readonly string[]; readonly writable: readonly string[]; readonly allow: readonly string[]; readonly strict: boolean; readonly debug: boolean; readonly trustOuterContainer: boolean; readonly maxProcesses?: number; readonly maxFileMegabytes?: number; readonly maxMemoryMegabytes?: number };
  readonly hooks: {};
  readonly provides: {
    readonly service: { readonly sandbox: Sandbox };
  };
  readonly uses: { readonly host: true; readonly settings: false };
}
