import { type Server, createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type ClawError, HttpService, type TextSocket } from "@claw/kernel";
import { load } from "@claw/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import extension from "../src/index.ts";
import { type Authority, authority, client, proxy, serve as serveHttp, until } from "./loopback.ts";

interface Peer extends AsyncDisposable {
  readonly port: number;
  readonly sockets: ReadonlySet<WebSocket>;
  /** The headers of each handshake. */
  readonly asked: readonly NodeJS.Dict<string | string[]>[];
}

async function serve(hear: (socket: WebSocket, text: string) => void, tls?: { readonly key: string; readonly cert: string }): Promise<Peer> {
  const server: Server = tls === undefined ? createServer() : createSecureServer(tls);
  const asked: NodeJS.Dict<string | string[]>[] = [];
  const web = new WebSocketServer({ server, handleProtocols: (protocols) => [...protocols][0] ?? false });
  web.on("connection", (socket, request) => {
    asked.push(request.headers);
    socket.on("message", (data: Buffer) => hear(socket, data.toString()));
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    sockets: web.clients,
    asked,
    async [Symbol.asyncDispose]() {
      for (const socket of web.clients) socket.terminate();
      web.close();
      server.close();
      await once(server, "close");
    },
  };
}

const never = (): AbortSignal => new AbortController().signal;
const echo = (socket: WebSocket, text: string): void => socket.send(text);
const next = async (socket: TextSocket): Promise<string | undefined> => (await socket.incoming[Symbol.asyncIterator]().next()).value;

describe("a WebSocket", () => {
  test("brings texts there and back, whatever their length, with its protocol and headers", async () => {
    await using peer = await serve(echo);
    using http = client();
    const socket = await http.webSocket(new URL(`ws://127.0.0.1:${peer.port}/x`), { protocols: ["mcp"], headers: { "x-team": "a" } }, never());
    const incoming = socket.incoming[Symbol.asyncIterator]();
    const texts = ["", "é👩‍👩‍👧", "x".repeat(5_000_000)];
    for (const text of texts) await socket.send(text);
    for (const text of texts) expect((await incoming.next()).value === text).toBe(true);
    await socket[Symbol.asyncDispose]();
    expect((await incoming.next()).done).toBe(true);
    expect(peer.asked[0]).toMatchObject({ "sec-websocket-protocol": "mcp", "x-team": "a", "user-agent": "claw/1.0.0" });
    await expect(socket.send("late")).rejects.toMatchObject({ code: "NETWORK_FAILED" });
    await socket[Symbol.asyncDispose]();
  });

  test("whose reader is slow is held up, and loses nothing", async () => {
    await using peer = await serve((socket) => {
      for (let count = 0; count < 2000; count += 1) socket.send(`${count} ${"x".repeat(5000)}`);
    });
    using http = client();
    await using socket = await http.webSocket(new URL(`ws://127.0.0.1:${peer.port}`), {}, never());
    await socket.send("go");
    let count = 0;
    for await (const text of socket.incoming) {
      expect(text.startsWith(`${count} `)).toBe(true);
      if ((count += 1) === 2000) break;
      if (count % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });

  test.each<readonly [string, (socket: WebSocket) => void, RegExp, boolean]>([
    ["breaks off", (socket) => socket.terminate(), /was closed$/, true],
    ["closes with a reason", (socket) => socket.close(1011, "tired\n\u001b[2J"), /closed the WebSocket with 1011: tired/, true],
    ["closes without one", (socket) => socket.close(1012), /closed the WebSocket with 1012$/, true],
    ["refuses what it heard", (socket) => socket.close(1008, "no"), /closed the WebSocket with 1008: no$/, false],
    ["sends bytes", (socket) => socket.send(Buffer.from([1, 2])), /sent bytes where texts are expected$/, false],
    ["sends more than is allowed", (socket) => socket.send("x".repeat(200_000)), /sent a message of more than 100000 bytes$/, false],
  ])("whose other side %s says so", async (_what, act, message, retryable) => {
    await using peer = await serve((socket) => act(socket));
    using http = client();
    await using socket = await http.webSocket(new URL(`ws://127.0.0.1:${peer.port}`), { maxMessageBytes: 100_000 }, never());
    await socket.send("go");
    const error = (await next(socket).catch((cause: unknown) => cause)) as ClawError;
    expect(error).toMatchObject({ code: "NETWORK_FAILED", message: expect.stringMatching(message) as string, retryable });
    expect(JSON.stringify(error.message)).not.toContain("\\u");
  });

  test("whose other side says goodbye ends", async () => {
    await using peer = await serve((socket) => socket.close(1000));
    using http = client();
    await using socket = await http.webSocket(new URL(`ws://127.0.0.1:${peer.port}`), {}, never());
    await socket.send("go");
    expect(await next(socket)).toBeUndefined();
  });

  test("that is not opened says with which status, and asks nobody else", async () => {
    await using elsewhere = await serve(echo);
    await using refusing = await serveHttp((request, response) => {
      const status = Number(request.url?.slice(1));
      response.writeHead(status, { location: `http://127.0.0.1:${elsewhere.port}` }).end();
    });
    using http = client();
    for (const [status, retryable] of [
      [401, false],
      [302, false],
      [503, true],
    ] as const)
      await expect(http.webSocket(new URL(`${refusing.url.replace("http:", "ws:")}/${status}`), {}, never())).rejects.toMatchObject({
        code: "NETWORK_FAILED",
        message: expect.stringContaining(`answered ${status} when asked for a WebSocket`) as string,
        data: { status },
        retryable,
      });
    expect(elsewhere.asked).toEqual([]);
  });

  test("that the other side opens by another protocol than was asked for is not used", async () => {
    const other = createServer();
    const web = new WebSocketServer({ server: other, handleProtocols: () => false });
    other.listen(0, "127.0.0.1");
    await once(other, "listening");
    using http = client();
    await expect(http.webSocket(new URL(`ws://127.0.0.1:${(other.address() as AddressInfo).port}`), { protocols: ["mcp"] }, never())).rejects.toMatchObject({
      code: "NETWORK_FAILED",
      message: expect.stringMatching(/does not speak WebSocket as asked: server sent no subprotocol$/i) as string,
    });
    web.close();
    other.close();
  });

  test("to somebody silent is given up", async () => {
    await using silent = await serveHttp(() => undefined);
    using http = client({ connectTimeoutMs: 200 });
    await expect(http.webSocket(new URL(silent.url.replace("http:", "ws:")), {}, never())).rejects.toMatchObject({ code: "NETWORK_FAILED", retryable: true });
    await until(() => silent.sockets.size === 0);
  });

  test.each(["ws", "wss"])("through a proxy that does not answer is given up, in time and when asked to: %s", async (scheme) => {
    await using gate = await proxy(undefined, "hang");
    const environment = { HTTPS_PROXY: gate.url, HTTP_PROXY: gate.url };
    using http = client({ environment, connectTimeoutMs: 200 });
    const url = new URL(`${scheme}://model.test`);
    await expect(http.webSocket(url, {}, never())).rejects.toMatchObject({ code: "NETWORK_FAILED", retryable: true });
    await until(() => gate.sockets.size === 0);
    using patient = client({ environment, connectTimeoutMs: 60_000 });
    const over = new AbortController();
    const reason = new Error("enough");
    const opening = patient.webSocket(url, {}, over.signal);
    await until(() => gate.asked.length === 2);
    over.abort(reason);
    await expect(opening).rejects.toBe(reason);
    await until(() => gate.sockets.size === 0);
  });

  test.each(["ws", "wss"])("through a proxy that refuses says so: %s", async (scheme) => {
    await using closed = await proxy("user:pass");
    await using busy = await proxy(undefined, "503");
    const url = new URL(`${scheme}://model.test`);
    for (const [gate, status] of [
      [closed, 407],
      [busy, 503],
    ] as const) {
      using http = client({ environment: { HTTPS_PROXY: gate.url, HTTP_PROXY: gate.url } });
      await expect(http.webSocket(url, {}, never())).rejects.toMatchObject({
        code: "NETWORK_FAILED",
        message: `the proxy 127.0.0.1:${gate.port} answered ${status} when asked for model.test`,
        retryable: status === 503,
      });
    }
  });

  test("is not opened where nobody is, where nobody answers as one, offline, or once it was aborted", async () => {
    await using peer = await serve(echo);
    const plain = createServer((_request, response) => void response.writeHead(404).end()).listen(0, "127.0.0.1");
    await once(plain, "listening");
    using http = client({ wantedBy: "acme/socket" });
    using offline = client({ offline: true, wantedBy: "acme/socket" });
    const url = (port: number): URL => new URL(`ws://127.0.0.1:${port}`);
    await expect(http.webSocket(url((plain.address() as AddressInfo).port), {}, never())).rejects.toMatchObject({
      code: "NETWORK_FAILED",
      message: expect.stringMatching(/answered 404 when asked for a WebSocket$/) as string,
    });
    await expect(http.webSocket(url(1), {}, never())).rejects.toMatchObject({ code: "NETWORK_FAILED", retryable: true });
    await expect(offline.webSocket(new URL("wss://mcp.example.com"), {}, never())).rejects.toMatchObject({
      code: "NETWORK_OFFLINE",
      message: "claw is offline, so mcp.example.com was not contacted (acme/socket wanted to)",
    });
    await using near = await offline.webSocket(url(peer.port), {}, never());
    await near.send("near");
    expect(await next(near)).toBe("near");
    const reason = new Error("enough");
    await expect(http.webSocket(url(peer.port), {}, AbortSignal.abort(reason))).rejects.toBe(reason);
    const over = new AbortController();
    const opening = http.webSocket(url(peer.port), {}, over.signal);
    over.abort(reason);
    await expect(opening).rejects.toBe(reason);
    plain.close();
  });
});

test("extensions are handed one that is opened in their name", async () => {
  await using peer = await serve(echo);
  await using http = await load(extension, { config: { systemAuthorities: false, connectTimeoutMs: 5000 } });
  const own = http.service(HttpService).forExtension?.("acme/socket");
  await using socket = await own?.webSocket?.(new URL(`ws://127.0.0.1:${peer.port}`), {}, never());
  await socket?.send("mine");
  expect(socket && (await next(socket))).toBe("mine");
});

test("a WebSocket ends with the extension that opened it", async () => {
  await using peer = await serve(echo);
  using http = client();
  const socket = await http.webSocket(new URL(`ws://127.0.0.1:${peer.port}`), {}, never());
  http[Symbol.dispose]();
  await expect(next(socket)).rejects.toMatchObject({ code: "NETWORK_FAILED" });
  await until(() => peer.sockets.size === 0);
});

test("a WebSocket loses nothing of what comes right after it was opened", async () => {
  const server = createServer();
  const web = new WebSocketServer({ server });
  web.on("connection", (socket) => socket.send("hello"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  using http = client();
  await using socket = await http.webSocket(new URL(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`), {}, never());
  expect(await next(socket)).toBe("hello");
  web.close();
  server.close();
});

describe("a WebSocket to a host far away", () => {
  let trusted: Authority;
  beforeAll(() => void (trusted = authority()));
  afterAll(() => trusted[Symbol.dispose]());

  test("goes through the proxy, and trusts the authorities that fetch trusts", async () => {
    await using peer = await serve(echo, trusted);
    await using gate = await proxy("user:pass");
    const environment = { HTTPS_PROXY: gate.url.replace("//", "//user:pass@"), NODE_EXTRA_CA_CERTS: trusted.file };
    using http = client({ environment });
    await using socket = await http.webSocket(new URL(`wss://model.test:${peer.port}`), {}, never());
    await socket.send("through");
    expect(await next(socket)).toBe("through");
    expect(gate.asked).toEqual([`CONNECT model.test:${peer.port}`]);
    await using plain = await serve(echo);
    using open = client({ environment: { HTTP_PROXY: environment.HTTPS_PROXY } });
    await using unencrypted = await open.webSocket(new URL(`ws://model.test:${plain.port}`), {}, never());
    await unencrypted.send("too");
    expect(await next(unencrypted)).toBe("too");
    expect(gate.asked.at(-1)).toBe(`CONNECT model.test:${plain.port}`);
    using strange = client({ environment: { HTTPS_PROXY: environment.HTTPS_PROXY } });
    await expect(strange.webSocket(new URL(`wss://model.test:${peer.port}`), {}, never())).rejects.toMatchObject({ code: "NETWORK_FAILED", retryable: false });
  });
});
