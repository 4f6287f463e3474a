import { ClawError } from "@claw/kernel/host";
import type { NetworkOptions } from "./transport.ts";

/** What an address may be, as far as the options of a transport say. */
export type AddressOptions = Pick<NetworkOptions, "insecure" | "insecureLoopback" | "mirrors">;

/** Whether a host name of a parsed address means this machine; `URL` has written every form of an IPv4 address out already. */
export const isLoopback = (hostname: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);

/** The address of a marketplace, in one form: it ends with a slash and carries neither a password nor a question. */
export function marketplaceAddress(address: string, options: AddressOptions): URL {
  const url = URL.parse(address);
  if (url === null)
    throw new ClawError(
      "E_URL_SCHEME",
      `${quoted(address)} is no address of a marketplace`,
      { url: address.slice(0, 200) },
      { fix: "write it as https://ext.acme.example" },
    );
  checkScheme(url, options);
  if (url.username !== "" || url.password !== "") {
    throw new ClawError(
      "E_URL_HOST",
      `the address of the marketplace on ${url.host} holds a name or a password`,
      { url: url.host },
      { fix: "name a secret with --credential" },
    );
  }
  url.search = "";
  url.hash = "";
  // People copy the address of the document itself.
  url.pathname = url.pathname.replace(/\/(?:index|root)\.json$/, "/");
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** HTTP only from this machine, for a marketplace that was added so, or with the person's `--insecure`. */
export function checkScheme(url: URL, { insecure = false, insecureLoopback = false }: AddressOptions): void {
  if (url.protocol === "https:" || url.protocol === "file:") return;
  if (url.protocol !== "http:")
    throw new ClawError("E_URL_SCHEME", `${quoted(url.href)} is neither https nor file`, { url: shown(url) }, { fix: "write it as https://ext.acme.example" });
  if (insecure || (insecureLoopback && isLoopback(url.hostname))) return;
  throw new ClawError("E_INSECURE", `${shown(url)} is fetched without encryption`, { url: shown(url) }, { fix: "use https, or add --insecure" });
}

/**
 * The address of a file: below the base, or on a listed mirror. "The same registrable host" of the design is taken as the same host exactly:
 * which part of a name its owner registered takes a list of all public suffixes to know.
 */
export function fileAddress(path: string, base: URL, options: AddressOptions): URL {
  const url = URL.parse(path, base.href);
  if (url === null) throw outside(path, base);
  url.hash = "";
  if (isBelow(url, base)) return url;
  if (base.protocol !== "file:" && isMirror(url, options)) return url;
  throw outside(path, base);
}

/** Where a redirect leads: encrypted unless it stays where it is, and to the same host or a listed mirror. */
export function redirectOf(location: string | undefined, from: URL, options: AddressOptions): URL {
  const url = location === undefined ? null : URL.parse(location, from.href);
  if (url === null || (url.protocol !== "https:" && !(url.protocol === "http:" && from.protocol === "http:")))
    throw new ClawError(
      "E_REDIRECT",
      `${shown(from)} redirects to something that is not https`,
      { url: shown(from) },
      { fix: "ask whoever runs the marketplace" },
    );
  url.hash = "";
  if (url.username === "" && url.password === "" && (url.host === from.host || isMirror(url, options))) return url;
  throw new ClawError(
    "E_URL_HOST",
    `${shown(from)} redirects to ${url.host}, which is no mirror that the marketplace names`,
    { url: shown(url) },
    { fix: "use the address that it redirects to" },
  );
}

const isBelow = (url: URL, base: URL): boolean =>
  url.protocol === base.protocol && url.host === base.host && url.username === "" && url.password === "" && url.pathname.startsWith(base.pathname);

const isMirror = (url: URL, { mirrors = [] }: AddressOptions): boolean =>
  url.protocol === "https:" && url.username === "" && url.password === "" && mirrors.some((mirror) => URL.parse(mirror)?.origin === url.origin);

const outside = (path: string, base: URL): ClawError =>
  new ClawError(
    "E_URL_HOST",
    `${quoted(path)} is neither below ${shown(base)} nor on a listed mirror`,
    { url: path.slice(0, 200) },
    { fix: "ask whoever runs the marketplace" },
  );

const quoted = (text: string): string => JSON.stringify(text.slice(0, 200));

/** An address for a message, without what may be secret in it. */
export const shown = ({ protocol, host, pathname }: URL): string => `${protocol}//${host}${pathname}`;
