import { ClawError } from "@claw/kernel";
import { isRepeatable } from "./exchange.ts";
import { WebHeaders } from "./headers.ts";
import type { Outgoing } from "./outgoing.ts";

export const maxRedirects = 5;

/** Headers that carry somebody's credentials, whatever a vendor calls them. */
const credential = /auth|cookie|(?:^|-)(?:key|token|secret|password)(?:-|$)|api-?key/i;

/** The request that a redirect asks for next, or undefined when the answer is none. What is secret stays with its origin. */
export function redirected(outgoing: Outgoing, status: number, location: string | undefined): Outgoing | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === undefined) return undefined;
  const { url: from, method } = outgoing;
  const url = URL.parse(location, from.href);
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) throw refused(from, "to an address that cannot be fetched");
  if (from.protocol === "https:" && url.protocol === "http:") throw refused(from, `from https to http (${url.host})`);
  url.username = "";
  url.password = "";
  const headers = new WebHeaders(outgoing.headers);
  if (url.origin !== from.origin) for (const name of headers.keys()) if (credential.test(name)) headers.delete(name);
  const becomesGet = (status === 303 && method !== "HEAD") || (status <= 302 && method === "POST");
  if (becomesGet) {
    for (const name of headers.keys()) if (name.startsWith("content-")) headers.delete(name);
    return { ...outgoing, url, headers, method: "GET", body: undefined };
  }
  if (!isRepeatable(outgoing.body)) throw refused(from, "a request whose body cannot be sent again");
  return { ...outgoing, url, headers };
}

export const refused = (from: URL, what: string): ClawError<"NETWORK_FAILED"> =>
  new ClawError("NETWORK_FAILED", `${from.host} redirects ${what}, which is not followed`, { host: from.host });
