// Generated from extension.json of claw/openai by `claw ext types`. Do not edit.
import type { ModelProvider } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly baseUrl: string; readonly wire: "auto" | "chat" | "responses"; readonly summaries: boolean; readonly organization: string; readonly project: string; readonly idleTimeoutMs: number; readonly headers: { readonly [key: string]: string } };
  readonly hooks: {};
  readonly provides: {
    readonly provider: { readonly openai: ModelProvider };
  };
  readonly uses: { readonly http: true; readonly secrets: true; readonly host: true };
}
