import { type ClawError, type Host, type Http, type ModelEvent, type ModelProvider, type ModelRequest, type Secrets } from "@claw/kernel";
import { IdleWatch, headersOf, requireAccepted, idleFailure } from "@claw/kernel/kit";
import { createBodyEncoder } from "./body.ts";
import type { Contract } from "./contract.gen.ts";
import { keyFix, keyOf, noKey } from "./gemini-key.ts";
import { readGeminiReply } from "./gemini-reply.ts";
import { generationFields } from "./generation-fields.ts";
import { geminiModels, isClaude, listed, near, unlisted } from "./models.ts";
import { extension, geminiAddressFix, geminiEndpoint, geminiUrl } from "./place.ts";
import { post } from "./post.ts";
import { geminiApiModels } from "./refresh.ts";
import { unready } from "./unready.ts";

export interface GeminiParts {
  readonly http: Http;
  readonly secrets: Secrets;
  readonly host: Pick<Host, "now" | "version">;
  readonly config: Pick<Contract["config"], "geminiBaseUrl" | "idleTimeoutMs" | "headers">;
}

const provider = "gemini";

/** Gemini through the Gemini API, with a key. */
export function createGemini({ http, secrets, host, config }: GeminiParts): ModelProvider {
  const encode = createBodyEncoder(provider);
  const userAgent = `claw/${host.version}`;
  const idle = (): ClawError => idleFailure(provider, config.idleTimeoutMs, "claw/vertex");

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void> {
    using watch = new IdleWatch(signal, config.idleTimeoutMs, idle);
    const { model } = request;
    const endpoint = geminiEndpoint(config.geminiBaseUrl);
    const info = listed(model);
    requireAccepted(request, info, provider);
    const fields = generationFields(request, info, provider);
    const key = await watch.wait(keyOf(secrets));
    if (key === undefined) throw noKey();
    const response = await watch.wait(
      post(
        {
          url: geminiUrl(model, endpoint),
          credential: { "x-goog-api-key": key.value },
          headers: headersOf(config.headers, { extension }),
          userAgent,
          body: encode(request, { fields, images: info?.images !== false, documents: info?.documents !== false }),
          signal: watch.signal,
        },
        http,
      ),
    );
    yield* readGeminiReply(response, watch, {
      provider,
      model,
      now: () => host.now(),
      secrets: [key.value, ...Object.values(config.headers)],
      authFix: keyFix(key),
      addressFix: geminiAddressFix,
      suggestions: () => near(model, geminiModels),
    });
  }

  return {
    models: async () => geminiModels,
    unlisted: (id) => (isClaude(id) ? undefined : unlisted(id)),
    stream,
    async status() {
      const { host: server } = geminiEndpoint(config.geminiBaseUrl);
      try {
        const key = await keyOf(secrets);
        if (key === undefined) throw noKey();
        return { ready: true, host: server, credential: key.name };
      } catch (error) {
        return unready(server, error);
      }
    },
    async refresh(signal) {
      const endpoint = geminiEndpoint(config.geminiBaseUrl);
      const key = await keyOf(secrets);
      if (key === undefined) throw noKey();
      const context = { provider, model: "", now: () => host.now(), secrets: [key.value], authFix: keyFix(key), addressFix: geminiAddressFix };
      return geminiApiModels(endpoint, { "user-agent": userAgent, "x-goog-api-key": key.value }, context, http, signal);
    },
  };
}
