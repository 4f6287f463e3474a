import type { ModelInfo } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import data from "./models.json" with { type: "json" };

type Names = Pick<Contract["config"], "deployment" | "deployments">;

/** What is known of the models that can be deployed; where it is from stands in models.json. */
export const catalogue: readonly ModelInfo[] = (data.models as readonly ModelInfo[]).map((model) => ({ sources: [data.source], ...model }));

/** The name that means the deployment of the config. */
export const standardName = "default";

/** The deployments that the config names, with what is known of the models behind them, and then the models that a deployment may be called like. */
export function deployed({ deployment, deployments }: Names): readonly ModelInfo[] {
  const names = new Set([...(deployment === undefined ? [] : [deployment]), ...Object.keys(deployments)]);
  const own = [...names].map((name) => infoOf(name, deployments));
  return [...own, ...catalogue.filter(({ id }) => !names.has(id))];
}

/** The deployment a name means. */
export const deploymentOf = (name: string, { deployment, deployments }: Names): string =>
  name === standardName && deployment !== undefined && !Object.hasOwn(deployments, name) ? deployment : name;

/** What is known of a deployment, by the model behind it. Nothing of it is certain when `known` says undefined. */
export const infoOf = (deployment: string, deployments: Names["deployments"]): ModelInfo => known(deployment, deployments) ?? assumed(deployment);

/** As `infoOf`, and undefined of a deployment whose name says nothing. */
export function known(deployment: string, deployments: Names["deployments"]): ModelInfo | undefined {
  const model = Object.hasOwn(deployments, deployment) ? (deployments[deployment] as string) : deployment;
  const info = listed(model) ?? ofFamily(model);
  return info === undefined ? undefined : { ...info, id: deployment };
}

/** The model an id means: listed, or a listed one with its date. */
export function listed(id: string): ModelInfo | undefined {
  const name = id.toLowerCase();
  const undated = name.replace(/-(?:\d{8}|\d{4}-\d{2}-\d{2})$/, "");
  return catalogue.find((model) => model.id === name) ?? catalogue.find((model) => model.id === undated);
}

/** What is assumed of a model that is not listed, by what its name begins with. */
function ofFamily(id: string): ModelInfo | undefined {
  const family = data.families.find(({ prefix }) => id.toLowerCase().startsWith(prefix));
  if (family === undefined) return undefined;
  const { prefix: _prefix, ...about } = family;
  return { id, tools: true, ...about } as ModelInfo;
}

const assumed = (id: string): ModelInfo => ({
  id,
  contextWindow: 128_000,
  tools: true,
  reasoning: false,
  images: true,
  sampling: ["temperature", "topP"],
  output: true,
  endpoint: "chat",
});

/** The deployments of the config, and the listed models that share most with an unknown name. */
export function near(name: string, { deployments }: Names): readonly string[] {
  const words = new Set(name.toLowerCase().split(/[^a-z0-9]+/));
  const shared = (id: string): number => words.intersection(new Set(id.split(/[^a-z0-9]+/))).size;
  const ids = catalogue.map(({ id }) => id).filter((id) => shared(id) > 1);
  return [...Object.keys(deployments).filter((id) => id !== name), ...ids.sort((a, b) => shared(b) - shared(a))].slice(0, 3);
}
