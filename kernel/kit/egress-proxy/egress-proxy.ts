import { randomBytes } from "node:crypto";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import type { SandboxDenial } from "../../src/contracts/sandbox.ts";
import { createGate, type EgressDecision, type HostLookup } from "./egress-gate.ts";
import { EGRESS_LIMITS, type EgressLimits } from "./egress-limits.ts";
import { createEgressServer } from "./egress-server.ts";

export interface EgressProxyOptions {
  /** `host`, `*.host`, with `:port` where it is not 443 or 80; `localhost:port` and addresses for what is near. */
  readonly hosts: readonly string[];
  /** A unix socket's path, in a folder that is nobody else's; or a port of this machine that the system picks. */
  readonly listen: { readonly path: string } | "loopback";
  /** The system's resolver when absent. */
  readonly lookup?: HostLookup | undefined;
  readonly limits?: Partial<EgressLimits>;
  log(decision: EgressDecision): void;
}

/** A proxy that lets programs reach the hosts they are allowed and no other. */
export interface EgressProxy extends AsyncDisposable {
  /** Of a loopback proxy. */
  readonly port: number | undefined;
  /** What a client must show, so that nobody else's programs use it. */
  readonly token: string;
  denials(): readonly SandboxDenial[];
}

/** Throws SANDBOX_FAILED for a host that cannot be read. */
export async function startEgressProxy({ hosts, listen, lookup, limits, log }: EgressProxyOptions): Promise<EgressProxy> {
  const settled = { ...EGRESS_LIMITS, ...limits };
  const gate = createGate({ hosts, lookup: lookup ?? ((host) => systemLookup(host, settled.lookupMs)), log });
  const token = randomBytes(24).toString("base64url");
  const streams = new Set<Duplex>();
  const own = (stream: Duplex): void => {
    streams.add(stream);
    stream.once("close", () => streams.delete(stream));
  };
  const server = createEgressServer({ gate, token, limits: settled, own });
  server.listen(listen === "loopback" ? { host: "127.0.0.1", port: 0 } : listen);
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" ? address?.port : undefined,
    token,
    denials: () => gate.denials(),
    async [Symbol.asyncDispose]() {
      if (!server.listening) return;
      const closed = once(server, "close");
      server.close();
      for (const stream of streams) stream.destroy();
      await closed;
    },
  };
}

async function systemLookup(host: string, lookupMs: number): Promise<readonly string[]> {
  const { lookup } = process.getBuiltinModule("node:dns").promises;
  const late = Promise.withResolvers<never>();
  const deadline = setTimeout(() => late.reject(new Error("the resolver does not answer")), lookupMs);
  try {
    return (await Promise.race([lookup(host, { all: true }), late.promise])).map(({ address }) => address);
  } finally {
    clearTimeout(deadline);
  }
}
