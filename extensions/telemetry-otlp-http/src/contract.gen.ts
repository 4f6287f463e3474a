// Generated from extension.json of claw/telemetry-otlp-http by `claw ext types`. Do not edit.
import type { Command, Exporter } from "@claw/kernel";

export interface Contract {
  readonly config: { readonly endpoint?: string; readonly insecure: boolean; readonly headers: { readonly [key: string]: string }; readonly content: "none" | "full"; readonly serviceName?: string; readonly resource: { readonly [key: string]: string }; readonly compression?: "none" | "gzip"; readonly timeoutMs?: number };
  readonly hooks: {};
  readonly provides: {
    readonly exporter: { readonly "otlp-http": Exporter };
    readonly command: { readonly telemetry: Command };
  };
  readonly uses: { readonly http: true; readonly host: true; readonly "session-store": true };
}
