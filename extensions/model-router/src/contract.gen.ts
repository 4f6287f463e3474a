// Generated from extension.json of claw/model-router by `claw ext types`. Do not edit.
import type { Command, Models } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly default: string; readonly fallback: readonly string[]; readonly aliases: { readonly [key: string]: string }; readonly effort?: string; readonly lowerEffort: boolean; readonly retries: number; readonly patienceMs: number; readonly idleTimeoutMs: number; readonly known: readonly { readonly address: string; readonly contextWindow?: number; readonly maxOutputTokens?: number; readonly tools?: boolean; readonly reasoning?: boolean; readonly images?: boolean; readonly documents?: boolean; readonly output?: boolean; readonly efforts?: readonly string[]; readonly defaultEffort?: string; readonly price?: { readonly input: number; readonly output: number; readonly cacheRead?: number; readonly cacheWrite?: number } }[] };
  readonly hooks: {};
  readonly provides: {
    readonly service: { readonly models: Models };
    readonly command: { readonly models: Command; readonly provider: Command };
  };
  readonly uses: { readonly provider: true; readonly cassette: false; readonly host: true };
}
