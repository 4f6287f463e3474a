import type { Agent, IncomingMessage } from "node:http";
import { isLoopback } from "./addresses.ts";
import type { NetworkOptions } from "./transport.ts";

type Headers = Readonly<Record<string, string>>;

/** The connections of one transport. Those that wait for a next request keep no process alive. */
export class Connections {
  private readonly options: NetworkOptions;
  private readonly agents = new Map<string, Agent>();

  constructor(options: NetworkOptions) {
    this.options = options;
  }

  /** Sends a request and answers with the head of what comes back. */
  async ask(url: URL, headers: Headers, signal: AbortSignal): Promise<IncomingMessage> {
    try {
      return await this.send(url, headers, signal);
    } catch (error) {
      // The other side may have closed a connection just when it was taken up again: that says nothing about a new one.
      if (signal.aborted || !(error instanceof StaleConnection)) throw error;
      return this.send(url, headers, signal);
    }
  }

  private send(url: URL, headers: Headers, signal: AbortSignal): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    signal.throwIfAborted();
    const { request } = url.protocol === "https:" ? process.getBuiltinModule("node:https") : process.getBuiltinModule("node:http");
    const sent = request(url, { headers, agent: this.agentFor(url), signal }, resolve);
    sent.on("error", (error: NodeJS.ErrnoException) => reject(sent.reusedSocket && error.code === "ECONNRESET" ? new StaleConnection(error) : error));
    // Node tells a request of its end only once it has a connection, which behind a proxy may never come.
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
    sent.end();
    return promise;
  }

  private agentFor({ protocol, hostname }: URL): Agent {
    const { offline, ca, environment } = this.options;
    // What is on this machine needs no proxy when there is no network.
    const proxied = environment !== undefined && !(offline && isLoopback(hostname));
    const key = `${protocol} ${proxied}`;
    const known = this.agents.get(key);
    if (known !== undefined) return known;
    // Node's agents read HTTPS_PROXY and NO_PROXY themselves.
    const options = { keepAlive: true, ...(proxied ? { proxyEnv: environment } : {}) };
    const agent =
      protocol === "http:"
        ? new (process.getBuiltinModule("node:http").Agent)(options)
        : new (process.getBuiltinModule("node:https").Agent)({ ...options, ...authorities(ca) });
    this.agents.set(key, agent);
    return agent;
  }
}

class StaleConnection extends Error {
  constructor(cause: unknown) {
    super("a connection was closed when it was used again", { cause });
  }
}

/** A context and not its certificates: an agent writes the latter into the name of every connection. */
function authorities(ca: string | undefined): { readonly secureContext?: import("node:tls").SecureContext } {
  if (ca === undefined) return {};
  const tls = process.getBuiltinModule("node:tls");
  return { secureContext: tls.createSecureContext({ ca: [...tls.getCACertificates("default"), ca] }) };
}
