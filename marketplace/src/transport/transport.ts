/** The way to a marketplace's files. Every answer is untrusted bytes, cut at a limit. */
export interface Transport {
  /** The URL that paths are relative to; ends with a slash. */
  readonly base: string;
  /** The bytes of a file; undefined where there is none. `path` is relative to the base, or the URL of a listed mirror. More than `maxBytes` is refused. */
  get(path: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array | undefined>;
}

/** How the client reaches the network. */
export interface NetworkOptions {
  readonly offline: boolean;
  /** HTTP from a host that is not this machine, which only the person's `--insecure` allows. */
  readonly insecure?: boolean;
  /** HTTP from this machine, for a marketplace that was added as insecure. */
  readonly insecureLoopback?: boolean;
  /** URLs of hosts that redirects and absolute URLs may lead to besides the base's own. */
  readonly mirrors?: readonly string[];
  /** Sent to the base's own origin and nowhere else. */
  readonly headers?: Readonly<Record<string, string>>;
  /** PEM of certificate authorities besides those that Node trusts by itself. */
  readonly ca?: string;
  /** Where HTTPS_PROXY, HTTP_PROXY and NO_PROXY are looked up; without it no proxy is used. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds for one document, and for the pauses of an archive; 15,000 when absent. */
  readonly timeoutMs?: number;
}
