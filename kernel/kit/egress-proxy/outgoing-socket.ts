import type { Socket } from "node:net";
import type { EgressLimits } from "./egress-limits.ts";

/**
 * A connection to one of these addresses, the first that answers, and to nothing else: no name is looked up again. Rejects
 * with a sentence.
 */
export function connectTo(addresses: readonly string[], port: number, { connectMs, idleMs }: EgressLimits): Promise<Socket> {
  const { connect, isIPv6 } = process.getBuiltinModule("node:net");
  const all = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const socket = connect({
    host: "checked.invalid",
    port,
    allowHalfOpen: true,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: 2000,
    lookup: (_host, _options, done) => done(null, all),
  });
  const deadline = setTimeout(() => socket.destroy(new Error("it does not answer")), connectMs);
  socket.once("close", () => clearTimeout(deadline));
  socket.once("error", (error: NodeJS.ErrnoException) => reject(new Error(error.code ?? error.message, { cause: error })));
  socket.once("connect", () => {
    clearTimeout(deadline);
    socket.setTimeout(idleMs, () => socket.destroy());
    if (addresses.includes(socket.remoteAddress ?? "")) return resolve(socket);
    socket.destroy();
    reject(new Error("the connection leads elsewhere"));
  });
  return promise;
}
