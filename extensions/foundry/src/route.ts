import type { ModelInfo } from "@claw/kernel";
import type { Endpoint } from "@claw/kernel/kit";
import type { Contract } from "./contract.gen.ts";
import { claudeResourceOf, resourceOf } from "./endpoint.ts";

/** The way to one deployment. */
export interface Route {
  readonly wire: "chat" | "responses" | "messages";
  readonly resource: Endpoint;
  readonly url: string;
  /** What an Entra token must be for. */
  readonly scope: string;
  /** The API is older than the fields of today's chat completions. */
  readonly isOld: boolean;
}

type Settings = Pick<Contract["config"], "endpoint" | "claudeEndpoint" | "claudeResource" | "apiVersion" | "wire">;

/** `2024-09-01-preview` brought `max_completion_tokens` and `stream_options`, `2025-03-01-preview` the Responses API. */
const firstWithUsage = "2024-09-01";
const firstWithResponses = "2025-03-01";

/** Where a deployment is asked, and in which API's words. */
export function routeOf(deployment: string, info: ModelInfo, settings: Settings): Route {
  if (info.endpoint === "messages") {
    const resource = claudeResourceOf(settings);
    return { wire: "messages", resource, url: `${resource.url}/anthropic/v1/messages`, scope: "https://ai.azure.com/.default", isOld: false };
  }
  const resource = resourceOf(settings);
  const { version, date } = versionOf(settings.apiVersion);
  const wire = wireOf(info, settings.wire, date);
  const query = version === undefined ? "" : `?api-version=${encodeURIComponent(version)}`;
  const path =
    date === undefined
      ? `/openai/v1/${wire === "chat" ? "chat/completions" : "responses"}`
      : wire === "chat"
        ? `/openai/deployments/${encodeURIComponent(deployment)}/chat/completions`
        : "/openai/responses";
  return { wire, resource, url: `${resource.url}${path}${query}`, scope: scopeOf(resource.host), isOld: date !== undefined && date < firstWithUsage };
}

/** Where the resource lists its models. */
export const modelsUrl = (settings: Settings): string => `${resourceOf(settings).url}/openai/v1/models`;

/** The v1 API needs no version; `preview` and `latest` are its own. A dated one is the older API's. */
function versionOf(apiVersion: string | undefined): { readonly version?: string; readonly date?: string } {
  const version = apiVersion?.trim().toLowerCase() ?? "";
  if (version === "" || version === "v1") return {};
  if (version === "preview" || version === "latest") return { version };
  return { version, date: version.slice(0, 10) };
}

function wireOf(info: ModelInfo, wire: Settings["wire"], date: string | undefined): "chat" | "responses" {
  if (wire !== "auto") return wire;
  return info.endpoint === "responses" && (date === undefined || date >= firstWithResponses) ? "responses" : "chat";
}

/** A national cloud has tokens of its own. */
export function scopeOf(host: string): string {
  const cloud = /\.azure\.(us|cn)$/.exec(host)?.[1] ?? "com";
  return `https://cognitiveservices.azure.${cloud}/.default`;
}
