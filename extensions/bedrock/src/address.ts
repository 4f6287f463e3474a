import { type Endpoint, endpointOf, headersOf as headers, settingFailure } from "@claw/kernel/kit";

const extension = "claw/bedrock";

export const addressFix = "set AWS_ENDPOINT_URL_BEDROCK_RUNTIME, or bedrock's endpoint in settings.json, or leave both out for the region's own";
const regionFix = "export AWS_REGION=us-east-1, or set bedrock's region in settings.json, or the region of your AWS profile";

/** A region that can be a part of a host's name. */
export function regionOf(region: string): string {
  if (/^[a-z]{2,4}(?:-[a-z]+)+-\d{1,2}$/.test(region)) return region;
  throw settingFailure(extension, `region: ${JSON.stringify(region)} is no AWS region`, regionFix);
}

export const regionMissing = (): Error => settingFailure(extension, "region: none is set", regionFix);

/** The host of a service of AWS in a region. */
export function hostOf(service: string, region: string): string {
  if (region.startsWith("cn-")) return `${service}.${region}.amazonaws.com.cn`;
  if (region.startsWith("eusc-")) return `${service}.${region}.amazonaws.eu`;
  if (/^[a-z]{2}-iso/.test(region)) throw settingFailure(extension, `region: the hosts of ${region} are not known`, addressFix);
  return `${service}.${region}.amazonaws.com`;
}

/** Where requests go: what was configured, or the region's own. Keys go nowhere else. */
export function runtimeOf(endpoint: string | undefined, region: string): Endpoint {
  if (endpoint !== undefined && endpoint !== "") return endpointOf(endpoint, { extension, property: "endpoint", fix: addressFix });
  const host = hostOf("bedrock-runtime", region);
  return { url: `https://${host}`, host };
}

/** What a person wrote as headers, or why it cannot be sent. */
export const headersOf = (given: Readonly<Record<string, string>>): Readonly<Record<string, string>> => headers(given, { extension });
