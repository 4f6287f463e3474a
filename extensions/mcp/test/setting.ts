import { type ExtensionContext, type McpServers, type ServerSpec, type Transport, type TransportFactory, Transports, allow } from "@claw/kernel";
import { type EmbeddedExtension, type TestKernel, type TestKernelOptions, testKernel } from "@claw/testing";

import manifest from "../extension.json" with { type: "json" };
import extension from "../src/index.ts";

type Manifest = EmbeddedExtension["manifest"];

export const never = (): AbortSignal => new AbortController().signal;

/** A message as a server reads it. */
export interface Heard {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** The server's end of a connection in memory. */
export interface Peer {
  say(message: object): void;
  answer(heard: Heard, result: object): void;
  /** Ends the connection, as a server that dies. */
  die(error?: unknown): void;
}

export type Behaviour = (heard: Heard, peer: Peer) => void;

/** What every server says of itself; `tools` is what it lists. */
export const politely =
  (tools: readonly object[], more: Behaviour = () => undefined, capabilities: object = { tools: { listChanged: true }, resources: {} }): Behaviour =>
  (heard, peer) => {
    if (heard.method === "initialize")
      peer.answer(heard, { protocolVersion: "2025-11-25", capabilities, serverInfo: { name: "test-server", version: "1.2.3" } });
    else if (heard.method === "server/discover") peer.say({ jsonrpc: "2.0", id: heard.id, error: { code: -32601, message: "Method not found" } });
    else if (heard.method === "tools/list") peer.answer(heard, { tools });
    else more(heard, peer);
  };

export const tool = (name: string, more: object = {}): object => ({ name, description: `The tool ${name}`, inputSchema: { type: "object" }, ...more });

function connectionTo(behave: Behaviour, onEnd: () => void): Transport {
  const waiting: object[] = [];
  let end: { readonly error?: unknown } | undefined;
  let wake = (): void => undefined;
  const finish = (how: { readonly error?: unknown }): void => {
    if (end === undefined) onEnd();
    end ??= how;
    wake();
  };
  const peer: Peer = {
    say: (message) => {
      waiting.push(message);
      wake();
    },
    answer: ({ id }, result) => peer.say({ jsonrpc: "2.0", id, result }),
    die: (error) => finish(error === undefined ? {} : { error }),
  };
  return {
    async send(message) {
      queueMicrotask(() => behave(message as Heard, peer));
    },
    incoming: (async function* () {
      for (;;) {
        const next = waiting.shift();
        if (next !== undefined) yield next;
        else if (end !== undefined) {
          if (end.error !== undefined) throw end.error;
          return;
        } else await new Promise<void>((resolve) => (wake = resolve));
      }
    })(),
    async [Symbol.asyncDispose]() {
      finish({});
    },
  };
}

export interface Wire {
  readonly extension: EmbeddedExtension;
  /** How often somebody connected, and how many connections there are now. */
  readonly seen: { connects: number; open: number };
}

/** An extension that reaches servers in this process: the transport `memory`. `behaviourOf` may throw, as a server that is not there. */
export function wire(behaviourOf: (server: ServerSpec, attempt: number) => Behaviour | Promise<Behaviour>): Wire {
  const seen = { connects: 0, open: 0 };
  const factory: TransportFactory = {
    async connect(server, signal) {
      seen.connects += 1;
      const behave = await behaviourOf(server, seen.connects);
      signal.throwIfAborted();
      seen.open += 1;
      return connectionTo(behave, () => (seen.open -= 1));
    },
  };
  const own: Manifest = {
    name: "test/memory-wire",
    version: "1.0.0",
    engines: { claw: "^1.0.0" },
    main: "./dist/index.mjs",
    permissions: {},
    provides: { transport: { memory: { schemes: ["memory"] } } },
  };
  return { seen, extension: { manifest: own, extension: { api: 1, activate: (claw) => claw.provide(Transports, "memory" as never, factory as never) } } };
}

export const mcp = { manifest: manifest as Manifest, extension: extension as EmbeddedExtension["extension"] };
/** Whoever decides here lets everything run. */
const allowing = {
  manifest: {
    name: "test/allow",
    version: "1.0.0",
    engines: { claw: "^1.0.0" },
    main: "./dist/index.mjs",
    permissions: {},
    hooks: { PreToolUse: { decide: {} } },
  } as Manifest,
  extension: {
    api: 1 as const,
    activate: (claw: ExtensionContext) => (claw.on as (...all: readonly unknown[]) => void)("PreToolUse", "decide", async () => allow("a test")),
  } as EmbeddedExtension["extension"],
};

export const memoryServer = { type: "memory", url: "memory:" };

export interface Started extends AsyncDisposable {
  readonly claw: TestKernel;
  readonly servers: McpServers;
}

/** A kernel with the extension and these servers, all reached by `behaviourOf`. */
export async function started(
  names: readonly string[],
  { extension: own }: Wire,
  { config = {}, ...options }: Omit<TestKernelOptions, "config"> & { readonly config?: Readonly<Record<string, unknown>> } = {},
): Promise<Started> {
  const servers = Object.fromEntries(names.map((name) => [name, memoryServer]));
  const claw = await testKernel({
    ...options,
    extensions: [own, mcp, allowing, ...(options.extensions ?? [])],
    config: { "claw/mcp": { servers, ...config } },
  });
  return { claw, servers: await claw.kernel.service<McpServers>("mcp"), [Symbol.asyncDispose]: () => claw[Symbol.asyncDispose]() };
}
