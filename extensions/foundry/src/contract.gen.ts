// Generated from extension.json of claw/foundry by `claw ext types`. Do not edit.
import type { ModelProvider } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly endpoint?: string; readonly deployment?: string; readonly deployments: { readonly [key: string]: string }; readonly apiVersion?: string; readonly wire: "auto" | "chat" | "responses"; readonly claudeEndpoint?: string; readonly claudeResource?: string; readonly authorityHost: string; readonly idleTimeoutMs: number; readonly headers: { readonly [key: string]: string } };
  readonly hooks: {};
  readonly provides: {
    readonly provider: { readonly foundry: ModelProvider };
  };
  readonly uses: { readonly http: true; readonly secrets: true; readonly host: true; readonly processes: false };
}
