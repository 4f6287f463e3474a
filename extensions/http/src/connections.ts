import { ClawError } from "@claw/kernel";
import type { Agent, ClientRequest, IncomingMessage } from "node:http";
import type { RequestOptions } from "node:https";
import type { Duplex } from "node:stream";
import { trustedContext } from "./authorities.ts";
import { isNearby } from "./offline.ts";
import { proxyFor } from "./proxy.ts";

export interface Network {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly offline: boolean;
  readonly systemAuthorities: boolean;
}

/** A way to a host: the agent that keeps its connections, and the proxy on it, without credentials. */
export interface Route {
  readonly proxy: string | undefined;
  /** The proxy's address, with credentials. */
  readonly gate: string | undefined;
  readonly agent: Agent;
  send(url: URL, options: SendOptions, answered: (message: IncomingMessage) => void): ClientRequest;
}

export interface SendOptions extends RequestOptions {
  /** Is given the socket as soon as there is one: long before the request has it, when a proxy's tunnel comes first. */
  readonly dialled: (socket: Duplex) => void;
}

/** The connections that are kept, one agent for each protocol and proxy. Closing them ends what is under way. */
export class Connections implements Disposable {
  readonly #network: Network;
  readonly #routes = new Map<string, Route>();
  readonly #agents = new Set<Agent>();
  readonly #held = new Set<() => void>();
  #closed = false;

  constructor(network: Network) {
    this.#network = network;
  }

  route(url: URL): Route {
    if (this.#closed) throw new ClawError("SCOPE_CLOSED", "claw/http is closed", { scope: "claw/http" });
    const proxy = isNearby(url.hostname) ? undefined : proxyFor(url, this.#network.environment);
    const key = `${url.protocol} ${proxy ?? ""}`;
    const known = this.#routes.get(key);
    if (known !== undefined) return known;
    const route = url.protocol === "https:" ? this.#secure(proxy) : this.#plain(proxy);
    this.#routes.set(key, route);
    return route;
  }

  /** What an agent does not know of any more, and how it ends; answers how it is forgotten. */
  holds(end: () => void): () => void {
    this.#held.add(end);
    return () => void this.#held.delete(end);
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    for (const agent of this.#agents) agent.destroy();
    for (const end of this.#held) end();
  }

  #plain(proxy: string | undefined): Route {
    // Not `import()`: making an ES module of node:http touches every export, `WebSocket` too, and with it the whole of the
    // built-in fetch: 24 ms instead of 3.
    const http = process.getBuiltinModule("node:http");
    return this.#routeOf(http.request, new http.Agent({ keepAlive: true, ...through(proxy) }), proxy);
  }

  #secure(proxy: string | undefined): Route {
    const https = process.getBuiltinModule("node:https");
    const { environment, systemAuthorities } = this.#network;
    const secureContext = trustedContext(process.getBuiltinModule("node:tls"), environment, systemAuthorities);
    // The context and not its authorities: an agent writes the latter into the name of every connection.
    return this.#routeOf(
      https.request,
      new https.Agent({ keepAlive: true, ...through(proxy), ...(secureContext === undefined ? {} : { secureContext }) }),
      proxy,
    );
  }

  #routeOf(request: typeof import("node:https").request, agent: Agent, proxy: string | undefined): Route {
    this.#agents.add(agent);
    const connect = agent.createConnection.bind(agent);
    agent.createConnection = (options, callback) => {
      const socket = connect(options, callback);
      if (socket) (options as Partial<SendOptions>).dialled?.(socket);
      return socket;
    };
    return {
      agent,
      proxy: proxy === undefined ? undefined : new URL(proxy).host,
      gate: proxy,
      send: (url, options, answered) => request(url, { ...options, agent }, answered),
    };
  }
}

/** Node's agents do what a proxy needs: the absolute form, CONNECT, credentials. Which proxy has been decided already. */
const through = (proxy: string | undefined): { readonly proxyEnv?: { readonly http_proxy: string; readonly https_proxy: string } } =>
  proxy === undefined ? {} : { proxyEnv: { http_proxy: proxy, https_proxy: proxy } };
