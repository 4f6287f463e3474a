import type { ModelInfo, Refreshed } from "@claw/kernel";
import type { Endpoint } from "./endpoints.ts";
import data from "./models.json" with { type: "json" };

const listed: Readonly<Record<string, readonly ModelInfo[]>> = data.models;

/** What an endpoint's models are: what the person says comes before what the server said, and that before what is known or taken for granted. */
export interface EndpointModels {
  /** The models that are named anywhere. */
  list(): readonly ModelInfo[];
  /** Any model; nobody may have named it. */
  info(id: string): ModelInfo;
  /** Keeps what the server says. */
  learn(said: readonly Refreshed[]): void;
}

export function modelsOf(endpoint: Endpoint): EndpointModels {
  const known = new Map((endpoint.preset === undefined ? [] : (listed[endpoint.name] ?? [])).map((model) => [model.id, { sources: [data.source], ...model }]));
  const configured = new Map(endpoint.models.map((model) => [model.id, model]));
  const said = new Map<string, Refreshed>();
  const info = (id: string): ModelInfo => ({ ...assumed(id, endpoint), ...known.get(id), ...said.get(id), ...configured.get(id) });
  return {
    info,
    list: () => [...new Set([...configured.keys(), ...known.keys()])].map(info),
    learn: (models) => {
      for (const model of models) said.set(model.id, model);
    },
  };
}

/** Modest, but for the tools: without them there is no work to be done. A vendor refuses by itself what its model does not take. */
function assumed(id: string, { wire, isLocal, contextWindow }: Endpoint): ModelInfo {
  return {
    id,
    contextWindow: contextWindow ?? (isLocal ? 32_768 : 128_000),
    tools: true,
    reasoning: false,
    images: !isLocal,
    sampling: isLocal || wire === "anthropic" ? ["temperature", "topP", "topK"] : ["temperature", "topP"],
    output: true,
  };
}
