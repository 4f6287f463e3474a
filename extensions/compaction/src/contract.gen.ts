// Generated from extension.json of claw/compaction by `claw ext types`. Do not edit.
import type { Compactor } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly enabled: boolean; readonly thresholdPercent: number; readonly keepTokens: number; readonly model?: string };
  readonly hooks: {};
  readonly provides: {
    readonly service: { readonly compactor: Compactor };
  };
  readonly uses: { readonly models: true };
}
