import { createHash, timingSafeEqual } from "node:crypto";

/** The user in the proxy's address. */
export const PROXY_USER = "claw";

/** Whether a `Proxy-Authorization` is the one made for this run; how long it takes tells nothing of how much was right. */
export function isAuthorized(header: string | undefined, token: string): boolean {
  const encoded = /^basic +([A-Za-z0-9+/=]+)$/i.exec(header ?? "")?.[1] ?? "";
  return timingSafeEqual(digest(Buffer.from(encoded, "base64")), digest(Buffer.from(`${PROXY_USER}:${token}`)));
}

const digest = (bytes: Uint8Array): Buffer => createHash("sha256").update(bytes).digest();
