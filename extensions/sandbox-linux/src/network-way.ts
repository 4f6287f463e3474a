import { existsSync } from "node:fs";
import type { SandboxDenial } from "@claw/kernel";
import type { Undo } from "./undo.ts";

export interface Way {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly binds: readonly string[];
  denials(): readonly SandboxDenial[];
}

/** The way to the hosts that a command may reach. */
export async function openWay(command: readonly string[], hosts: readonly string[], log: (message: string) => void, undo: Undo): Promise<Way> {
  const [{ startProxy }, { forwarded }] = await Promise.all([import("./proxy.ts"), import("./forwarder.ts")]);
  const proxy = await startProxy({ hosts, log: ({ host, port, allowed, why }) => log(`${allowed ? "reached" : "refused"} ${host}:${port}: ${why}`) });
  undo.add(async () => proxy[Symbol.asyncDispose]());
  const socat = ["/usr/bin/socat", "/bin/socat"].find((path) => existsSync(path));
  const made = forwarded(command, { token: proxy.token, socket: proxy.socket, node: process.execPath, ...(socat === undefined ? {} : { socat }) });
  return { ...made, denials: () => proxy.denials() };
}
