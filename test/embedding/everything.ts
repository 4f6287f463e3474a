import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const require = createRequire(import.meta.url);
/** The protocol's own server of everything: a peer that nobody here wrote. */
const everything = join(dirname(require.resolve("@modelcontextprotocol/server-everything/package.json")), "dist/index.js");

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Starts it there, and waits until it answers. */
export async function everythingOn(port: number, how: "streamableHttp" | "sse" = "streamableHttp"): Promise<ChildProcess> {
  const child = spawn(process.execPath, [everything, how], { env: { PATH: process.env["PATH"], PORT: String(port) }, stdio: "ignore" });
  for (let tries = 0; tries < 300; tries += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer !== undefined) return child;
    await delay(20);
  }
  child.kill("SIGKILL");
  throw new Error("the server of everything does not start");
}

export async function stop(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}
