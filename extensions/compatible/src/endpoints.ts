import { type Endpoint as Address, headersOf, settingFailure } from "@claw/kernel/kit";
import { addressOf, isLocalName, wiredUrl, writtenOut } from "./address.ts";
import type { Contract } from "./contract.gen.ts";
import type { DialectName } from "./dialects.ts";
import { type EndpointConfig, type KeyName, type Preset, type Wire, presets } from "./presets.ts";

/** A server that can be asked: what its preset says, and what the config says otherwise. */
export interface Endpoint {
  readonly name: string;
  readonly preset: Preset | undefined;
  readonly wire: Wire;
  /** The secret that is its key; undefined when it needs none. */
  readonly key: KeyName | undefined;
  readonly body: Readonly<Record<string, unknown>>;
  readonly models: NonNullable<EndpointConfig["models"]>;
  readonly contextWindow: number | undefined;
  readonly maxTokensField: "max_tokens" | "max_completion_tokens";
  readonly toolText: DialectName;
  /** Whether it runs on this machine or in a network of one's own. */
  readonly isLocal: boolean;
  /** Where it is, and the person's headers for it. Throws what is wrong with them. */
  reach(): { readonly address: Address; readonly headers: Readonly<Record<string, string>> };
}

export type Environment = Readonly<Record<string, string | undefined>>;
type Endpoints = Contract["config"]["endpoints"];

/** The names of the endpoints that are the person's own, and no preset's. Throws if one of them cannot be a part of an address. */
export function ownNames(endpoints: Endpoints): readonly string[] {
  const wrong = Object.keys(endpoints).find((name) => !/^[a-z0-9][\w.-]*$/i.test(name));
  if (wrong !== undefined) throw settingFailure("claw/compatible", `endpoints: ${JSON.stringify(wrong)} can be no name: write letters, digits, - and .`);
  return Object.keys(endpoints).filter((name) => !presets.has(name));
}

/** The endpoint of a name; undefined if nobody has written it down. */
export function endpointNamed(name: string, endpoints: Endpoints, environment: Environment): Endpoint | undefined {
  const preset = presets.get(name);
  const config: EndpointConfig | undefined = Object.hasOwn(endpoints, name) ? endpoints[name] : undefined;
  if (preset === undefined && config === undefined) return undefined;
  const { headers = {}, body = {}, models = [], contextWindow, maxTokensField = "max_tokens" } = config ?? {};
  const wire = config?.wire ?? preset?.wire ?? "openai";
  const key = config?.key ?? preset?.key ?? "none";
  const place = placeOf(name, config, preset, environment);
  return {
    name,
    preset,
    wire,
    key: key === "none" ? undefined : key,
    body,
    models,
    contextWindow,
    maxTokensField,
    toolText: config?.toolText ?? preset?.toolText ?? "auto",
    isLocal: isLocalName(URL.parse(place.url)?.hostname ?? ""),
    reach() {
      if (place.url === "") throw settingFailure("claw/compatible", `${place.property}: it is missing`, "say where the server is");
      const isSecret = key !== "none" || Object.keys(headers).some((header) => /auth|key|token|secret|cookie/i.test(header));
      return {
        address: addressOf({ url: wiredUrl(place.url, wire), property: place.property, isSecret }),
        headers: headersOf(headers, { extension: "claw/compatible" }),
      };
    },
  };
}

/** Where a server is said to be: by the config, by the environment, or by what is known of it. */
function placeOf(
  name: string,
  config: EndpointConfig | undefined,
  preset: Preset | undefined,
  environment: Environment,
): { readonly url: string; readonly property: string } {
  const property = `endpoints.${name}.url`;
  if (config?.url !== undefined || preset === undefined) return { url: config?.url ?? "", property };
  const variable = preset.env.find((one) => (environment[one]?.trim() ?? "") !== "");
  if (variable === undefined) return { url: preset.url, property };
  const text = environment[variable]?.trim() ?? "";
  return { url: preset.start === undefined ? text : writtenOut(text, preset.url), property: variable };
}
