import {
  ClawError,
  type ContentBlock,
  type Logger,
  type ServerCall,
  type ServerResource,
  type ServerState,
  type ServerStatus,
  type ServerTool,
  type ToolResult,
  type TransportFactory,
} from "@claw/kernel";
import type { Client, ClientOptions, JsonSchemaValidator } from "@modelcontextprotocol/client";
import { plainLine, retryDelayMs, unlessAborted } from "@claw/kernel/kit";
import { resourceContent, toolResultOf } from "./content.ts";
import { failureOf } from "./failures.ts";
import { sdkTransport } from "./sdk-transport.ts";
import type { ServerEntry } from "./server-entries.ts";
import { resourcesOf, toolsOf } from "./server-tools.ts";

type Library = typeof import("@modelcontextprotocol/client");

export interface ConnectionParts {
  readonly entry: ServerEntry;
  /** The transport of that name; throws when there is none. */
  readonly factory: (transport: string, server: string) => Promise<TransportFactory>;
  readonly connectTimeoutMs: number;
  readonly callTimeoutMs: number;
  readonly reconnectAttempts: number;
  readonly version: string;
  readonly log: Logger;
  readonly now: () => Date;
  readonly random: () => number;
  readonly onChange: (state: ServerState) => void;
  readonly onTools: (tools: readonly ServerTool[]) => void;
}

interface Connected {
  readonly client: Client;
  readonly library: Library;
}

/** Outputs are shown to the model as they come: their schema is between the server and its author. */
const anyOutput: NonNullable<ClientOptions["jsonSchemaValidator"]> = {
  getValidator<T>(): JsonSchemaValidator<T> {
    return (input) => ({ valid: true, data: input as T, errorMessage: undefined });
  },
};
const mostPages = 64;

