import { ClawError } from "@claw/kernel";
import { headersOf, isLoopbackName, settingFailure } from "@claw/kernel/kit";
import type { Contract } from "./contract.gen.ts";
import type { Variables } from "./variables.ts";

export interface Delivery {
  readonly url: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: "none" | "gzip";
  /** For a batch, with all attempts. */
  readonly timeoutMs: number;
}

/** Where records go: nowhere, and why; nowhere, because what was said cannot be done; or there. */
export type Destination =
  | { readonly type: "off"; readonly reason: string }
  | { readonly type: "refused"; readonly error: ClawError }
  | { readonly type: "on"; readonly reason: string; readonly delivery: Delivery };

/** How long the kernel waits for one batch. */
const longestMs = 30_000;

export function destinationOf(config: Contract["config"], variables: Variables, isOffline: boolean): Destination {
  const off = (reason: string): Destination => ({ type: "off", reason });
  if (variables.off !== undefined) return off(`${variables.off} switches it off`);
  const said = addressOf(config, variables);
  if (said === undefined) return off("no endpoint is configured");
  if (said.source !== "endpoint" && variables.foreignProtocol !== undefined)
    return off(`${said.source} is for another protocol: ${variables.foreignProtocol}, and this exporter speaks HTTP`);
  try {
    const url = checked(said.url, said.source, config.insecure);
    if (isOffline && !isLoopbackName(url.hostname)) return off("claw is offline");
    const headers = headersOf({ ...variables.headers, ...config.headers }, { extension });
    const { compression = variables.compression ?? "none", timeoutMs = variables.timeoutMs ?? longestMs } = config;
    const delivery = { url: url.href, host: url.host, headers, compression, timeoutMs: Math.min(timeoutMs, longestMs) };
    return { type: "on", reason: `${said.source} says where to`, delivery };
  } catch (error) {
    if (ClawError.is(error)) return { type: "refused", error };
    throw error;
  }
}

const extension = "claw/telemetry-otlp-http";

/** The address of logs is used as it is; that of all signals has one for logs below it. */
function addressOf({ endpoint }: Contract["config"], { base }: Variables): { readonly url: string; readonly source: string } | undefined {
  if (endpoint !== undefined && endpoint.trim() !== "") return { url: endpoint.trim(), source: "endpoint" };
  if (base === undefined) return undefined;
  const isWhole = base.name.startsWith("CLAWD_") && /\/v1\/logs\/?$/.test(base.url);
  return { url: isWhole ? base.url : `${base.url.replace(/\/+$/, "")}/v1/logs`, source: base.name };
}

function checked(text: string, source: string, insecure: boolean): URL {
  const invalid = (what: string, fix?: string): ClawError => settingFailure(extension, `${source}: ${what}`, fix);
  const url = URL.parse(text);
  if (url === null || (url.protocol !== "https:" && url.protocol !== "http:"))
    throw invalid("it is no address that begins with https:// or http://", 'write "https://collector.example:4318/v1/logs"');
  // Not repeated as they stand: what is wrong with them is that they may hold a secret.
  if (url.username !== "" || url.password !== "") throw invalid("an address is no place for a password", "put it into telemetry.headers");
  if (url.search !== "" || url.hash !== "") throw invalid("it has a query or a fragment", "put what the collector has to know into telemetry.headers");
  if (url.protocol === "http:" && !isLoopbackName(url.hostname) && !insecure)
    throw invalid(`the records would cross the network unencrypted to ${url.host}`, 'write https://, or set "telemetry": { "insecure": true }');
  return url;
}
