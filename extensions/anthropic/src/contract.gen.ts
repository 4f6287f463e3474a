// Generated from extension.json of claw/anthropic by `claw ext types`. Do not edit.
import type { ModelProvider } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly baseUrl: string; readonly idleTimeoutMs: number; readonly headers: { readonly [key: string]: string }; readonly customHeaders?: string; readonly cacheTtl: "5m" | "1h" };
  readonly hooks: {};
  readonly provides: {
    readonly provider: { readonly anthropic: ModelProvider };
  };
  readonly uses: { readonly http: true; readonly secrets: true; readonly host: true };
}