/** One server: connected when it is needed, and again when that breaks. */
export class Connection {
  readonly #parts: ConnectionParts;
  #status: ServerStatus = "disconnected";
  #failure: ClawError | undefined;
  #retryAt: Date | undefined;
  #current: Connected | undefined;
  #attempt: Promise<Connected> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Whether it should be connected: what breaks then is tried again. */
  #wanted = false;
  #tries = 0;
  #generation = 0;
  #tools: readonly ServerTool[] = [];

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.entry.spec.name;
  }

  get tools(): readonly ServerTool[] {
    return this.#tools;
  }

  get state(): ServerState {
    const { client } = this.#current ?? {};
    const { code, message, fix } = this.#failure ?? {};
    const { name = "", version = "" } = client?.getServerVersion() ?? {};
    const protocolVersion = client?.getNegotiatedProtocolVersion();
    return {
      name: this.name,
      transport: this.#parts.entry.spec.transport,
      status: this.#status,
      ...(client === undefined ? {} : { server: { name: plainLine(name, 100), version: plainLine(version, 40) } }),
      ...(protocolVersion === undefined ? {} : { protocolVersion }),
      tools: this.#tools.length,
      ...(code === undefined || message === undefined ? {} : { failure: { code, message, ...(fix === undefined ? {} : { fix }) } }),
      ...(this.#retryAt === undefined ? {} : { retryAt: this.#retryAt.toISOString() }),
    };
  }

  /** Connects, or waits for the attempt on its way; an abort leaves that to others who wait. */
  async connect(signal: AbortSignal): Promise<void> {
    this.#wanted = true;
    this.#tries = 0;
    await this.#connected(signal);
  }

  async disconnect(): Promise<void> {
    this.#wanted = false;
    this.#generation += 1;
    clearTimeout(this.#timer);
    this.#retryAt = undefined;
    const attempt = this.#attempt;
    const current = this.#current;
    this.#current = undefined;
    this.#attempt = undefined;
    this.#become("disconnected");
    await current?.client.close();
    await attempt?.catch(() => undefined);
  }

  call(tool: string, input: Readonly<Record<string, unknown>>, { signal, timeoutMs, progress }: ServerCall): Promise<ToolResult> {
    return this.#ask(signal, async ({ client }) =>
      toolResultOf(
        await client.callTool(
          { name: tool, arguments: { ...input } },
          {
            signal,
            timeout: timeoutMs ?? this.#parts.entry.timeoutMs ?? this.#parts.callTimeoutMs,
            resetTimeoutOnProgress: true,
            ...(progress === undefined ? {} : { onprogress: (said) => progress(progressBlock(said)) }),
          },
        ),
      ),
    );
  }

  resources(signal: AbortSignal): Promise<readonly ServerResource[]> {
    return this.#ask(signal, async ({ client }) => {
      if (client.getServerCapabilities()?.resources === undefined) return [];
      return resourcesOf((await client.listResources(undefined, { signal, timeout: this.#parts.callTimeoutMs })).resources);
    });
  }

  read(uri: string, signal: AbortSignal): Promise<readonly ContentBlock[]> {
    return this.#ask(signal, async ({ client }) => resourceContent(await client.readResource({ uri }, { signal, timeout: this.#parts.callTimeoutMs })));
  }

  async #ask<T>(signal: AbortSignal, work: (connected: Connected) => Promise<T>): Promise<T> {
    this.#wanted = true;
    const connected = await this.#connected(signal);
    try {
      return await work(connected);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw failureOf(this.name, error, connected.library);
    }
  }

  async #connected(signal: AbortSignal): Promise<Connected> {
    signal.throwIfAborted();
    if (this.#current !== undefined) return this.#current;
    clearTimeout(this.#timer);
    this.#attempt ??= this.#try(this.#generation);
    return unlessAborted(this.#attempt, signal);
  }

  async #try(generation: number): Promise<Connected> {
    this.#retryAt = undefined;
    this.#become("connecting");
    let connected: Connected | undefined;
    try {
      connected = await this.#handshake();
      if (generation !== this.#generation) {
        throw new ClawError("MCP_UNREACHABLE", `the MCP server ${this.name} was disconnected`, { server: this.name });
      }
      this.#current = connected;
      this.#failure = undefined;
      this.#tries = 0;
      await this.#listTools(connected);
      this.#become("connected");
      return connected;
    } catch (error) {
      const failure = failureOf(this.name, error, undefined);
      if (generation === this.#generation) {
        this.#current = undefined;
        this.#fail(failure);
      }
      await connected?.client.close();
      throw failure;
    } finally {
      if (generation === this.#generation) this.#attempt = undefined;
    }
  }

  async #handshake(): Promise<Connected> {
    const { entry, connectTimeoutMs, version, factory } = this.#parts;
    const began = performance.now();
    const deadline = AbortSignal.timeout(connectTimeoutMs);
    const late = (cause: unknown): ClawError =>
      new ClawError(
        "MCP_UNREACHABLE",
        `the MCP server ${this.name} did not say what it can within ${connectTimeoutMs} ms`,
        { server: this.name, waitedMs: Math.round(performance.now() - began) },
        { cause, retryable: true, fix: "raise mcp.connectTimeoutMs, or look at what the server waits for" },
      );
    const [transport, library] = await Promise.all([
      factory(entry.spec.transport, this.name).then((found) => found.connect(entry.spec, deadline)),
      import("@modelcontextprotocol/client"),
    ]).catch((error: unknown) => {
      throw deadline.aborted && !ClawError.is(error) ? late(error) : error;
    });
    let broken: unknown;
    const client = new library.Client(
      { name: "claw", version },
      {
        versionNegotiation: { mode: "auto", probe: { timeoutMs: Math.min(5_000, connectTimeoutMs) } },
        jsonSchemaValidator: anyOutput,
        listMaxPages: mostPages,
        listChanged: { tools: { autoRefresh: false, onChanged: () => void this.#refreshTools() } },
      },
    );
    try {
      await client.connect(
        sdkTransport(transport, library, (error) => {
          broken = error ?? this.#closed();
          this.#onBroken(client, broken);
        }),
        { timeout: connectTimeoutMs, signal: deadline },
      );
    } catch (error) {
      await transport[Symbol.asyncDispose]();
      if (deadline.aborted) throw late(error);
      throw failureOf(this.name, broken ?? error, library);
    }
    return { client, library };
  }

  async #listTools({ client, library }: Connected): Promise<void> {
    if (client.getServerCapabilities()?.tools === undefined) return;
    try {
      const { tools, leftOut } = toolsOf((await client.listTools(undefined, { timeout: this.#parts.connectTimeoutMs, cacheMode: "refresh" })).tools);
      for (const why of leftOut) this.#parts.log.warn(`${this.name}: ${why}`);
      this.#tools = tools.filter(({ name }) => this.#parts.entry.offers(name));
      this.#parts.onTools(this.#tools);
    } catch (error) {
      throw failureOf(this.name, error, library);
    }
  }

  async #refreshTools(): Promise<void> {
    const current = this.#current;
    if (current === undefined) return;
    await this.#listTools(current).then(
      () => this.#become(this.#status),
      (error: unknown) => this.#parts.log.warn(`${this.name}: ${failureOf(this.name, error, undefined).message}`),
    );
  }

  #onBroken(client: Client, error: unknown): void {
    if (this.#current?.client !== client) return;
    this.#current = undefined;
    this.#fail(failureOf(this.name, error, undefined));
  }

  #closed(): ClawError {
    return new ClawError("MCP_UNREACHABLE", `the MCP server ${this.name} closed the connection`, { server: this.name }, { retryable: true });
  }

  /** Says so, and tries again later where that may help. */
  #fail(failure: ClawError): void {
    this.#failure = failure;
    const { reconnectAttempts, random, now } = this.#parts;
    this.#tries += 1;
    const policy = { attempts: reconnectAttempts + 1, baseMs: 1_000, maxMs: 60_000, patienceMs: 60_000 };
    const delay = this.#wanted && failure.retryable ? retryDelayMs(this.#tries, undefined, policy, random) : undefined;
    if (delay !== undefined) {
      this.#retryAt = new Date(now().getTime() + delay);
      this.#timer = setTimeout(() => void this.#connected(new AbortController().signal).catch(() => undefined), delay).unref();
    }
    this.#become(failure.code === "MCP_AUTH_REQUIRED" || failure.code === "REAUTH_REQUIRED" ? "auth-required" : "failed");
  }

  #become(status: ServerStatus): void {
    this.#status = status;
    if (status === "connected" || status === "disconnected") this.#failure = undefined;
    this.#parts.onChange(this.state);
  }
}

function progressBlock({
  progress,
  total,
  message,
}: {
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}): ContentBlock {
  const share = total === undefined ? String(progress) : `${progress} of ${total}`;
  return { type: "text", text: message === undefined ? share : `${share}: ${plainLine(message, 200)}` };
}
