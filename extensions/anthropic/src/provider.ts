import { ClawError, type Host, type Http, type ModelEvent, type ModelProvider, type ModelRequest, type Secrets } from "@claw/kernel";
import { IdleWatch, createEncoder, readReply } from "@claw/kernel/kit";
import { cacheBreakpoints } from "./cache-breakpoints.ts";
import type { Contract } from "./contract.gen.ts";
import { authFix, credentialOf } from "./credentials.ts";
import { addressFix, endpointOf, headersOf } from "./endpoint.ts";
import { catalogue, listed, near, unlisted } from "./models.ts";
import { requestFields } from "./request-fields.ts";

export interface ProviderParts {
  readonly http: Http;
  readonly secrets: Secrets;
  readonly host: Pick<Host, "now" | "version">;
  readonly config: Contract["config"];
}

const provider = "anthropic";

/** The provider. What messages become on the wire is kept with it, so that a turn costs what it adds. */
export function createProvider({ http, secrets, host, config }: ProviderParts): ModelProvider {
  const encode = createEncoder(provider);
  const cacheControl = { type: "ephemeral", ...(config.cacheTtl === "5m" ? {} : { ttl: config.cacheTtl }) };
  const idle = (): ClawError => new ClawError("MODEL_IDLE", `${provider} said nothing for ${config.idleTimeoutMs / 1000} s`, { provider }, { retryable: true });

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void> {
    using watch = new IdleWatch(signal, config.idleTimeoutMs, idle);
    const endpoint = endpointOf(config.baseUrl);
    const fields = requestFields(request, listed(request.model));
    // The SDK is a chunk of its own, read when somebody first asks a model.
    const [{ post }, credential] = await watch.wait(Promise.all([import("./post.ts"), credentialOf(secrets)]));
    const body = encode(request, { fields: { ...fields }, breakpoints: cacheBreakpoints, cacheControl });
    const response = await watch.wait(
      post({ endpoint, credential, headers: headersOf(config.headers), userAgent: `claw/${host.version}`, body, signal: watch.signal }, http),
    );
    yield* readReply(response, watch, {
      provider,
      model: request.model,
      now: () => host.now(),
      secrets: [credential.value],
      authFix: authFix(credential, endpoint),
      addressFix,
      suggestions: () => near(request.model),
    });
  }

  return { models: async () => catalogue, unlisted: (id) => unlisted(id, endpointOf(config.baseUrl).official), stream };
}
