import {
  ClawError,
  type Host,
  type Http,
  type ModelEvent,
  type ModelProvider,
  type ModelRequest,
  type ProviderStatus,
  type Refreshed,
  type Secrets,
} from "@claw/kernel";
import { type FailureContext, IdleWatch, idleFailure, readChat, readResponses } from "@claw/kernel/kit";
import type { Contract } from "./contract.gen.ts";
import { type Credential, authFix, credentialOf, keyFix, keyOf } from "./credentials.ts";
import { type Endpoint, addressFix, endpointOf } from "./endpoint.ts";
import { exchange } from "./exchange.ts";
import { readModelList } from "./model-list.ts";
import { catalogue, listed, near, unlisted } from "./models.ts";
import { withRemedy } from "./remedy.ts";
import { createRequestBody } from "./request-body.ts";
import { wireOf } from "./wire-choice.ts";

export interface ProviderParts {
  readonly http: Http;
  readonly secrets: Secrets;
  readonly host: Pick<Host, "now" | "version">;
  readonly config: Contract["config"];
}

const provider = "openai";
const listPatienceMs = 30_000;

/** The provider. What messages become on the wire is kept with it, so that a turn costs what it adds. */
export function createProvider({ http, secrets, host, config }: ProviderParts): ModelProvider {
  const bodyOf = createRequestBody(provider);
  const userAgent = `claw/${host.version}`;
  const idle = (): ClawError => idleFailure(provider, config.idleTimeoutMs, "claw/openai");
  /** How long a list may take is nobody's to set. */
  const silent = (): ClawError => new ClawError("MODEL_IDLE", `${provider} said nothing for ${listPatienceMs / 1000} s`, { provider }, { retryable: true });

  const contextOf = (model: string, credential: Credential, endpoint: Endpoint): FailureContext => ({
    provider,
    model,
    now: () => host.now(),
    secrets: [credential.value, ...Object.values(config.headers)],
    authFix: authFix(credential, endpoint),
    addressFix,
    suggestions: () => near(model),
  });

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void> {
    using watch = new IdleWatch(signal, config.idleTimeoutMs, idle);
    const endpoint = endpointOf(config.baseUrl);
    const { official } = endpoint;
    const info = listed(request.model) ?? unlisted(request.model, true);
    const wire = wireOf(config.wire, request, info);
    const body = bodyOf(request, { wire, info, official, summaries: config.summaries });
    const credential = await watch.wait(credentialOf(secrets));
    const path = wire === "chat" ? "/chat/completions" : "/responses";
    const response = await watch.wait(exchange({ endpoint, path, credential, config, userAgent, body, signal: watch.signal }, http));
    try {
      yield* (wire === "chat" ? readChat : readResponses)(response, watch, contextOf(request.model, credential, endpoint));
    } catch (error) {
      throw withRemedy(error);
    }
  }

  async function refresh(signal: AbortSignal): Promise<readonly Refreshed[]> {
    using watch = new IdleWatch(signal, listPatienceMs, silent);
    const endpoint = endpointOf(config.baseUrl);
    const credential = await watch.wait(credentialOf(secrets));
    const response = await watch.wait(exchange({ endpoint, path: "/models", credential, config, userAgent, signal: watch.signal }, http));
    return await readModelList(response, watch, contextOf("", credential, endpoint), endpoint.official);
  }

  async function status(): Promise<ProviderStatus> {
    try {
      const { host: name } = endpointOf(config.baseUrl);
      const credential = await keyOf(secrets);
      if (credential === undefined) return { ready: false, host: name, problem: "there is no key for openai", fix: keyFix };
      return { ready: true, host: name, credential: credential.name };
    } catch (error) {
      if (!ClawError.is(error)) throw error;
      return { ready: false, problem: error.message, ...(error.fix === undefined ? {} : { fix: error.fix }) };
    }
  }

  return { models: async () => catalogue, unlisted: (id) => unlisted(id, endpointOf(config.baseUrl).official), refresh, status, stream };
}
