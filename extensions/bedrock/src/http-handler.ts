import { Readable } from "node:stream";
import { type HttpHandler, type HttpRequest, HttpResponse, buildQueryString } from "@smithy/core/protocols";
import type { Http } from "@claw/kernel";

export interface SendOptions {
  readonly signal?: AbortSignal;
  /** Put over those of the request, and not part of its signature. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a request of the SDK's through the service `http`. Nothing is followed: a signature is for one host. */
export function sendRequest(request: HttpRequest, http: Http, { signal, headers = {} }: SendOptions): Promise<Response> {
  const { protocol, hostname, port, path, method, body } = request;
  const query = buildQueryString(request.query);
  const url = `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}${path}${query === "" ? "" : `?${query}`}`;
  // They say what the address and the body say, and whoever sends says it again.
  const { host: _host, "content-length": _length, ...signed } = lowered(request.headers);
  return http.fetch(url, {
    method,
    headers: { ...signed, ...lowered(headers) },
    redirect: "manual",
    ...(body === undefined || method === "GET" || method === "HEAD" ? {} : { body: body as NonNullable<RequestInit["body"]> }),
    ...(signal === undefined ? {} : { signal }),
  });
}

/** What the network said last, as it was before the SDK had it in hands. */
export interface HttpServiceHandler extends HttpHandler {
  readonly failure: unknown;
}

/** The SDK's way to the network, for its smaller requests: the service `http`, where proxy, authorities and offline are. */
export function createHandler(http: Http, signal?: AbortSignal): HttpServiceHandler {
  let failure: unknown;
  return {
    metadata: { handlerProtocol: "http/1.1" },
    get failure() {
      return failure;
    },
    async handle(request, { abortSignal } = {}) {
      const given = abortSignal instanceof AbortSignal ? abortSignal : undefined;
      const signals = [given, signal].filter((each) => each !== undefined);
      try {
        const response = await sendRequest(request, http, signals.length === 0 ? {} : { signal: AbortSignal.any(signals) });
        const headers = Object.fromEntries(response.headers.entries());
        return { response: new HttpResponse({ statusCode: response.status, headers, body: readable(response.body) }) };
      } catch (error) {
        failure = error;
        throw error;
      }
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: () => undefined,
  };
}

/** The body as Node's streams have it: read as it is taken, and given up when it is destroyed, also while it waits. */
function readable(body: Response["body"]): Readable {
  if (body === null) return Readable.from([]);
  const reader = body.getReader();
  const stream = new Readable({
    async read() {
      try {
        const { done, value } = await reader.read();
        this.push(done ? null : value);
      } catch (error) {
        this.destroy(error as Error);
      }
    },
  });
  // A body that is over already has nothing to cancel.
  return stream.once("close", () => void reader.cancel().catch(() => undefined));
}

const lowered = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
