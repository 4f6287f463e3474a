import { type ClawError, type Host, type Http, type ModelEvent, type ModelProvider, type ModelRequest, type ProviderStatus } from "@claw/kernel";
import {
  type FailureContext,
  IdleWatch,
  createEncoder,
  errorBody,
  headersOf,
  readReply,
  requireAccepted,
  responseFailure,
  settingFailure,
  unlessAborted,
  cacheBreakpoints,
  idleFailure,
} from "@claw/kernel/kit";
import type { Access, AccessTokens } from "./access-tokens.ts";
import { createBodyEncoder } from "./body.ts";
import { claudeFields } from "./claude-fields.ts";
import type { Contract } from "./contract.gen.ts";
import { readGeminiReply } from "./gemini-reply.ts";
import { generationFields } from "./generation-fields.ts";
import { googleFailure, isGoogleError } from "./google-failure.ts";
import { isClaude, listed, near, unlisted, vertexModels } from "./models.ts";
import { type Place, addressFix, extension, placeOf, projectOf, streamUrl } from "./place.ts";
import { post } from "./post.ts";
import { publisherModels } from "./refresh.ts";
import type { TokenSource } from "./token-source.ts";
import { unready } from "./unready.ts";

export interface VertexParts {
  readonly http: Http;
  readonly host: Pick<Host, "now" | "version" | "environment" | "folders" | "offline">;
  readonly config: Contract["config"];
}

const provider = "vertex";
const projectFix = "set GOOGLE_CLOUD_PROJECT, or vertex's project in settings.json";

/** Gemini and Claude on Vertex AI. What messages become on the wire is kept with it, so that a turn costs what it adds. */
export function createVertex({ http, host, config }: VertexParts): ModelProvider {
  const encodeGemini = createBodyEncoder(provider);
  const encodeClaude = createEncoder(provider);
  const credentialParts = { http, host, file: config.credentialsFile };
  // Keys and files are read when somebody first asks a model.
  let made: Promise<AccessTokens> | undefined;
  const tokens = (): Promise<AccessTokens> => (made ??= import("./access-tokens.ts").then(({ AccessTokens: Tokens }) => new Tokens(credentialParts)));
  const userAgent = `claw/${host.version}`;
  const idle = (): ClawError => idleFailure(provider, config.idleTimeoutMs, "claw/vertex");
  const projectFor = (source: TokenSource): string => {
    const project = config.project?.trim() || source.project;
    if (project === undefined) throw settingFailure(extension, `project: no project of Google Cloud is named, and ${source.label} names none`, projectFix);
    return projectOf(project);
  };
  const credentialOf = ({ token, source: { quotaProject } }: Access): Readonly<Record<string, string>> => ({
    authorization: `Bearer ${token}`,
    ...(quotaProject === undefined ? {} : { "x-goog-user-project": quotaProject }),
  });

  /** The body, made before anything is asked of anybody: what cannot be asked is refused here. */
  const bodyOf = (request: ModelRequest): Uint8Array<ArrayBuffer> => {
    const info = listed(request.model);
    requireAccepted(request, info, provider);
    const accepts = { images: info?.images !== false, documents: info?.documents !== false };
    if (!isClaude(request.model)) return encodeGemini(request, { fields: generationFields(request, info, provider), ...accepts });
    return encodeClaude(request, { fields: { ...claudeFields(request, info, provider) }, breakpoints: cacheBreakpoints, accepts });
  };

  const sent = async (model: string, body: Uint8Array<ArrayBuffer>, place: Place, access: Access, watch: IdleWatch): Promise<Response> => {
    const project = projectFor(access.source);
    const asked = {
      url: streamUrl(model, place, project),
      credential: credentialOf(access),
      headers: headersOf(config.headers, { extension }),
      userAgent,
      body,
      signal: watch.signal,
    };
    if (!isClaude(model)) return watch.wait(post(asked, http));
    // The SDK is a chunk of its own, read when somebody first asks a Claude.
    const { postClaude } = await watch.wait(import("./claude-post.ts"));
    return watch.wait(postClaude({ ...asked, place, project }, http));
  };

  async function* stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent, void> {
    using watch = new IdleWatch(signal, config.idleTimeoutMs, idle);
    const place = placeOf(request.model, config);
    const body = bodyOf(request);
    const kept = await watch.wait(tokens());
    const access = await watch.wait(kept.get());
    const response = await sent(request.model, body, place, access, watch);
    if (response.status === 401) kept.forget(access.token);
    const context: FailureContext = {
      provider,
      model: request.model,
      now: () => host.now(),
      secrets: [access.token, ...Object.values(config.headers)],
      authFix: `check that ${access.source.label} may use Vertex AI in this project`,
      addressFix,
      suggestions: () => near(request.model, vertexModels),
    };
    if (!isClaude(request.model)) yield* readGeminiReply(response, watch, context);
    else if (response.ok) yield* readReply(response, watch, context);
    else throw claudeFailure(response, await errorBody(response, watch), context);
  }

  const status = async (): Promise<ProviderStatus> => {
    const { host: server } = placeOf("gemini", config);
    const { fileCredentials, noCredentials } = await import("./credentials.ts");
    try {
      const found = await fileCredentials(credentialParts);
      if ("tried" in found) throw noCredentials([...found.tried, "a metadata server was not asked"]);
      const { label, project } = found.source;
      const about = { host: server, credential: label };
      return (config.project?.trim() || project) === undefined
        ? { ready: false, ...about, problem: "no project of Google Cloud is named", fix: projectFix }
        : { ready: true, ...about };
    } catch (error) {
      return unready(server, error);
    }
  };

  return {
    models: async () => vertexModels,
    unlisted,
    stream,
    status,
    async refresh(signal) {
      const place = placeOf("gemini", config);
      const access = await unlessAborted(
        tokens().then((kept) => kept.get()),
        signal,
      );
      const headers = { "user-agent": userAgent, ...credentialOf(access), "x-goog-user-project": projectFor(access.source) };
      const context = { provider, model: "", now: () => host.now(), secrets: [access.token] };
      return publisherModels(place, headers, context, http, signal);
    },
  };
}

/** What stands before a model refuses in Google's words, the model in its vendor's. */
const claudeFailure = ({ status, headers }: Response, body: string, context: FailureContext): ClawError =>
  isGoogleError(body) ? googleFailure(status, headers, body, context) : responseFailure(status, headers, body, context);
