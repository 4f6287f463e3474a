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
import { type FailureContext, IdleWatch, cacheBreakpoints, createEncoder, readReply, idleFailure } from "@claw/kernel/kit";
import type { ApiCall } from "./api-call.ts";
import type { Contract } from "./contract.gen.ts";
import { authFix, credentialOf } from "./credentials.ts";
import { customHeaders } from "./custom-headers.ts";
import { addressFix, endpointOf } from "./endpoint.ts";
import { catalogue, listed, near, unlisted } from "./models.ts";
import { requestFields } from "./request-fields.ts";

export interface ProviderParts {
  readonly http: Http;
  readonly secrets: Secrets;
  readonly host: Pick<Host, "now" | "version" | "environment">;
  readonly config: Contract["config"];
}

const provider = "anthropic";

/** The provider. What messages become on the wire is kept with it, so that a turn costs what it adds. */
export function createProvider({ http, secrets, host, config }: ProviderParts): ModelProvider {
  const encode = createEncoder(provider);
  const cacheControl = { type: "ephemeral", ...(config.cacheTtl === "5m" ? {} : { ttl: config.cacheTtl }) };
  const idle = (): ClawError => idleFailure(provider, config.idleTimeoutMs, "claw/anthropic");

  /** The way to the API: what calls it, and what its failures are told with. The SDK is a chunk of its own, read when it is first needed. */
  const open = async (model: string) => {
    const endpoint = endpointOf(config.baseUrl);
    const headers = customHeaders(config);
    const [{ callApi }, credential] = await Promise.all([import("./api-call.ts"), credentialOf(secrets, host.environment)]);
    const context: FailureContext = {
      provider,
      model,
      now: () => host.now(),
      secrets: [credential.value, ...Object.values(headers)],
      authFix: authFix(credential, endpoint),
      addressFix,
      suggestions: () => near(model),
    };
    const call = (what: Pick<ApiCall, "path" | "body" | "signal">): Promise<Response> =>
      callApi({ ...what, endpoint, credential, headers, userAgent: `claw/${host.version}` }, http);
    return { call, context };
  };

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void> {
    using watch = new IdleWatch(signal, config.idleTimeoutMs, idle);
    const info = listed(request.model);
    const fields = requestFields(request, info);
    const accepts = { images: info?.images ?? true, documents: info?.documents ?? true };
    const { call, context } = await watch.wait(open(request.model));
    const body = encode(request, { fields: { ...fields }, accepts, breakpoints: cacheBreakpoints, cacheControl });
    const response = await watch.wait(call({ path: "/v1/messages", body, signal: watch.signal }));
    yield* readReply(response, watch, context);
  }

  async function refresh(signal: AbortSignal): Promise<readonly Refreshed[]> {
    using watch = new IdleWatch(signal, config.idleTimeoutMs, idle);
    const [{ listModels }, { call, context }] = await watch.wait(Promise.all([import("./model-list.ts"), open("")]));
    return await listModels((path) => call({ path, signal: watch.signal }), watch, context);
  }

  async function status(): Promise<ProviderStatus> {
    let about: Pick<ProviderStatus, "host"> = {};
    try {
      about = { host: endpointOf(config.baseUrl).host };
      customHeaders(config);
      return { ready: true, ...about, credential: (await credentialOf(secrets, host.environment)).name };
    } catch (error) {
      if (!ClawError.is(error)) throw error;
      return { ready: false, ...about, problem: error.message, ...(error.fix === undefined ? {} : { fix: error.fix }) };
    }
  }

  return { models: async () => catalogue, refresh, status, unlisted: (id) => unlisted(id, endpointOf(config.baseUrl).official), stream };
}
