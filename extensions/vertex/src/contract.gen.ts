// Generated from extension.json of claw/vertex by `claw ext types`. Do not edit.
import type { ModelProvider } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly project?: string; readonly location?: string; readonly baseUrl?: string; readonly apiVersion: "v1beta1" | "v1"; readonly geminiBaseUrl: string; readonly credentialsFile?: string; readonly idleTimeoutMs: number; readonly headers: { readonly [key: string]: string } };
  readonly hooks: {};
  readonly provides: {
    readonly provider: { readonly vertex: ModelProvider; readonly gemini: ModelProvider };
  };
  readonly uses: { readonly http: true; readonly secrets: true; readonly host: true };
}
