import type { IncomingMessage } from "node:http";
import { ClawError } from "@claw/kernel/host";
import { fileAddress, checkScheme, isLoopback, redirectOf, shown } from "./addresses.ts";
import { bytesOf, kindOf } from "./answer.ts";
import { Connections } from "./connections.ts";
import type { NetworkOptions, Transport } from "./transport.ts";

const usualTimeoutMs = 15_000;
const mostRedirects = 3;
/** Documents have to be there in the time of one; what is larger may take this many times as long, as long as something arrives. */
const documentBytes = 1024 * 1024;
const archivePatience = 8;

/** A marketplace on a web server (extensions.md §3.5, rules 1 and 2). */
export function openHttpTransport(base: URL, options: NetworkOptions): Transport {
  const connections = new Connections(options);
  return {
    base: base.href,
    async get(path, maxBytes, signal) {
      const deadline = new Deadline(maxBytes, options.timeoutMs ?? usualTimeoutMs);
      try {
        return await follow(fileAddress(path, base, options), {
          base,
          options,
          connections,
          maxBytes,
          deadline,
          signal: AbortSignal.any([signal, deadline.signal]),
        });
      } catch (error) {
        signal.throwIfAborted();
        throw deadline.signal.aborted ? deadline.failure(base) : error;
      } finally {
        deadline.stop();
      }
    },
  };
}

interface Fetching {
  readonly base: URL;
  readonly options: NetworkOptions;
  readonly connections: Connections;
  readonly maxBytes: number;
  readonly deadline: Deadline;
  readonly signal: AbortSignal;
}

async function follow(first: URL, fetching: Fetching): Promise<Uint8Array | undefined> {
  let url = first;
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    // A redirect is followed without credentials, even back to where they belong.
    const headers = redirects === 0 && url.origin === fetching.base.origin ? fetching.options.headers : undefined;
    const answer = await one(url, headers, fetching);
    if (!(answer instanceof URL)) return answer;
    url = answer;
  }
  throw new ClawError(
    "E_REDIRECT",
    `${shown(first)} redirects more than ${mostRedirects} times`,
    { url: shown(first) },
    { fix: "ask whoever runs the marketplace" },
  );
}

/** One request: the file, nothing where there is none, or where it is instead. */
async function one(url: URL, credentials: NetworkOptions["headers"], fetching: Fetching): Promise<Uint8Array | URL | undefined> {
  const { options, connections, maxBytes, deadline, signal } = fetching;
  checkScheme(url, options);
  if (options.offline && !isLoopback(url.hostname))
    throw new ClawError("NETWORK_OFFLINE", `claw is offline, so ${url.host} was not contacted`, { host: url.host }, { fix: "run without --offline" });
  if (credentials !== undefined && url.protocol === "http:" && !isLoopback(url.hostname))
    throw new ClawError("E_INSECURE", `credentials are not sent to ${url.host} without encryption`, { url: shown(url) }, { fix: "use https" });
  let message: IncomingMessage | undefined;
  try {
    message = await connections.ask(url, { ...credentials, accept: "*/*", "accept-encoding": "identity", "user-agent": "claw" }, signal);
    deadline.alive();
    const kind = kindOf(message.statusCode ?? 0, url);
    if (kind === "redirect") return redirectOf(message.headers.location, url, options);
    return kind === "absent" ? undefined : await bytesOf(message, url, maxBytes, () => deadline.alive());
  } catch (error) {
    throw ClawError.is(error) ? error : failed(error, url);
  } finally {
    // A connection whose answer was read to its end is kept all the same.
    message?.destroy();
  }
}

const unreachable = "look at the address and the network; claw ext add --from FOLDER takes a package from a copy";

function failed(error: unknown, url: URL): ClawError {
  const { code = "no reason given" } = error as NodeJS.ErrnoException;
  const certificate = /^(?:CERT_|ERR_TLS_CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_CA|HOSTNAME_MISMATCH)/.test(code);
  const why = certificate ? `its certificate is not to be trusted (${code})` : code;
  return new ClawError(
    "NETWORK_FAILED",
    `${url.host} could not be asked for ${url.pathname}: ${why}`,
    { host: url.host },
    { cause: error, retryable: !certificate, fix: certificate ? "name your authority's PEM file in NODE_EXTRA_CA_CERTS" : unreachable },
  );
}

/** The time for one file: until it is there, and for what is larger than a document also between two of its pieces. */
class Deadline {
  private readonly controller = new AbortController();
  private readonly ms: number;
  private readonly total: NodeJS.Timeout;
  private readonly pause: NodeJS.Timeout;

  constructor(maxBytes: number, ms: number) {
    this.ms = ms;
    const over = (): void => this.controller.abort();
    this.total = setTimeout(over, maxBytes <= documentBytes ? ms : ms * archivePatience);
    this.pause = setTimeout(over, ms);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  alive(): void {
    this.pause.refresh();
  }

  stop(): void {
    clearTimeout(this.total);
    clearTimeout(this.pause);
  }

  failure(url: URL): ClawError {
    return new ClawError(
      "E_TIMEOUT",
      `${url.host} did not answer in ${this.ms / 1000} s`,
      { url: shown(url), ms: this.ms },
      { retryable: true, fix: unreachable },
    );
  }
}
