import { ClawError } from "@claw/kernel";
import { createServer } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import { client, serve, until } from "./loopback.ts";

test("a request is answered as the global fetch would", async () => {
  await using server = await serve((request, response) => {
    request.resume().on("end", () => response.writeHead(201, { "x-one": "1", "set-cookie": ["a=1", "b=2"] }).end(`${request.method} ${request.url}`));
  });
  using http = client();
  const response = await http.fetch(`${server.url}/v1?x=1`, { method: "POST", body: "hello" });
  expect({
    status: response.status,
    ok: response.ok,
    statusText: response.statusText,
    url: response.url,
    redirected: response.redirected,
    type: response.type,
  }).toEqual({ status: 201, ok: true, statusText: "Created", url: `${server.url}/v1?x=1`, redirected: false, type: "basic" });
  expect([response.headers.get("X-One"), response.headers.getSetCookie()]).toEqual(["1", ["a=1", "b=2"]]);
  expect([response.bodyUsed, await response.text(), response.bodyUsed]).toEqual([false, "POST /v1?x=1", true]);
  await expect(response.text()).rejects.toThrow("has been read already");
});

test("nothing compressed is asked for unless the caller does, and claw says who it is", async () => {
  await using server = await serve((request, response) => void response.end(JSON.stringify(request.headers)));
  using http = client();
  const plain = (await (await http.fetch(server.url)).json()) as Record<string, string>;
  expect(plain).toEqual({
    host: `127.0.0.1:${server.port}`,
    accept: "*/*",
    "accept-encoding": "identity",
    "user-agent": "claw/1.0.0",
    connection: "keep-alive",
  });
  const asked = (await (await http.fetch(server.url, { headers: { "Accept-Encoding": "gzip", "x-api-key": "k\n" } })).json()) as Record<string, string>;
  expect([asked["accept-encoding"], asked["x-api-key"]]).toEqual(["gzip", "k"]);
});

test("claw is called what the person wants, in a provider's requests too, and anything else is called what it says", async () => {
  await using server = await serve((request, response) => void response.end(request.headers["user-agent"]));
  using http = client({ userAgent: "acme/7 (claw)" });
  const named = async (headers: Record<string, string>): Promise<string> => (await http.fetch(server.url, { headers })).text();
  expect([await named({}), await named({ "User-Agent": "claw/1.0.0" }), await named({ "user-agent": "sdk/2" })]).toEqual([
    "acme/7 (claw)",
    "acme/7 (claw)",
    "sdk/2",
  ]);
  expect(() => client({ userAgent: "a\r\nevil: 1" })).toThrow(expect.objectContaining({ code: "E_CONFIG_SCHEMA" }));
});

test("every kind of body is sent whole", async () => {
  await using server = await serve(async (request, response) => {
    const pieces: Uint8Array[] = [];
    for await (const piece of request) pieces.push(piece as Uint8Array);
    response.end(`${request.headers["content-type"] ?? "-"} ${request.headers["content-length"] ?? "-"} ${Buffer.concat(pieces).toString()}`);
  });
  using http = client();
  const sent = async (body: NonNullable<RequestInit["body"]>): Promise<string> =>
    (await http.fetch(server.url, { method: "POST", body, duplex: "half" })).text();
  expect(await sent("é")).toBe("text/plain;charset=UTF-8 2 é");
  expect(await sent(new TextEncoder().encode("bytes"))).toBe("- 5 bytes");
  expect(await sent(new TextEncoder().encode("buffer").buffer)).toBe("- 6 buffer");
  expect(await sent(new URLSearchParams({ a: "1 2" }))).toBe("application/x-www-form-urlencoded;charset=UTF-8 5 a=1+2");
  expect(await sent(new Blob(["blob"], { type: "text/x" }))).toBe("text/x 4 blob");
  expect(await sent(new Blob(["stream"]).stream())).toBe("- - stream");
});

test("a Request object is sent as it stands, and init wins over it", async () => {
  await using server = await serve(async (request, response) => void response.end(`${request.method} ${request.headers["x-a"]}`));
  using http = client();
  const request = new Request(server.url, { method: "PUT", body: "x", headers: { "x-a": "1" } });
  expect(await (await http.fetch(request.clone())).text()).toBe("PUT 1");
  expect(await (await http.fetch(request, { method: "PATCH", headers: { "x-a": "2" } })).text()).toBe("PATCH 2");
});

test("one connection serves request after request", async () => {
  await using server = await serve((_request, response) => void response.end("ok"));
  using http = client();
  for (let turn = 0; turn < 5; turn += 1) expect(await (await http.fetch(server.url)).text()).toBe("ok");
  expect(server.connections()).toBe(1);
});

