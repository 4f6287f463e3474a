import { BedrockClient, type FoundationModelSummary, ListFoundationModelsCommand, ListInferenceProfilesCommand } from "@aws-sdk/client-bedrock";
import { ClawError, type Http, type Refreshed } from "@claw/kernel";
import { redacted } from "@claw/kernel/kit";
import { hostOf } from "./address.ts";
import { type FoundCredential, secretsOf } from "./credential.ts";
import { createHandler } from "./http-handler.ts";
import { modelName } from "./model-id.ts";
import { unlisted } from "./models.ts";
import { sdkSettings, talkative } from "./sdk-settings.ts";

export interface ListParts {
  readonly http: Http;
  readonly region: string;
  /** Of the runtime, when it is not the region's own. */
  readonly endpoint: string | undefined;
  readonly found: FoundCredential;
  readonly signal: AbortSignal;
}

const provider = "bedrock";
const maxPages = 20;

/** The models of a region that can be asked and stream text: those by themselves, and those of inference profiles. */
export async function foundationModels(parts: ListParts): Promise<readonly Refreshed[]> {
  const { http, region, endpoint, found, signal } = parts;
  if (endpoint !== undefined && endpoint !== "") {
    const message = `${provider} lists its models elsewhere than at ${URL.parse(endpoint)?.host ?? "its endpoint"}, and keys go nowhere else`;
    throw new ClawError("MODEL_REFUSED", message, { provider, kind: "refresh" }, { fix: "leave out the endpoint to ask the region's own" });
  }
  const handler = createHandler(http, signal);
  const { credential } = found;
  const client = new BedrockClient({
    ...sdkSettings(handler),
    region,
    endpoint: `https://${hostOf("bedrock", region)}`,
    ...(credential.type === "bearer"
      ? { token: { token: credential.token }, authSchemePreference: ["httpBearerAuth"] }
      : { credentials: credential, authSchemePreference: ["sigv4"] }),
  });
  for (const name of talkative) client.middlewareStack.remove(name);
  try {
    const { modelSummaries = [] } = await client.send(new ListFoundationModelsCommand({ byOutputModality: "TEXT" }));
    const usable = modelSummaries.filter(
      ({ responseStreamingSupported, modelLifecycle }) => responseStreamingSupported === true && modelLifecycle?.status !== "LEGACY",
    );
    const byId = new Map(usable.map((model) => [model.modelId ?? "", model]));
    const direct = usable.filter(({ inferenceTypesSupported }) => inferenceTypesSupported?.includes("ON_DEMAND") === true).map(({ modelId = "" }) => modelId);
    const profiles = (await profileIds(client)).filter((id) => byId.has(modelName(id).base));
    return [...direct, ...profiles].map((id) => refreshed(id, byId.get(modelName(id).base)));
  } catch (error) {
    throw failureOf(error, handler.failure, found);
  }
}

async function profileIds(client: BedrockClient): Promise<readonly string[]> {
  const ids: string[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < maxPages; page += 1) {
    const answer = await client.send(
      new ListInferenceProfilesCommand({ maxResults: 100, typeEquals: "SYSTEM_DEFINED", ...(nextToken === undefined ? {} : { nextToken }) }),
    );
    for (const { inferenceProfileId, status } of answer.inferenceProfileSummaries ?? [])
      if (inferenceProfileId !== undefined && status === "ACTIVE") ids.push(inferenceProfileId);
    nextToken = answer.nextToken;
    if (nextToken === undefined) break;
  }
  return ids;
}

/** What is said here, over what is taken for granted of a name; a listed model's own entry is not repeated. */
function refreshed(id: string, model: FoundationModelSummary | undefined): Refreshed {
  const { profile } = modelName(id);
  const about = profile === undefined ? { id } : { ...unlisted(id), id };
  return { ...about, ...(model?.inputModalities === undefined ? {} : { images: model.inputModalities.includes("IMAGE") }) };
}

function failureOf(error: unknown, network: unknown, { credential, label }: FoundCredential): unknown {
  if (network !== undefined) return network;
  const {
    name: kind = "",
    message = "",
    $metadata = {},
  } = error as Error & { readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string } };
  const { httpStatusCode: status, requestId } = $metadata;
  if (status === undefined) return error;
  const data = { provider, status, kind, ...(requestId === undefined ? {} : { requestId }) };
  const said = redacted(message, secretsOf(credential))
    .slice(0, 300)
    .replace(/[.\s]+$/, "");
  if (status === 401 || status === 403)
    return new ClawError("MODEL_AUTH", `${provider} did not list its models: ${said}`, data, {
      fix: `allow bedrock:ListFoundationModels and bedrock:ListInferenceProfiles to ${label}`,
    });
  return new ClawError("MODEL_UNAVAILABLE", `${provider} did not list its models: ${said}`, data, { retryable: status === 429 || status >= 500 });
}
