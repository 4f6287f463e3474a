import { type Endpoint, endpointOf, settingFailure } from "@claw/kernel/kit";
import type { Contract } from "./contract.gen.ts";

export const extension = "claw/foundry";

/** What to do about an address that is none, or none of Azure's. */
export const addressFix = "set AZURE_OPENAI_ENDPOINT, or foundry's endpoint in settings.json, to https://<resource>.openai.azure.com";

type Settings = Pick<Contract["config"], "endpoint" | "claudeEndpoint" | "claudeResource">;

/** The resource whose deployments are asked. */
export function resourceOf({ endpoint }: Settings): Endpoint {
  if (endpoint === undefined || endpoint.trim() === "") throw settingFailure(extension, "endpoint: there is none", addressFix);
  return withoutPath(endpointOf(endpoint.trim(), { extension, property: "endpoint", fix: addressFix }));
}

/** The resource that Claude is deployed in: its own, or else the one of the other models, if its address can be Claude's. */
export function claudeResourceOf(settings: Settings): Endpoint {
  const { claudeEndpoint = "", claudeResource = "" } = settings;
  if (claudeEndpoint !== "") return withoutPath(endpointOf(claudeEndpoint, { extension, property: "claudeEndpoint", fix: claudeFix("<resource>") }));
  if (claudeResource !== "") {
    if (!/^[a-z0-9][a-z0-9-]*$/i.test(claudeResource)) {
      throw settingFailure(extension, `claudeResource: ${JSON.stringify(claudeResource)} is no name of a resource`, claudeFix("<resource>"));
    }
    return endpointOf(`https://${claudeResource}.services.ai.azure.com`, { extension, property: "claudeResource" });
  }
  const resource = resourceOf(settings);
  const name = nameOf(resource.host);
  if (name !== undefined && resource.host.includes(".openai.")) {
    throw settingFailure(extension, `claudeEndpoint: there is none, and ${resource.host} has no Claude`, claudeFix(name));
  }
  return resource;
}

const claudeFix = (name: string): string => `export ANTHROPIC_FOUNDRY_RESOURCE=${name}, the name of the resource that Claude is deployed in`;

/** Whether two addresses are of one resource, which has the same keys at each of its hosts. */
export function isSameResource(one: Endpoint, other: Endpoint): boolean {
  const name = nameOf(one.host);
  return one.host === other.host || (name !== undefined && name === nameOf(other.host));
}

const nameOf = (host: string): string | undefined => /^([a-z0-9-]+)\.(?:openai|services\.ai|cognitiveservices)\.azure\.com$/.exec(host)?.[1];

/** The portal shows addresses of one API or one project; what comes after the resource is ours to add. */
function withoutPath({ url, host }: Endpoint): Endpoint {
  return { url: url.replace(/\/(?:openai(?:\/v1)?|anthropic(?:\/v1)?|api\/projects\/[^/]+(?:\/openai(?:\/v1)?)?)$/, ""), host };
}
