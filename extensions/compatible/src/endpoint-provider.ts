import { ClawError, type ModelEvent, type ModelInfo, type ModelRequest, type ProviderStatus, type Refreshed } from "@claw/kernel";
import { type FailureContext, IdleWatch, idleFailure } from "@claw/kernel/kit";
import { authFix, credentialOf } from "./credentials.ts";
import type { Endpoint } from "./endpoints.ts";
import { type Exchange, exchangeWith } from "./exchange.ts";
import { connectionFailure, missingModel, nearest } from "./failures.ts";
import { modelsOf } from "./model-info.ts";
import type { Wire } from "./presets.ts";
import type { ProviderParts } from "./providers.ts";
import { askedModels } from "./servers.ts";
import { textThoughts } from "./think-text.ts";
import { textCalls } from "./tool-text.ts";
import { streamOf } from "./unstreamed.ts";
import type { SpokenWire } from "./wires.ts";

export interface EndpointParts extends ProviderParts {
  readonly endpoint: Endpoint;
  /** The provider it is asked as. */
  readonly provider: string;
  readonly wires: Readonly<Record<Wire, SpokenWire>>;
}

/** One endpoint, asked by its own names of models. */
export interface EndpointProvider {
  models(): readonly ModelInfo[];
  info(id: string): ModelInfo;
  refresh(signal: AbortSignal): Promise<readonly Refreshed[]>;
  status(signal: AbortSignal): Promise<ProviderStatus>;
  /** `id` is the model's name at the endpoint, `request.model` the one that the provider was asked by. */
  stream(request: ModelRequest, id: string, signal: AbortSignal): AsyncIterable<ModelEvent>;
}

/** How long a server is asked what it has instead, when it has no model of a name. */
const suggestionMs = 2_000;

export function createEndpointProvider({ endpoint, provider, wires, http, secrets, host, config }: EndpointParts): EndpointProvider {
  const models = modelsOf(endpoint);
  const wire = wires[endpoint.wire];
  const open = (): Promise<Exchange> => exchangeWith(endpoint, { http, secrets, userAgent: `claw/${host.version}`, provider });
  const idle = (): ClawError => idleFailure(provider, config.idleTimeoutMs, "claw/compatible");
  const contextOf = ({ address, secrets: hidden }: Exchange, model: string): FailureContext => ({
    provider,
    model,
    now: () => host.now(),
    secrets: hidden,
    authFix: authFix(endpoint, address.host),
    addressFix: `${address.url} is asked: correct endpoints.${endpoint.name}.url in compatible's settings${endpoint.preset === undefined ? "" : `, or ${endpoint.preset.env[0]}`}`,
    suggestions: () =>
      nearest(
        model,
        models.list().map(({ id }) => id),
      ),
  });

  const refresh = async (signal: AbortSignal): Promise<readonly Refreshed[]> => {
    const exchange = await open();
    const said = await askedModels({ endpoint, exchange, context: contextOf(exchange, endpoint.name), signal });
    models.learn(said);
    return said;
  };

  /** The names that a server of one's own has; none if it does not say. */
  const namesThere = async (signal: AbortSignal): Promise<readonly string[]> => {
    const known = models.list().map(({ id }) => id);
    if (!endpoint.isLocal) return known;
    // What it says is a courtesy: that the model is not there is known already.
    const there = await refresh(AbortSignal.any([signal, AbortSignal.timeout(suggestionMs)])).catch(() => []);
    signal.throwIfAborted();
    return [...new Set([...known, ...there.map(({ id }) => id)])];
  };

  async function* reply(request: ModelRequest, id: string, signal: AbortSignal): AsyncGenerator<ModelEvent, void> {
    using watch = new IdleWatch(signal, config.idleTimeoutMs, idle);
    const body = wire.encode(request, id, models.info(id), endpoint);
    const exchange = await watch.wait(open());
    const { address } = exchange;
    const sent = exchange.post(`${address.url}${wire.path}`, body, watch.signal);
    const response = await watch.wait(sent).catch((error: unknown) => {
      throw watch.signal.aborted ? error : connectionFailure(error, endpoint, address);
    });
    const context = contextOf(exchange, request.model);
    yield* wire.read(await streamOf(response, watch, context, endpoint.wire), watch, context);
  }

  return {
    models: () => models.list(),
    info: (id) => models.info(id),
    refresh,
    async status() {
      try {
        const { address } = endpoint.reach();
        const credential = await credentialOf(endpoint, provider, secrets);
        return { ready: true, host: address.host, ...(credential === undefined ? {} : { credential: credential.name }) };
      } catch (error) {
        if (!ClawError.is(error)) throw error;
        return { ready: false, problem: error.message, ...(error.fix === undefined ? {} : { fix: error.fix }) };
      }
    },
    async *stream(request, id, signal) {
      const tools = request.toolChoice === "none" ? [] : request.tools;
      try {
        yield* textCalls(textThoughts(reply(request, id, signal)), tools, endpoint.toolText);
      } catch (error) {
        if (!ClawError.is(error, "MODEL_UNKNOWN")) throw error;
        throw missingModel(error, id, endpoint, provider, await namesThere(signal));
      }
    },
  };
}
