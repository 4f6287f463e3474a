import { type Server, createServer } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { TextSocket } from "@claw/kernel";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type WebSocket, WebSocketServer } from "ws";
import { type Authority, authority, client, proxy } from "./loopback.ts";

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

  test.each<readonly [string, (socket: WebSocket) => void, string]>([
    ["breaks off", (socket) => socket.terminate(), "failed"],
    ["closes with a reason", (socket) => socket.close(1011, "tired"), "failed"],
    ["sends bytes", (socket) => socket.send(Buffer.from([1, 2])), "failed"],
    ["sends more than is allowed", (socket) => socket.send("x".repeat(200_000)), "failed"],
    ["says goodbye", (socket) => socket.close(1000), "ended"],
  ])("whose other side %s is told apart", async (_what, act, how) => {
    await using peer = await serve((socket) => act(socket));
    using http = client();
    await using socket = await http.webSocket(new URL(`ws://127.0.0.1:${peer.port}`), { maxMessageBytes: 100_000 }, never());
    await socket.send("go");
    const ended = await next(socket).then(
      () => "ended",
      (error: { readonly code: string }) => (error.code === "NETWORK_FAILED" ? "failed" : String(error)),
    );
    expect(ended).toBe(how);
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
    await expect(offline.webSocket(new URL("wss://mcp.example.com"), {}, never())).rejects.toMatchObject({ code: "NETWORK_OFFLINE" });
    const reason = new Error("enough");
    await expect(http.webSocket(url(peer.port), {}, AbortSignal.abort(reason))).rejects.toBe(reason);
    const over = new AbortController();
    const opening = http.webSocket(url(peer.port), {}, over.signal);
    over.abort(reason);
    await expect(opening).rejects.toBe(reason);
    plain.close();
  });
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
    using strange = client({ environment: { HTTPS_PROXY: environment.HTTPS_PROXY } });
    await expect(strange.webSocket(new URL(`wss://model.test:${peer.port}`), {}, never())).rejects.toMatchObject({ code: "NETWORK_FAILED", retryable: false });
  });
});
