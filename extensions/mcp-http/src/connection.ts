import { SseError, type Transport as SdkTransport } from "@modelcontextprotocol/client";
import { ClawError, type ServerSpec, type Transport } from "@claw/kernel";
import { isDoneWithin } from "@claw/kernel/kit";
import { failureOf } from "./failures.ts";

/** How long a server may take to end a session. */
const goodbyeMs = 1_000;

interface Message {
  readonly id?: string | number;
  readonly method?: string;
}

export type Library = SdkTransport & { terminateSession?: () => Promise<void> };

/** A connection of the protocol's library, as a transport. */
export class Connection implements Transport {
  readonly requestsEndAlone: boolean;
  session?: string;
  readonly #server: ServerSpec;
  readonly #library: Library;
  readonly #waiting: object[] = [];
  /** The requests whose answers are still to come. */
  readonly #asked = new Set<string | number>();
  #end: { readonly error?: ClawError } | undefined;
  #wake = (): void => undefined;
  #closing: Promise<void> | undefined;
  /** Why the last request failed; the library keeps only some of its words. */
  #lastFailure: ClawError | undefined;

  constructor(server: ServerSpec, library: Library) {
    this.#server = server;
    this.#library = library;
    this.requestsEndAlone = library.hasPerRequestStream === true;
    Object.assign(library, {
      onmessage: (message: Message) => {
        if (message.method === undefined && message.id !== undefined) this.#asked.delete(message.id);
        this.#waiting.push(message);
        this.#wake();
      },
      onclose: () => this.#finish({}),
      // Also said of what it then mends itself, and of messages it cannot read: only what it gives up is the end.
      onerror: (error: Error) => {
        if (SseError.isInstance(error) || error.message.startsWith("Maximum reconnection attempts")) this.#finish({ error: this.failureOf(error) });
        else if (ClawError.is(error) && error.code !== "NETWORK_FAILED" && error.code !== "MCP_UNREACHABLE") this.#finishSoon(error);
      },
    });
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
      throw (
        this.#end.error ?? new ClawError("MCP_UNREACHABLE", `the connection to the MCP server ${this.#server.name} is closed`, { server: this.#server.name })
      );
    const { id, method } = message as Message;
    if (method !== undefined && id !== undefined) this.#asked.add(id);
    try {
      const onRequestStreamEnd = (): void => this.#cutOff(id);
      await this.#library.send(message as Parameters<SdkTransport["send"]>[0], { requestSignal: signal, onRequestStreamEnd });
      if (this.#library.sessionId !== undefined) this.session = this.#library.sessionId;
    } catch (error) {
      if (id !== undefined) this.#asked.delete(id);
      if (signal.aborted) throw signal.reason;
      const failure = failureOf(this.#server, error, this.#library.sessionId !== undefined);
      // A server that has forgotten the session, or is gone, is connected to anew.
      if (ClawError.is(failure, "MCP_UNREACHABLE") && failure.retryable && (failure.data.status ?? 404) === 404) this.#finishSoon(failure);
      throw failure;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    const wasAlive = this.#end === undefined;
    this.#finish({});
    const goodbye = wasAlive && this.#library.sessionId !== undefined ? this.#library.terminateSession?.() : undefined;
    // A server that keeps no sessions says so, and one that is gone says nothing: neither matters any more.
    if (goodbye !== undefined) await isDoneWithin(goodbye, goodbyeMs, new AbortController().signal).catch(() => false);
    await this.#library.close();
  }

  /** Hears of what the library's requests fail with. */
  noted(error: unknown): void {
    this.#lastFailure = ClawError.is(error) ? error : undefined;
  }

  /** What the library failed with, by the word of who knows. */
  failureOf(error: unknown): ClawError {
    return failureOf(this.#server, this.#lastFailure ?? error, this.#library.sessionId !== undefined);
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

  /** Ends it, and says so once the request that failed with it has been told: a broken connection would be a lesser answer to whoever waits for that. */
  #finishSoon(error: ClawError): void {
    this.#end ??= { error };
    setImmediate(() => this.#wake());
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
