import type { Challenge } from "@claw/kernel";

const valueOf = (name: string, { authenticate = "" }: Challenge): string | undefined => {
  const [, quoted, plain] = new RegExp(`(?:^|[\\s,])${name}=(?:"([^"]{1,1000})"|([^\\s,"]{1,1000}))`, "i").exec(authenticate) ?? [];
  return quoted ?? plain;
};

/** The scopes that a refusal asks for: those that are written as scopes are (RFC 6749, section 3.3). */
export function scopeOf(challenge: Challenge): string | undefined {
  const scopes = (valueOf("scope", challenge) ?? "").split(" ").filter((scope) => /^[\x21\x23-\x5B\x5D-\x7E]+$/.test(scope));
  return scopes.length === 0 ? undefined : scopes.join(" ");
}

/** Where the server says who gives tokens for it. */
export const metadataUrlOf = (challenge: Challenge): string | undefined => valueOf("resource_metadata", challenge);

/** True if a login with more scopes would change the answer (RFC 6750, section 3.1). */
export const wantsMore = (challenge: Challenge): boolean =>
  challenge.status === 403 && (valueOf("error", challenge) ?? (scopeOf(challenge) === undefined ? "" : "insufficient_scope")) === "insufficient_scope";

/** Each scope of all of them once; undefined when there is none. */
export function scopesTogether(...scopes: readonly (string | undefined)[]): string | undefined {
  const all = new Set(scopes.flatMap((some = "") => some.split(" ")).filter((scope) => scope !== ""));
  return all.size === 0 ? undefined : [...all].join(" ");
}
