import { ClawError, type Host, type Http, type ModelProvider, type Secrets } from "@claw/kernel";
import type { Contract } from "./contract.gen.ts";
import { endpointNamed, ownNames } from "./endpoints.ts";
import { type EndpointProvider, createEndpointProvider } from "./endpoint-provider.ts";
import { nearest } from "./failures.ts";
import { presets } from "./presets.ts";
import { createWires } from "./wires.ts";

export interface ProviderParts {
  readonly http: Http;
  readonly secrets: Secrets;
  readonly host: Pick<Host, "now" | "version" | "environment">;
  readonly config: Contract["config"];
  /** Told of a server that could not be asked while others were. */
  warn(message: string): void;
}

type ProviderName = keyof Contract["provides"]["provider"];

/** The provider of each server that is well known, and `compatible` for all that the person has named. */
export function createProviders(parts: ProviderParts): readonly (readonly [ProviderName, ModelProvider])[] {
  const own = [...presets.keys()].map((name) => [name as ProviderName, presetProvider(name, parts)] as const);
  return [["compatible", namedProvider(parts)], ...own];
}

function presetProvider(name: string, parts: ProviderParts): ModelProvider {
  const endpoint = endpointNamed(name, parts.config.endpoints, parts.host.environment);
  if (endpoint === undefined) throw new Error(`${name} is no preset`);
  const { models, refresh, status, info, stream } = createEndpointProvider({ ...parts, endpoint, provider: name, wires: createWires(name) });
  return {
    models: async () => models(),
    refresh,
    status,
    unlisted: info,
    stream: (request, signal) => stream(request, request.model, signal),
  };
}

/** The endpoints of the config as one provider, whose models are called `<endpoint>/<model>`. */
function namedProvider(parts: ProviderParts): ModelProvider {
  const { config, host } = parts;
  const provider = "compatible";
  const wires = createWires(provider);
  const made = new Map<string, EndpointProvider>();
  const endpointOf = (name: string): EndpointProvider | undefined => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const endpoint = endpointNamed(name, config.endpoints, host.environment);
    if (endpoint === undefined) return undefined;
    const one = createEndpointProvider({ ...parts, endpoint, provider, wires });
    made.set(name, one);
    return one;
  };
  const own = (): readonly (readonly [string, EndpointProvider])[] =>
    ownNames(config.endpoints).flatMap((name) => {
      const one = endpointOf(name);
      return one === undefined ? [] : [[name, one] as const];
    });
  const under = <T extends { readonly id: string }>(name: string, models: readonly T[]): readonly T[] =>
    models.map((model) => ({ ...model, id: `${name}/${model.id}` }));

  return {
    models: async () => own().flatMap(([name, one]) => under(name, one.models())),
    async refresh(signal) {
      const answers = await Promise.allSettled(own().map(async ([name, one]) => under(name, await one.refresh(signal))));
      signal.throwIfAborted();
      const failures = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason as unknown] : []));
      if (failures.length > 0 && failures.length === answers.length) throw failures[0];
      for (const failure of failures) parts.warn(`compatible: ${failure instanceof Error ? failure.message : String(failure)}`);
      return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
    },
    async status(signal) {
      const states = await Promise.all(own().map(async ([name, one]) => ({ name, ...(await one.status(signal)) })));
      const wrong = states.find(({ ready }) => !ready);
      if (states.length === 0) return { ready: false, problem: "no endpoint is named", fix: "name one in compatible's endpoints of your settings" };
      const ready = states.filter((state) => state.ready);
      const hosts = states.flatMap(({ host: at }) => at ?? []).join(", ");
      const credentials = ready.flatMap(({ credential }) => credential ?? []).join(", ");
      return {
        ready: ready.length > 0,
        ...(hosts === "" ? {} : { host: hosts }),
        ...(credentials === "" ? {} : { credential: credentials }),
        ...(wrong?.problem === undefined ? {} : { problem: `${wrong.name}: ${wrong.problem}` }),
        ...(wrong?.fix === undefined ? {} : { fix: wrong.fix }),
      };
    },
    unlisted(address) {
      const { name, id } = split(address);
      const info = id === "" ? undefined : endpointOf(name)?.info(id);
      return info === undefined ? undefined : { ...info, id: address };
    },
    stream(request, signal) {
      const { name, id } = split(request.model);
      const one = id === "" ? undefined : endpointOf(name);
      if (one === undefined) throw unknownEndpoint(request.model, name, Object.keys(config.endpoints));
      return one.stream(request, id, signal);
    },
  };
}

/** An address's parts: an endpoint has no slash in its name, a model may. */
function split(address: string): { readonly name: string; readonly id: string } {
  const at = address.indexOf("/");
  return at === -1 ? { name: address, id: "" } : { name: address.slice(0, at), id: address.slice(at + 1) };
}

const unknownEndpoint = (model: string, name: string, names: readonly string[]): ClawError<"MODEL_UNKNOWN"> =>
  new ClawError(
    "MODEL_UNKNOWN",
    `compatible has no endpoint "${name}"`,
    { provider: "compatible", model, suggestions: nearest(name, names).map((one) => `compatible/${one}/${split(model).id}`) },
    { fix: `name it in compatible's endpoints of your settings, and ask for compatible/${name}/<model>` },
  );
