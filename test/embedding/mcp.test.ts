import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { type McpServers, type ServerSpec, type ServerState, type Transport, type TransportFactory, Transports, defineExtension } from "@claw/kernel";
import { McpServer } from "@modelcontextprotocol/server";
import { describe, expect, test } from "vitest";
import httpManifest from "../../extensions/http/extension.json" with { type: "json" };
import http from "../../extensions/http/src/index.ts";
import mcpHttpManifest from "../../extensions/mcp-http/extension.json" with { type: "json" };
import mcpHttp from "../../extensions/mcp-http/src/index.ts";
import stdioManifest from "../../extensions/mcp-stdio/extension.json" with { type: "json" };
import stdio from "../../extensions/mcp-stdio/src/index.ts";
import mcpManifest from "../../extensions/mcp/extension.json" with { type: "json" };
import mcp from "../../extensions/mcp/src/index.ts";
import processesManifest from "../../extensions/processes/extension.json" with { type: "json" };
import processes from "../../extensions/processes/src/index.ts";
import { embedded, never, program } from "./program.ts";

const require = createRequire(import.meta.url);
/** The protocol's own server of everything: a peer that nobody here wrote. */
const everything = join(dirname(require.resolve("@modelcontextprotocol/server-everything/package.json")), "dist/index.js");
const extensions = [embedded(mcpManifest, mcp), embedded(stdioManifest, stdio), embedded(processesManifest, processes)];
const everythingSpec: ServerSpec = { name: "everything", transport: "stdio", command: process.execPath, args: [everything, "stdio"] };

async function untilStatus(servers: McpServers, name: string, status: string): Promise<ServerState | undefined> {
  for (let tries = 0; tries < 500; tries += 1) {
    const state = servers.list().find((one) => one.name === name);
    if (state?.status === status) return state;
    await delay(20);
  }
  return servers.list().find((one) => one.name === name);
}

describe("need 10: MCP servers as a library", () => {
  test("a program's servers are listed, called and read, and its states are events", { timeout: 30_000 }, async () => {
    await using one = program({ extensions, environment: { PATH: process.env["PATH"] } });
    const servers = await one.kernel.service<McpServers>("mcp");
    const over = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const { status } of servers.changes(over.signal)) seen.push(status);
    })();
    await servers.add(everythingSpec);
    expect(await servers.connect("everything", never())).toMatchObject({ status: "connected" });
    const tools = await servers.tools("everything", never());
    expect(tools.map(({ name }) => name)).toContain("echo");
    expect(await servers.call("everything", "echo", { message: "é👩‍👩‍👧" }, { signal: never() })).toMatchObject({ content: [{ type: "text", text: "Echo: é👩‍👩‍👧" }] });
    const image = await servers.call("everything", "get-tiny-image", {}, { signal: never() });
    expect(image.content.map(({ type }) => type)).toContain("image");
    const resources = await servers.resources("everything", never());
    expect((await servers.read("everything", resources[0]?.uri ?? "", never())).length).toBeGreaterThan(0);
    await servers.disconnect("everything");
    over.abort();
    await watching;
    expect(seen).toEqual(["connecting", "connected", "disconnected"]);
  });

  test("a server that is killed is connected again", { timeout: 30_000 }, async () => {
    const pids: number[] = [];
    await using one = program({
      extensions: [embedded(mcpManifest, mcp), embedded(stdioManifest, stdio)],
      services: {
        processes: {
          async start(command: readonly string[]) {
            const child = spawn(command[0] ?? "", command.slice(1), { stdio: ["pipe", "pipe", "ignore"] });
            pids.push(child.pid ?? 0);
            return ofChild(child);
          },
        },
      },
    });
    const servers = await one.kernel.service<McpServers>("mcp");
    await servers.add(everythingSpec);
    await servers.connect("everything", never());
    process.kill(pids[0] ?? 0, "SIGKILL");
    await untilStatus(servers, "everything", "failed");
    expect(await untilStatus(servers, "everything", "connected")).toMatchObject({ status: "connected" });
    expect(await servers.call("everything", "echo", { message: "back" }, { signal: never() })).toMatchObject({ content: [{ text: "Echo: back" }] });
    expect(pids.length).toBe(2);
  });

  test("a server far away is reached through the program's own http, and again after it was started anew", { timeout: 30_000 }, async () => {
    const port = await freePort();
    let server = await everythingOn(port);
    const asked: string[] = [];
    await using one = program({
      extensions: [embedded(mcpManifest, mcp), embedded(mcpHttpManifest, mcpHttp)],
      fetch: (input, init) => {
        asked.push(init?.method ?? "GET");
        return fetch(input, init);
      },
    });
    const servers = await one.kernel.service<McpServers>("mcp");
    await servers.add({ name: "far", transport: "http", url: `http://127.0.0.1:${port}/mcp` });
    expect(await servers.connect("far", never())).toMatchObject({ status: "connected" });
    expect(await servers.call("far", "echo", { message: "far" }, { signal: never() })).toMatchObject({ content: [{ text: "Echo: far" }] });
    expect(asked).toContain("POST");
    await stop(server);
    await servers.call("far", "echo", { message: "gone" }, { signal: never() }).catch(() => undefined);
    server = await everythingOn(port);
    await untilStatus(servers, "far", "connected");
    expect(await servers.call("far", "echo", { message: "again" }, { signal: never() })).toMatchObject({ content: [{ text: "Echo: again" }] });
    await stop(server);
  });

  test("and through claw's own http, by the older way as well", { timeout: 30_000 }, async () => {
    const port = await freePort();
    const server = await everythingOn(port, "sse");
    await using one = program({ extensions: [embedded(httpManifest, http), embedded(mcpManifest, mcp), embedded(mcpHttpManifest, mcpHttp)] });
    const servers = await one.kernel.service<McpServers>("mcp");
    await servers.add({ name: "old", transport: "sse", url: `http://127.0.0.1:${port}/sse` });
    expect(await servers.connect("old", never())).toMatchObject({ status: "connected" });
    expect(await servers.call("old", "echo", { message: "old" }, { signal: never() })).toMatchObject({ content: [{ text: "Echo: old" }] });
    await stop(server);
  });

  test("a way to servers of the program's own is an extension like another", async () => {
    const served = new McpServer({ name: "inside", version: "1.0.0" });
    served.registerTool("answer", { description: "The answer" }, async () => ({ content: [{ type: "text", text: "42" }] }));
    const own: TransportFactory = { connect: async () => linkedTo(served) };
    const manifest = {
      name: "acme/inside",
      version: "1.0.0",
      engines: { claw: "^1.0.0" },
      main: "./dist/index.mjs",
      permissions: {},
      provides: { transport: { inside: { schemes: ["inside"] } } },
    };
    await using one = program({
      extensions: [
        embedded(mcpManifest, mcp),
        embedded(
          manifest,
          defineExtension((claw) => claw.provide(Transports, "inside" as never, own as never)),
        ),
      ],
    });
    const servers = await one.kernel.service<McpServers>("mcp");
    await servers.add({ name: "inside", transport: "inside" });
    expect((await servers.tools("inside", never())).map(({ name }) => name)).toEqual(["answer"]);
    expect(await servers.call("inside", "answer", {}, { signal: never() })).toMatchObject({ content: [{ text: "42" }] });
    await expect(servers.connect("nobody", never())).rejects.toMatchObject({ code: "MCP_SERVER_UNKNOWN" });
  });
});

