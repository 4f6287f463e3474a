import { type Challenge, ClawError } from "@claw/kernel";
import {
  type AuthorizationServerMetadata,
  type OAuthClientInformationMixed,
  type OAuthProtectedResourceMetadata,
  checkResourceAllowed,
  discoverOAuthServerInfo,
  exchangeAuthorization,
  registerClient,
  resourceUrlFromServerUrl,
  startAuthorization,
} from "@modelcontextprotocol/client";
import { type BrokerParts, scopeOf } from "./broker.ts";
import { checkedFetch, checkedUrl } from "./checked-fetch.ts";
import { loginText, renewed } from "./login.ts";
import { listenForCallback } from "./loopback.ts";
import { newState } from "./state.ts";

export interface LogInRequest {
  readonly name: string;
  readonly url: string;
  readonly key: string;
  /** What the server said when it last refused. */
  readonly challenge: Challenge | undefined;
}

/**
 * One login, from finding who gives tokens for the server (RFC 9728, RFC 8414) over the person's browser (OAuth 2.1 with PKCE) to the tokens, which are for this
 * server alone (RFC 8707) and come from whom it named (RFC 9207).
 */
export async function logIn(request: LogInRequest, parts: BrokerParts, show: (url: URL) => void, signal: AbortSignal): Promise<void> {
  const { name, url, key, challenge } = request;
  const { http, policy, store, callbackPort, callbackTimeoutMs, now } = parts;
  const fetchFn = checkedFetch(name, http, policy, signal);
  const address = checkedUrl(url, name, policy);
  const hint = /\bresource_metadata="([^"]{1,1000})"/.exec(challenge?.authenticate ?? "")?.[1];
  const resourceMetadataUrl = hint === undefined ? undefined : checkedUrl(hint, name, policy);
  const found = await discoverOAuthServerInfo(address, { fetchFn, ...(resourceMetadataUrl === undefined ? {} : { resourceMetadataUrl }) });
  const { authorizationServerUrl: issuer, authorizationServerMetadata: metadata, resourceMetadata } = found;
  if (metadata === undefined)
    throw new ClawError(
      "AUTHORIZATION_FAILED",
      `the MCP server ${name} does not say where to log in`,
      { server: name, kind: "discovery" },
      { fix: "put its key into headers" },
    );
  for (const endpoint of [metadata.authorization_endpoint, metadata.token_endpoint]) checkedUrl(endpoint, name, policy);
  const resource = resourceOf(name, address, resourceMetadata);

  const state = newState();
  await using listener = await listenForCallback({ server: name, port: callbackPort, timeoutMs: callbackTimeoutMs, state });
  const { redirectUrl } = listener;
  const scope = scopesOf(request, parts, metadata, resourceMetadata);
  const wanted = scope === undefined ? {} : { scope };
  const clientInformation = await clientOf(request, parts, issuer, metadata, redirectUrl, wanted, fetchFn);
  const about = { metadata, clientInformation, ...(resource === undefined ? {} : { resource }) };

  const { authorizationUrl, codeVerifier } = await startAuthorization(issuer, { ...about, ...wanted, redirectUrl, state });
  checkedUrl(authorizationUrl, name, policy);
  show(authorizationUrl);
  const opening = parts.open(authorizationUrl, name, signal).catch(() => undefined);
  const { code: authorizationCode, issuer: iss } = await listener.arrived(signal);
  const tokens = await exchangeAuthorization(issuer, {
    ...about,
    authorizationCode,
    codeVerifier,
    redirectUri: redirectUrl,
    fetchFn,
    ...(iss === undefined ? {} : { iss }),
  });
  if (tokens.token_type.toLowerCase() !== "bearer")
    throw new ClawError("AUTHORIZATION_FAILED", `the MCP server ${name} gives tokens of a kind that claw does not know`, { server: name, kind: "token_type" });
  const login = { issuer, metadata, client: clientInformation, ...(resource === undefined ? {} : { resource: resource.href }), ...wanted };
  await store.update(key, async () => loginText(renewed(login, tokens, now())));
  await opening;
}

/** What the tokens are for: the server as it calls itself, if that is where it is. */
function resourceOf(name: string, address: URL, metadata: OAuthProtectedResourceMetadata | undefined): URL | undefined {
  const requestedResource = resourceUrlFromServerUrl(address);
  if (metadata === undefined) return requestedResource;
  if (!checkResourceAllowed({ requestedResource, configuredResource: metadata.resource }))
    throw new ClawError("AUTHORIZATION_FAILED", `the MCP server ${name} says that it is another one`, { server: name, kind: "resource" });
  return new URL(metadata.resource);
}

/** What is asked for: what the person set, else what the server said when it refused, else what it says it knows. And a token to renew the login with, where that has a name. */
function scopesOf(
  { name, challenge }: LogInRequest,
  { clients }: BrokerParts,
  metadata: AuthorizationServerMetadata,
  resource: OAuthProtectedResourceMetadata | undefined,
): string | undefined {
  const asked = challenge === undefined ? undefined : scopeOf(challenge)?.split(" ");
  const scopes = clients[name]?.scopes ?? asked ?? resource?.scopes_supported ?? [];
  const all = new Set([...scopes, ...(scopes.length > 0 && metadata.scopes_supported?.includes("offline_access") === true ? ["offline_access"] : [])]);
  return all.size === 0 ? undefined : [...all].join(" ");
}

/** Who claw is to the server: the client it was given, a published document, or one that registers itself now (RFC 7591). */
async function clientOf(
  { name }: LogInRequest,
  { clients, clientMetadataUrl, clientSecret }: BrokerParts,
  issuer: string,
  metadata: AuthorizationServerMetadata,
  redirectUrl: string,
  wanted: { readonly scope?: string },
  fetchFn: ReturnType<typeof checkedFetch>,
): Promise<OAuthClientInformationMixed> {
  const { clientId, isConfidential = false } = clients[name] ?? {};
  if (clientId !== undefined) {
    const secret = isConfidential ? await clientSecret() : undefined;
    if (isConfidential && secret === undefined)
      throw new ClawError(
        "AUTHORIZATION_FAILED",
        `the client of the MCP server ${name} has a secret, and there is none`,
        { server: name, kind: "client" },
        { fix: "set MCP_CLIENT_SECRET" },
      );
    return { client_id: clientId, ...(secret === undefined ? {} : { client_secret: secret }) };
  }
  if (clientMetadataUrl?.startsWith("https://") === true && metadata.client_id_metadata_document_supported === true) return { client_id: clientMetadataUrl };
  if (metadata.registration_endpoint === undefined)
    throw new ClawError(
      "AUTHORIZATION_FAILED",
      `the MCP server ${name} registers no clients by itself`,
      { server: name, kind: "client" },
      { fix: `ask its operator for a client and set mcpLogin.clients.${name}.clientId` },
    );
  return registerClient(issuer, {
    metadata,
    fetchFn,
    ...wanted,
    clientMetadata: {
      client_name: "claw",
      redirect_uris: [redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      application_type: "native",
    },
  });
}
