import type { ServerSpec } from "@claw/kernel";
import { isJsonObject, jsonFrom } from "@claw/kernel/kit";
import type { AuthorizationServerMetadata, OAuthClientInformationMixed, OAuthTokens } from "@modelcontextprotocol/client";

/** A token this close to its end is not used any more. */
const skewMs = 30_000;
/** A hundred years. */
const longestSeconds = 3_153_600_000;

/** What is kept of a login: the tokens, and all that it takes to renew them where they came from and nowhere else. */
export interface Login {
  readonly issuer: string;
  readonly metadata: AuthorizationServerMetadata;
  readonly client: OAuthClientInformationMixed;
  readonly resource?: string;
  readonly scope?: string;
  /** The scopes to ask for next time, once the server has refused for want of one. */
  readonly wanted?: string;
  readonly accessToken: string;
  readonly refreshToken?: string;
  /** Milliseconds since 1970. */
  readonly expiresAt?: number;
}

/** A login is of a server at an origin: another address under the same name is another server. */
export const loginKey = (name: string, url: URL): string => `${name} ${url.origin}`;

/** Where the server is, as logins know it: what is opened by a WebSocket is asked about over HTTP. Undefined when it is nowhere. */
export function addressOf({ url = "" }: ServerSpec): URL | undefined {
  return URL.canParse(url) ? new URL(url.replace(/^ws(?=s?:)/i, "http")) : undefined;
}

/** Whether the tokens were given for this address of their origin: for the same resource, or one within it (RFC 8707). */
export function isFor({ resource }: Login, address: URL): boolean {
  const path = (url: URL): string => url.pathname.replace(/\/?$/, "/");
  return resource === undefined || path(address).startsWith(path(new URL(resource)));
}

export const loginText = (login: Login): string => JSON.stringify(login);

/** Undefined when there is none, or none of this shape. */
export function loginFrom(text: string | undefined): Login | undefined {
  const value = text === undefined ? undefined : jsonFrom(text);
  if (!isJsonObject(value)) return undefined;
  const { issuer, metadata, client, accessToken, resource } = value;
  const isResource = resource === undefined || (typeof resource === "string" && URL.canParse(resource));
  return typeof issuer === "string" && typeof accessToken === "string" && isJsonObject(metadata) && isJsonObject(client) && isResource
    ? (value as unknown as Login)
    : undefined;
}

/** The same login with new tokens. A reply without a refresh token leaves the old one good (RFC 6749, section 6). */
export function renewed(login: Omit<Login, "accessToken">, tokens: OAuthTokens, now: Date): Login {
  const { expiresAt: _old, ...rest } = login;
  // Some say 0, or null, of what does not end.
  const seconds = Math.min(tokens.expires_in ?? 0, longestSeconds);
  return {
    ...rest,
    accessToken: tokens.access_token,
    ...(tokens.refresh_token === undefined ? {} : { refreshToken: tokens.refresh_token }),
    ...(seconds > 0 ? { expiresAt: now.getTime() + seconds * 1000 } : {}),
    ...(tokens.scope === undefined ? {} : { scope: tokens.scope }),
  };
}

/** A token that cannot be renewed is used to its end. */
export const isFresh = ({ expiresAt, refreshToken }: Login, now: Date): boolean =>
  expiresAt === undefined || expiresAt > now.getTime() + (refreshToken === undefined ? 0 : skewMs);
