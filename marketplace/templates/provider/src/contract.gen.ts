// Generated from extension.json of acme/local-model by `claw ext types`. Do not edit.
import type { ModelProvider } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly url: string };
  readonly hooks: {};
  readonly provides: {
    readonly provider: { readonly local: ModelProvider };
  };
  readonly uses: { readonly http: true };
}
