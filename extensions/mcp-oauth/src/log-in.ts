import { type Challenge, ClawError, type Http } from "@claw/kernel";
import { isLoopbackName, plainLine } from "@claw/kernel/kit";
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
import type { BrokerParts } from "./broker.ts";
import { type UrlPolicy, checkedFetch, checkedUrl, spelledOut } from "./checked-fetch.ts";
import { authenticateClient } from "./client-authentication.ts";
import { wordsOf } from "./failures.ts";
import { loginFrom, loginText, renewed } from "./login.ts";
import { listenForCallback } from "./loopback.ts";
import { metadataUrlOf, scopeOf } from "./refusal.ts";
import { newState } from "./state.ts";
import { usableTokens } from "./usable-tokens.ts";

const refusalTimeoutMs = 10_000;

export interface LogInRequest {
  readonly name: string;
  readonly address: URL;
  readonly key: string;
  /** What the server said when it last refused this process. */
  readonly challenge: Challenge | undefined;
}

/**
 * One login, from finding who gives tokens for the server (RFC 9728, RFC 8414) over the person's browser (OAuth 2.1 with PKCE) to the tokens, which are for this
 * server alone (RFC 8707) and come from whom it named (RFC 9207).
 */
export async function logIn(request: LogInRequest, parts: BrokerParts, show: (url: URL) => void, signal: AbortSignal): Promise<void> {
  const { name, key } = request;
  const { http, store, callbackPort, callbackTimeoutMs, now } = parts;
  // What runs on this machine is no business of a server that does not: none of its addresses leads back here in the clear.
  const isHere = isLoopbackName(request.address.hostname);
  const policy: UrlPolicy = (url, server) => (isHere || url.protocol !== "http:") && parts.policy(url, server);
  const fetchFn = checkedFetch(name, http, policy, signal);
  const address = checkedUrl(request.address, name, policy);
  const challenge = request.challenge ?? (await firstRefusal(name, address, http, signal));
  const hint = challenge === undefined ? undefined : metadataUrlOf(challenge);
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
  const {
    authorization_endpoint,
    token_endpoint,
    revocation_endpoint = token_endpoint,
  } = metadata as typeof metadata & { readonly revocation_endpoint?: string };
  for (const endpoint of [authorization_endpoint, token_endpoint, revocation_endpoint]) checkedUrl(endpoint, name, policy);
  const resource = resourceOf(name, address, resourceMetadata);

  const state = newState();
  const isNameless = metadata.authorization_response_iss_parameter_supported !== true;
  const isIssuer = (iss: string | undefined): boolean => (iss === undefined ? isNameless : iss === metadata.issuer);
  await using listener = await listenForCallback({ server: name, port: callbackPort, timeoutMs: callbackTimeoutMs, state, isIssuer });
  const { redirectUrl } = listener;
  const stored = loginFrom(await store.read(key))?.wanted;
  const refused = challenge === undefined ? undefined : scopeOf(challenge);
  const scope = scopesOf(parts.clients[name]?.scopes ?? (stored ?? refused)?.split(" ") ?? resourceMetadata?.scopes_supported ?? [], metadata);
  const wanted = scope === undefined ? {} : { scope };
  const clientInformation = await clientOf(request, parts, issuer, metadata, redirectUrl, wanted, fetchFn);
  const about = { metadata, clientInformation, ...(resource === undefined ? {} : { resource }) };

  const { authorizationUrl, codeVerifier } = await startAuthorization(issuer, { ...about, ...wanted, redirectUrl, state });
  const page = spelledOut(checkedUrl(authorizationUrl, name, policy));
  show(page);
  const opening = parts
    .open(page, name, signal)
    .catch((error: unknown) => parts.log.warn(`no page could be opened to log in to the MCP server ${name}: ${wordsOf(error)}`));
  const { code: authorizationCode, issuer: iss } = await listener.arrived(signal);
  const tokens = await exchangeAuthorization(issuer, {
    ...about,
    authorizationCode,
    addClientAuthentication: (headers, form) => authenticateClient(clientInformation, metadata, headers, form),
    codeVerifier,
    redirectUri: redirectUrl,
    fetchFn,
    ...(iss === undefined ? {} : { iss }),
  });
  const login = { issuer, metadata, client: clientInformation, ...(resource === undefined ? {} : { resource: resource.href }), ...wanted };
  await store.update(key, async () => loginText(renewed(login, usableTokens(name, tokens), now())));
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

/** What is asked for, and a token to renew the login with, where that has a name. */
function scopesOf(scopes: readonly string[], { scopes_supported: known }: AuthorizationServerMetadata): string | undefined {
  const all = new Set([...scopes, ...(scopes.length > 0 && known?.includes("offline_access") === true ? ["offline_access"] : [])]);
  return all.size === 0 ? undefined : [...all].join(" ");
}

/** How the server refuses whoever is nobody. A login may be asked for by a process that it has not refused yet; what it says then may not be said elsewhere. */
async function firstRefusal(server: string, address: URL, http: Http, signal: AbortSignal): Promise<Challenge | undefined> {
  try {
    const response = await http.fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json, text/event-stream" },
      body: JSON.stringify({ jsonrpc: "2.0", id: server, method: "ping" }),
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(refusalTimeoutMs)]),
    });
    await response.body?.cancel();
    const authenticate = response.headers.get("www-authenticate")?.slice(0, 4096);
    return response.status === 401 && authenticate !== undefined ? { status: 401, authenticate } : undefined;
  } catch {
    // What keeps it from answering keeps the login from going on as well, and is said there.
    signal.throwIfAborted();
    return undefined;
  }
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
  const { clientId, isConfidential = false, issuer: known } = clients[name] ?? {};
  if (clientId !== undefined) {
    const secret = isConfidential ? await clientSecret() : undefined;
    if (isConfidential && secret === undefined)
      throw new ClawError(
        "AUTHORIZATION_FAILED",
        `the client of the MCP server ${name} has a secret, and there is none`,
        { server: name, kind: "client" },
        { fix: "set MCP_CLIENT_SECRET" },
      );
    if (known === undefined ? isConfidential : known !== metadata.issuer)
      throw new ClawError(
        "AUTHORIZATION_FAILED",
        `the MCP server ${name} wants a login at ${plainLine(metadata.issuer, 200)}, which is not known to have given out the client`,
        { server: name, kind: "issuer" },
        { fix: `set mcpLogin.clients.${name}.issuer to that address, if you trust it and the client is from there` },
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