/** The service `processes` of a program that starts its programs itself. */
function ofChild(child: ChildProcess): object {
  return {
    pid: child.pid ?? 0,
    output: (async function* () {
      for await (const bytes of child.stdout ?? []) yield { stream: "stdout", bytes: bytes as Uint8Array };
    })(),
    exit: once(child, "exit").then(([code, signal]) => ({ code: code as number | null, signal: signal as string | null, timedOut: false, contained: false })),
    input: { write: async (bytes: Uint8Array) => void child.stdin?.write(bytes), end: () => void child.stdin?.end() },
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function everythingOn(port: number, how: "streamableHttp" | "sse" = "streamableHttp"): Promise<ChildProcess> {
  const child = spawn(process.execPath, [everything, how], { env: { PATH: process.env["PATH"], PORT: String(port) }, stdio: ["ignore", "ignore", "pipe"] });
  for (let tries = 0; tries < 300; tries += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    await answer?.body?.cancel();
    if (answer !== undefined) return child;
    await delay(20);
  }
  throw new Error("the server of everything does not start");
}

async function stop(child: ChildProcess): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** A connection in memory to a server of the protocol's own library. */
async function linkedTo(served: McpServer): Promise<Transport> {
  const waiting: object[] = [];
  let isOver = false;
  let wake = (): void => undefined;
  const end: Parameters<McpServer["connect"]>[0] = {
    start: async () => undefined,
    close: async () => undefined,
    send: async (message) => {
      waiting.push(message);
      wake();
    },
  };
  await served.connect(end);
  return {
    send: async (message) => end.onmessage?.(message as never),
    incoming: (async function* () {
      while (!isOver) {
        const next = waiting.shift();
        if (next === undefined) await new Promise<void>((resolve) => (wake = resolve));
        else yield next;
      }
    })(),
    async [Symbol.asyncDispose]() {
      isOver = true;
      wake();
    },
  };
}
