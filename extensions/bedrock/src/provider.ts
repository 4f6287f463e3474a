import { type ClawError, type ModelEvent, type ModelProvider, type ModelRequest } from "@claw/kernel";
import { type FailureContext, IdleWatch, acceptedEffort, createEncoder, requireAccepted, idleFailure } from "@claw/kernel/kit";
import { type AccountParts, createAccount } from "./account.ts";
import { addressFix, headersOf, runtimeOf } from "./address.ts";
import { createConverseEncoder } from "./converse-encode.ts";
import { converseFields } from "./converse-fields.ts";
import { type FoundCredential, secretsOf } from "./credential.ts";
import { messagesFields } from "./messages-fields.ts";
import { modelName, sentId } from "./model-id.ts";
import { type BedrockModel, assumed, catalogue, listed, near, unlisted } from "./models.ts";
import { providerStatus } from "./provider-status.ts";
import { breakpointsOf } from "./model-breakpoints.ts";
import type { readFrames } from "./frame-reply.ts";
import type { Send } from "./post.ts";

const provider = "bedrock";

type Wire = BedrockModel["endpoint"];

/** The provider. What messages become on the wire is kept with it, so that a turn costs what it adds. */
export function createProvider(parts: AccountParts): ModelProvider {
  const { http, host, config } = parts;
  const account = createAccount(parts);
  const encodeMessages = createEncoder(provider);
  const encodeConverse = createConverseEncoder(provider);
  const ttl = config.cacheTtl === "5m" ? {} : ({ ttl: config.cacheTtl } as const);
  const idle = (): ClawError => idleFailure(provider, config.idleTimeoutMs, "claw/bedrock");

  const bodyOf = (request: ModelRequest, model: BedrockModel, wire: Wire, effort: string | undefined): Uint8Array<ArrayBuffer> => {
    const accepts = { images: model.images ?? true, documents: model.documents ?? true };
    const breakpoints = breakpointsOf(model);
    if (wire === "messages") {
      const fields = messagesFields(request, model, effort);
      return encodeMessages(request, { fields, accepts, breakpoints, cacheControl: { type: "ephemeral", ...ttl } });
    }
    const fields = converseFields(request, model, effort);
    const { base, isTelling } = modelName(request.model);
    const status = !isTelling || /^(?:anthropic|amazon)\./.test(base);
    return encodeConverse(request, { fields, accepts, status, breakpoints, cachePoint: { type: "default", ...ttl } });
  };

  const contextOf = (request: ModelRequest, { credential, label }: FoundCredential): FailureContext => ({
    provider,
    model: request.model,
    now: () => host.now(),
    secrets: [...secretsOf(credential), ...Object.values(config.headers)],
    authFix: `check ${label}`,
    addressFix,
    suggestions: () => near(request.model),
  });

  let sending: Promise<{ readonly send: Send; readonly readFrames: typeof readFrames }> | undefined;

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void> {
    using watch = new IdleWatch(signal, config.idleTimeoutMs, idle);
    const known = listed(request.model);
    const model = known ?? assumed(request.model);
    requireAccepted(request, known, provider);
    const effort = acceptedEffort(request, known, provider);
    const wire = wireOf(model, request.model, config.wire);
    const headers = headersOf(config.headers);
    const region = await watch.wait(account.region());
    const endpoint = runtimeOf(config.endpoint, region);
    // The SDK is a chunk of its own, read when somebody first asks a model.
    sending ??= Promise.all([import("./post.ts"), import("./frame-reply.ts")]).then(([{ createSend }, { readFrames }]) => ({
      send: createSend(http),
      readFrames,
    }));
    const [{ send, readFrames }, found] = await watch.wait(Promise.all([sending, account.credentials.get()]));
    const body = bodyOf(request, model, wire, effort);
    const sent = {
      wire,
      model: sentId(known === undefined ? request.model : idOf(request.model, known), config.inferenceProfile, region, Object.keys(model.profiles ?? {})),
    };
    const { credential } = found;
    const response = await watch.wait(send({ ...sent, body, endpoint, region, credential, headers, userAgent: `claw/${host.version}`, signal: watch.signal }));
    // Whatever was kept was refused: the next request looks for it anew.
    if (response.status === 401 || response.status === 403) account.credentials.forget();
    yield* readFrames(response, watch, contextOf(request, found), wire);
  }

  return {
    models: async () => catalogue,
    unlisted,
    stream,
    status: () => providerStatus(account, config),
    refresh: async (signal) => {
      const region = await account.region();
      const { foundationModels } = await import("./foundation-models.ts");
      return foundationModels({ http, region, endpoint: config.endpoint, found: await account.credentials.get(), signal });
    },
  };
}

/** How a model is asked: as it likes best, unless the person says otherwise. Only Claude has the Messages API. */
function wireOf(model: BedrockModel, id: string, wanted: "auto" | Wire): Wire {
  if (wanted === "auto") return model.endpoint;
  const { base, isTelling } = modelName(id);
  return wanted === "messages" && isTelling && !base.startsWith("anthropic.") ? "converse" : wanted;
}

/** A short name is sent as what it is short for. */
const idOf = (id: string, known: BedrockModel): string => (known.aliases?.includes(id) === true ? known.id : id);
