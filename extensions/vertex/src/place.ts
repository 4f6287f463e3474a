import { type Endpoint, endpointOf as endpoint, settingFailure } from "@claw/kernel/kit";
import type { Contract } from "./contract.gen.ts";
import { isClaude, vertexIdOf } from "./models.ts";

export const extension = "claw/vertex";
export const addressFix = "set vertex's baseUrl in settings.json to https://host without /v1, or leave it out";
export const geminiAddressFix = "set GOOGLE_GEMINI_BASE_URL, or vertex's geminiBaseUrl in settings.json, to https://host without /v1beta";

type Config = Pick<Contract["config"], "project" | "location" | "baseUrl"> & Partial<Pick<Contract["config"], "apiVersion">>;

/** Where a model of Vertex AI is asked. */
export interface Place extends Endpoint {
  readonly location: string;
  /** Of the API that Gemini is asked through. */
  readonly apiVersion: "v1" | "v1beta1";
}

/** The endpoint of a location; a base URL of the person's own stands for every location. */
export function placeOf(model: string, { location, baseUrl, apiVersion = "v1beta1" }: Config): Place {
  const given = location?.trim() ?? "";
  const where = given === "" ? (isClaude(model) ? "us-east5" : "global") : given;
  if (!/^[a-z][a-z0-9-]*$/.test(where)) throw settingFailure(extension, `location: ${JSON.stringify(where)} is no location of Google Cloud`);
  return { ...endpoint(baseUrl ?? `https://${hostOf(where)}`, { extension, fix: addressFix }), location: where, apiVersion };
}

function hostOf(location: string): string {
  if (location === "global") return "aiplatform.googleapis.com";
  return location === "us" || location === "eu" ? `aiplatform.${location}.rep.googleapis.com` : `${location}-aiplatform.googleapis.com`;
}

/** A project's id or number, or why it can be none. */
export function projectOf(project: string): string {
  if (/^[a-z0-9][a-z0-9.:-]*$/i.test(project)) return project;
  throw settingFailure(extension, `project: ${JSON.stringify(project)} is no project of Google Cloud`);
}

/** The address a model's reply is streamed from: the official SDKs' own: Claude's in version v1, Gemini's in v1beta1 unless another is wanted. */
export function streamUrl(model: string, place: Place, project: string): string {
  const parent = `projects/${encoded(project)}/locations/${place.location}/publishers`;
  return isClaude(model)
    ? `${place.url}/v1/${parent}/anthropic/models/${encoded(vertexIdOf(model))}:streamRawPredict`
    : `${place.url}/${place.apiVersion}/${parent}/google/models/${encoded(model)}:streamGenerateContent?alt=sse`;
}

/** The same of the Gemini API. */
export const geminiUrl = (model: string, { url }: Endpoint): string => `${url}/v1beta/models/${encoded(model)}:streamGenerateContent?alt=sse`;

export const geminiEndpoint = (baseUrl: string): Endpoint => endpoint(baseUrl, { extension, property: "geminiBaseUrl", fix: geminiAddressFix });

const encoded = (segment: string): string => encodeURIComponent(segment).replaceAll("%40", "@").replaceAll("%3A", ":");
