// Generated from extension.json of claw/http by `claw ext types`. Do not edit.
import type { Http } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly systemAuthorities: boolean; readonly connectTimeoutMs: number; readonly userAgent?: string };
  readonly hooks: {};
  readonly provides: {
    readonly service: { readonly http: Http };
  };
  readonly uses: { readonly host: true };
}
