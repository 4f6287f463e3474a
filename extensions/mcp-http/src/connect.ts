import { SSEClientTransport, SdkHttpError, StreamableHTTPClientTransport, type Transport as SdkTransport } from "@modelcontextprotocol/client";
import { ClawError, type ServerSpec, type Transport } from "@claw/kernel";
import { plainLine, unlessAborted } from "@claw/kernel/kit";
import { addressOf } from "./address.ts";
import { type ServerFetchSetting, serverFetch } from "./server-fetch.ts";

export interface HttpSetting extends ServerFetchSetting {
  readonly insecureHosts: readonly string[];
}

/** A stream that breaks is asked for again so often, from where it broke; after that the connection is over. */
const reconnectionOptions = { initialReconnectionDelay: 500, maxReconnectionDelay: 10_000, reconnectionDelayGrowFactor: 2, maxRetries: 3 };

/** Connects to a server. Streamable HTTP has nothing to connect: whether the server is there shows with the first message. */
export async function connectHttp(kind: "http" | "sse", server: ServerSpec, setting: HttpSetting, signal: AbortSignal): Promise<Transport> {
  signal.throwIfAborted();
  const address = addressOf(server, setting.insecureHosts);
  const fetch = serverFetch(server, address, setting, (error) => connection.breakOff(error));
  const library =
    kind === "http"
      ? new StreamableHTTPClientTransport(address, { fetch, reconnectionOptions, redirectPolicy: "follow" })
      : new SSEClientTransport(address, { fetch, eventSourceInit: { fetch }, redirectPolicy: "follow" });
  const connection: Connection = new Connection(server.name, library);
  try {
    await unlessAborted(library.start(), signal);
  } catch (error) {
    await connection[Symbol.asyncDispose]();
    if (signal.aborted) throw signal.reason;
    throw failureOf(server.name, error);
  }
  return connection;
}

interface Message {
  readonly id?: string | number;
  readonly method?: string;
}

class Connection implements Transport {
  readonly requestsEndAlone: boolean;
  readonly #name: string;
  readonly #library: SdkTransport & { terminateSession?: () => Promise<void> };
  readonly #waiting: object[] = [];
  /** The requests whose answers are still to come. */
  readonly #asked = new Set<string | number>();
  #end: { readonly error?: ClawError } | undefined;
  #wake = (): void => undefined;
  #closing: Promise<void> | undefined;

  constructor(name: string, library: SdkTransport & { terminateSession?: () => Promise<void> }) {
    this.#name = name;
    this.#library = library;
    this.requestsEndAlone = library.hasPerRequestStream === true;
    Object.assign(library, {
      onmessage: (message: Message) => {
        if (message.method === undefined && message.id !== undefined) this.#asked.delete(message.id);
        this.#waiting.push(message);
        this.#wake();
      },
      onclose: () => this.#finish({}),
      // Also said of what it then mends itself; a stream that it gives up is the end.
      onerror: (error: Error) => {
        if (ClawError.is(error) || /Maximum reconnection attempts|SSE error/i.test(error.message)) this.#finish({ error: failureOf(name, error) });
      },
    });
  }

  get session(): string {
    return this.#library.sessionId ?? "";
  }

  get incoming(): AsyncIterable<object> {
    return this.#read();
  }

  agreed(protocolVersion: string): void {
    this.#library.setProtocolVersion?.(protocolVersion);
  }

  async send(message: object, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#end !== undefined)
      throw this.#end.error ?? new ClawError("MCP_UNREACHABLE", `the connection to the MCP server ${this.#name} is closed`, { server: this.#name });
    try {
      const { id, method } = message as Message;
      if (method !== undefined && id !== undefined) this.#asked.add(id);
      const onRequestStreamEnd = (): void => this.#cutOff(id);
      await this.#library.send(message as Parameters<SdkTransport["send"]>[0], { requestSignal: signal, onRequestStreamEnd });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const failure = failureOf(this.#name, error);
      // A server that has forgotten the session, or is gone, is connected to anew.
      if (failure.code === "MCP_UNREACHABLE" && (statusOf(error) === undefined || statusOf(error) === 404)) this.#finish({ error: failure });
      throw failure;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    const wasAlive = this.#end === undefined;
    this.#finish({});
    // A server that keeps no sessions says so, and one that is gone says nothing: neither matters any more.
    if (wasAlive && this.#library.sessionId !== undefined) await this.#library.terminateSession?.().catch(() => undefined);
    await this.#library.close();
  }

  /** Ends it for a reason of ours. */
  breakOff(error: ClawError): void {
    this.#finish({ error });
  }

  /** A stream that ends before the answer it was opened for is told to whoever waits for that, who would otherwise wait until the deadline. */
  #cutOff(id: string | number | undefined): void {
    if (id === undefined || !this.#asked.delete(id)) return;
    this.#waiting.push({ jsonrpc: "2.0", id, error: { code: -32_000, message: "the connection was cut before the answer" } });
    this.#wake();
  }

  #finish(end: { readonly error?: ClawError }): void {
    this.#end ??= end;
    this.#wake();
  }

  async *#read(): AsyncGenerator<object, void> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) yield next;
      else if (this.#end?.error !== undefined) throw this.#end.error;
      else if (this.#end !== undefined) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}

const statusOf = (error: unknown): number | undefined => (SdkHttpError.isInstance(error) ? error.status : undefined);

function failureOf(name: string, error: unknown): ClawError {
  const cause = causeOf(error);
  if (ClawError.is(cause, "NETWORK_FAILED"))
    return new ClawError(
      "MCP_UNREACHABLE",
      `the MCP server ${name} cannot be reached: ${cause.message}`,
      { server: name },
      { cause, retryable: cause.retryable, ...(cause.fix === undefined ? {} : { fix: cause.fix }) },
    );
  if (ClawError.is(cause)) return cause;
  const status = statusOf(error);
  const words = plainLine(error instanceof Error ? error.message : String(error), 200);
  const how = status === undefined ? `the connection to the MCP server ${name} failed: ${words}` : `the MCP server ${name} answered ${status}: ${words}`;
  const retryable = status === undefined || status === 404 || status === 429 || status >= 500;
  return new ClawError("MCP_UNREACHABLE", how, { server: name, ...(status === undefined ? {} : { status }) }, { cause: error, retryable });
}

/** One of claw's own errors that the library has wrapped. */
function causeOf(error: unknown): unknown {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) if (ClawError.is(at)) return at;
  return error;
}
