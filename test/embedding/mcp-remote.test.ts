import type { IncomingMessage, ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { type Host, type Http, type McpAuthorization, type McpServers, type TransportFactory, Transports } from "@claw/kernel";
import { McpServer, createMcpHandler } from "@modelcontextprotocol/server";
import { describe, expect, test } from "vitest";
import httpManifest from "../../extensions/http/extension.json" with { type: "json" };
import http from "../../extensions/http/src/index.ts";
import { proxy } from "../../extensions/http/test/loopback.ts";
import mcpHttpManifest from "../../extensions/mcp-http/extension.json" with { type: "json" };
import mcpHttp from "../../extensions/mcp-http/src/index.ts";
import { event, ping, resultOf, serve } from "../../extensions/mcp-http/test/setting.ts";
import mcpWebSocketManifest from "../../extensions/mcp-websocket/extension.json" with { type: "json" };
import mcpWebSocket from "../../extensions/mcp-websocket/src/index.ts";
import { ownHttp, serve as serveSocket } from "../../extensions/mcp-websocket/test/setting.ts";
import mcpManifest from "../../extensions/mcp/extension.json" with { type: "json" };
import mcp from "../../extensions/mcp/src/index.ts";
import { everythingOn, freePort, stop } from "./everything.ts";
import { embedded, never, program } from "./program.ts";

const extensions = [embedded(mcpManifest, mcp), embedded(mcpHttpManifest, mcpHttp), embedded(mcpWebSocketManifest, mcpWebSocket)];
const withClawsHttp = [...extensions, embedded(httpManifest, http)];

/** A server of the protocol's own library with one tool. */
function answering(): McpServer {
  const server = new McpServer({ name: "answering", version: "1.0.0" });
  server.registerTool("answer", { description: "The answer" }, async () => ({ content: [{ type: "text", text: "42" }] }));
  return server;
}

/** The library answers web requests; this is one of node:http as such. */
async function handle(handler: ReturnType<typeof createMcpHandler>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const { method = "GET", headers } = request;
  const body = method === "POST" ? { body: Buffer.concat(pieces) } : {};
  const answer = await handler.fetch(new Request(`http://${headers.host}/mcp`, { method, headers: headers as Record<string, string>, ...body }));
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  for await (const bytes of answer.body ?? []) response.write(bytes);
  response.end();
}

/** The states of a server from now on. */
function watched(servers: McpServers): { readonly seen: readonly string[]; end(): Promise<void> } {
  const seen: string[] = [];
  const over = new AbortController();
  const watching = (async () => {
    for await (const { status } of servers.changes(over.signal)) seen.push(status);
  })();
  return {
    seen,
    async end() {
      over.abort();
      await watching;
    },
  };
}

const untilSeen = (seen: readonly string[], states: readonly string[]): Promise<void> => expect.poll(() => seen, { timeout: 15_000 }).toEqual(states);

describe("need 10: MCP servers far away", () => {
  test("a server of today's protocol is talked to in its own way, through the program's http", async () => {
    const handler = createMcpHandler(() => answering());
    await using far = await serve((request, response) => void handle(handler, request, response));
    await using one = program({ extensions });
    const servers = await one.kernel.service<McpServers>("mcp");
    await servers.add(far.spec());
    expect(await servers.connect("far", never())).toMatchObject({ status: "connected", protocolVersion: "2026-07-28", server: { name: "answering" } });
    expect(await servers.call("far", "answer", {}, { signal: never() })).toMatchObject({ content: [{ text: "42" }] });
    expect(far.requests.at(-1)?.headers).toMatchObject({ "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call" });
  });

  test("a server that was started anew between two calls has forgotten the session, and is connected to again", { timeout: 30_000 }, async () => {
    const port = await freePort();
    const before = await everythingOn(port);
    await using one = program({ extensions });
    const servers = await one.kernel.service<McpServers>("mcp");
    const { seen, end } = watched(servers);
    await servers.add({ name: "far", transport: "http", url: `http://127.0.0.1:${port}/mcp` });
    await servers.connect("far", never());
    await stop(before);
    const after = await everythingOn(port);
    await servers.call("far", "echo", { message: "first" }, { signal: never() }).catch(() => undefined);
    await untilSeen(seen, ["connecting", "connected", "failed", "connecting", "connected"]);
    expect(await servers.call("far", "echo", { message: "again" }, { signal: never() })).toMatchObject({ content: [{ text: "Echo: again" }] });
    await end();
    await stop(after);
  });

  test("a WebSocket that the program opens itself is connected to again when it breaks", { timeout: 30_000 }, async () => {
    const heard = new WeakMap<object, (message: never) => void>();
    await using live = await serveSocket(
      (peer, text) => heard.get(peer)?.(JSON.parse(text) as never),
      (peer) => {
        const transport: Parameters<McpServer["connect"]>[0] = {
          start: async () => void heard.set(peer, (message) => transport.onmessage?.(message)),
          send: async (message) => peer.send(JSON.stringify(message)),
          close: async () => peer.close(),
        };
        void answering().connect(transport);
      },
    );
    const opened: string[] = [];
    const own: Http = {
      ...ownHttp,
      webSocket: (url, options, signal) => {
        opened.push(url.href);
        return (ownHttp.webSocket as NonNullable<Http["webSocket"]>)(url, options, signal);
      },
    };
    await using one = program({ extensions, services: { http: own } });
    const servers = await one.kernel.service<McpServers>("mcp");
    const { seen, end } = watched(servers);
    await servers.add(live.spec);
    await servers.connect("live", never());
    expect(await servers.call("live", "answer", {}, { signal: never() })).toMatchObject({ content: [{ text: "42" }] });
    for (const peer of live.peers) peer.close(1012, "back soon");
    await untilSeen(seen, ["connecting", "connected", "failed", "connecting", "connected"]);
    expect(await servers.call("live", "answer", {}, { signal: never() })).toMatchObject({ content: [{ text: "42" }] });
    expect(opened).toEqual([live.spec.url, live.spec.url]);
    await servers.disconnect("live");
    await expect.poll(() => live.peers.size).toBe(0);
    await end();
  });

  test("the program's own word on who asks is said, and asked for again when it is refused", async () => {
    const handler = createMcpHandler(() => answering());
    await using far = await serve((request, response) => {
      if (request.headers.authorization === "Bearer 2") void handle(handler, request, response);
      else response.writeHead(401, { "www-authenticate": 'Bearer realm="far"' }).end();
    });
    let key = 1;
    const authorization: McpAuthorization = {
      headers: async () => ({ authorization: `Bearer ${key}` }),
      challenged: async () => (key += 1) === 2,
      logIn: async () => undefined,
      logOut: async () => false,
    };
    await using one = program({ extensions, services: { "mcp-authorization": authorization } });
    const servers = await one.kernel.service<McpServers>("mcp");
    await servers.add(far.spec());
    expect(await servers.connect("far", never())).toMatchObject({ status: "connected" });
    key = 5;
    await expect(servers.call("far", "answer", {}, { signal: never() })).rejects.toMatchObject({
      code: "MCP_AUTH_REQUIRED",
      data: { authenticate: 'Bearer realm="far"' },
    });
    await expect.poll(() => servers.list()[0]?.status).toBe("auth-required");
  });
});

describe("need 10: MCP servers far away, through claw's own http", () => {
  const kinds = [
    ["http", "https"],
    ["sse", "https"],
    ["ws", "wss"],
  ] as const;

  test.each(kinds)("nobody is asked offline: %s", async (transport, scheme) => {
    await using gate = await proxy(undefined);
    const folders = { config: "/nowhere", data: "/nowhere", state: "/nowhere", cache: "/nowhere", bin: "/nowhere" };
    const environment = { HTTPS_PROXY: gate.url };
    const host: Host = { version: "1.0.0", offline: true, trusted: false, environment, folders, now: () => new Date() };
    await using one = program({ extensions: withClawsHttp, host });
    const servers = await one.kernel.service<McpServers>("mcp");
    await servers.add({ name: "far", transport, url: `${scheme}://mcp.example.com/x` });
    await expect(servers.connect("far", never())).rejects.toMatchObject({
      code: "NETWORK_OFFLINE",
      message: expect.stringMatching(/mcp\.example\.com was not contacted \(claw\/mcp-\w+ wanted to\)/) as string,
    });
    expect(servers.list()[0]).toMatchObject({ status: "failed" });
    expect(servers.list()[0]?.retryAt).toBeUndefined();
    expect(gate.asked).toEqual([]);
  });

  test.each(kinds)("a proxy that refuses is named: %s", async (transport, scheme) => {
    await using gate = await proxy("user:pass");
    await using one = program({ extensions: withClawsHttp, environment: { HTTPS_PROXY: gate.url } });
    const servers = await one.kernel.service<McpServers>("mcp");
    await servers.add({ name: "far", transport, url: `${scheme}://mcp.example.com/x` });
    await expect(servers.connect("far", never())).rejects.toMatchObject({
      code: "MCP_UNREACHABLE",
      message: expect.stringContaining(`127.0.0.1:${gate.port} answered 407 when asked for mcp.example.com`) as string,
      fix: expect.stringContaining("HTTPS_PROXY") as string,
    });
    expect(servers.list()[0]?.retryAt).toBeUndefined();
  });

  test("a stream that breaks is taken up again from where it was", async () => {
    await using far = await serve((request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      if (request.method === "GET") return void response.end(event(resultOf(ping)));
      response.write("id: 7\ndata:\n\n");
      void delay(20).then(() => response.destroy());
    });
    await using one = program({ extensions: withClawsHttp });
    const factory = await one.kernel.entry<TransportFactory>(Transports.id, "http");
    await using transport = await factory?.connect(far.spec(), never());
    await transport?.send(ping, never());
    expect((await transport?.incoming[Symbol.asyncIterator]().next())?.value).toEqual(resultOf(ping));
    expect(far.requests.at(-1)?.headers["last-event-id"]).toBe("7");
  });
});
