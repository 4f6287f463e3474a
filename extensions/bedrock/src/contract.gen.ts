// Generated from extension.json of claw/bedrock by `claw ext types`. Do not edit.
import type { ModelProvider } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly region?: string; readonly endpoint?: string; readonly credentials: "auto" | "bearer" | "keys" | "web-identity" | "profile" | "container" | "instance"; readonly profile?: string; readonly inferenceProfile: "none" | "auto" | "global" | "us" | "eu" | "apac" | "jp" | "au" | "ca" | "in" | "us-gov"; readonly wire: "auto" | "converse" | "messages"; readonly idleTimeoutMs: number; readonly headers: { readonly [key: string]: string }; readonly cacheTtl: "5m" | "1h" };
  readonly hooks: {};
  readonly provides: {
    readonly provider: { readonly bedrock: ModelProvider };
  };
  readonly uses: { readonly http: true; readonly secrets: true; readonly host: true; readonly processes: false };
}