test("a kept connection that the server was just closing is replaced without a word", async () => {
  const server = createServer((socket) => {
    let answered = false;
    socket.on("error", () => undefined);
    // The second request on a connection meets a reset, as it does when a server gives up an idle connection.
    socket.on("data", () => {
      if (answered) return socket.resetAndDestroy();
      answered = true;
      return socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  using http = client();
  const ask = async (): Promise<string> => (await http.fetch(`http://127.0.0.1:${port}`, { method: "POST", body: "x" })).text();
  expect([await ask(), await ask(), await ask()]).toEqual(["ok", "ok", "ok"]);
  http[Symbol.dispose]();
  server.close();
});

test("a body is read no faster than its reader takes it", async () => {
  let written = 0;
  await using server = await serve((_request, response) => {
    const piece = Buffer.alloc(64 * 1024);
    const push = (): void => {
      while (written < 64 * 1024 * 1024 && !response.destroyed) {
        written += piece.length;
        if (!response.write(piece)) return void response.once("drain", push);
      }
      response.end();
    };
    push();
  });
  using http = client();
  const response = await http.fetch(server.url);
  const reader = response.body!.getReader();
  await reader.read();
  const held = await steady(() => written);
  expect(held).toBeLessThan(32 * 1024 * 1024);
  await reader.cancel();
  await until(() => server.sockets.size === 0);
});

/** A number once it has stopped growing. */
async function steady(read: () => number): Promise<number> {
  for (let last = -1; ;) {
    const now = read();
    if (now === last) return now;
    last = now;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

test("an abort closes the socket, before the answer and in the middle of it", async () => {
  await using server = await serve((request, response) => {
    if (request.url === "/stream") response.write("begin");
  });
  using http = client();

  const early = new AbortController();
  const waiting = http.fetch(server.url, { signal: early.signal });
  await until(() => server.requests.length === 1);
  early.abort(new Error("stopped by hand"));
  await expect(waiting).rejects.toThrow("stopped by hand");
  await until(() => server.sockets.size === 0);

  const late = new AbortController();
  const response = await http.fetch(`${server.url}/stream`, { signal: late.signal });
  const read: string[] = [];
  const reading = (async () => {
    for await (const bytes of response.body!) read.push(Buffer.from(bytes).toString());
  })();
  await until(() => read.length === 1);
  late.abort();
  await expect(reading).rejects.toMatchObject({ name: "AbortError" });
  await until(() => server.sockets.size === 0);
  expect(read).toEqual(["begin"]);

  await expect(http.fetch(server.url, { signal: AbortSignal.abort(new Error("at once")) })).rejects.toThrow("at once");
  expect(server.requests.length).toBe(2);
});

test("a long-lived signal keeps no listener of a request that is over", async () => {
  await using server = await serve((_request, response) => void response.end("ok"));
  using http = client();
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  Object.assign(signal, {
    addEventListener: (...argv: Parameters<typeof add>) => ((listeners += 1), add(...argv)),
    removeEventListener: (...argv: Parameters<typeof remove>) => ((listeners -= 1), remove(...argv)),
  });
  for (let turn = 0; turn < 3; turn += 1) await (await http.fetch(server.url, { signal })).text();
  await until(() => listeners === 0);
});

test("who stops reading closes the socket, and a body that nobody reads can be thrown away", async () => {
  await using server = await serve((_request, response) => void response.write("more to come"));
  using http = client();
  for await (const _ of (await http.fetch(server.url)).body!) break;
  await until(() => server.sockets.size === 0);
  await (await http.fetch(server.url)).body!.cancel();
  await until(() => server.sockets.size === 0);
});

test("a clone reads the same bytes", async () => {
  await using server = await serve((_request, response) => void response.end("twice"));
  using http = client();
  const response = await http.fetch(server.url);
  const clone = response.clone();
  expect([await clone.text(), await response.text()]).toEqual(["twice", "twice"]);
});

test("an answer that breaks off is a failure that may be tried again, and never an end", async () => {
  await using server = await serve((_request, response) => {
    response.writeHead(200, { "content-length": "100" }).write("half");
    setImmediate(() => response.destroy());
  });
  using http = client();
  const response = await http.fetch(server.url);
  await expect(response.text()).rejects.toMatchObject({
    code: "NETWORK_FAILED",
    retryable: true,
    message: `the connection to 127.0.0.1:${server.port} was closed`,
    data: { host: `127.0.0.1:${server.port}` },
  });
});

test("a refused connection, an unknown name and a server that speaks no HTTP are told in a sentence", async () => {
  using http = client();
  const gone = createServer();
  gone.listen(0, "127.0.0.1");
  await once(gone, "listening");
  const { port } = gone.address() as { port: number };
  gone.close();
  await expect(http.fetch(`http://127.0.0.1:${port}`)).rejects.toMatchObject({
    code: "NETWORK_FAILED",
    retryable: true,
    message: `127.0.0.1:${port} refused the connection`,
  });
  const unknown: unknown = await http.fetch("http://no-such-host.invalid").catch((error: unknown) => error);
  expect(ClawError.is(unknown, "NETWORK_FAILED") && [unknown.retryable, unknown.message.includes("no-such-host.invalid")]).toEqual([true, true]);

  const rude = createServer((socket) => void socket.end("220 mail.example ESMTP\r\n"));
  rude.listen(0, "127.0.0.1");
  await once(rude, "listening");
  const rudePort = (rude.address() as { port: number }).port;
  await expect(http.fetch(`http://127.0.0.1:${rudePort}`)).rejects.toMatchObject({
    code: "NETWORK_FAILED",
    message: expect.stringContaining("something that is not HTTP"),
  });
  rude.close();
});

test("a header that would smuggle another is refused", async () => {
  await using server = await serve((_request, response) => void response.end());
  using http = client();
  await expect(http.fetch(server.url, { headers: { "x-a": "1\r\nx-b: 2" } })).rejects.toThrow("Invalid character in header");
  expect(server.requests.length).toBe(0);
});

test("only http and https are fetched", async () => {
  using http = client();
  await expect(http.fetch("file:///etc/passwd")).rejects.toThrow("file: cannot be fetched");
});

test("closing the extension ends what is under way and opens nothing more", async () => {
  await using server = await serve(() => undefined);
  using http = client();
  const waiting = http.fetch(server.url);
  await until(() => server.requests.length === 1);
  http[Symbol.dispose]();
  await expect(waiting).rejects.toMatchObject({ code: "NETWORK_FAILED" });
  await expect(http.fetch(server.url)).rejects.toMatchObject({ code: "SCOPE_CLOSED" });
});
