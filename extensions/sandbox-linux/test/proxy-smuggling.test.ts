import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { startEgressProxy } from "@claw/kernel/kit";
import { describe, expect, test } from "vitest";
import { proxyWorld } from "./proxy-world.ts";

describe("a request that two parsers could read differently", () => {
  const heads: Readonly<Record<string, string>> = {
    "two lengths": "Content-Length: 5\r\nContent-Length: 50\r\n",
    "a length and chunks": "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    "a list of lengths": "Content-Length: 5, 5\r\n",
    "a signed length": "Content-Length: +5\r\n",
    "a hexadecimal length": "Content-Length: 0x5\r\n",
    "a coding before the chunks": "Transfer-Encoding: gzip, chunked\r\n",
    "a coding instead of chunks": "Transfer-Encoding: identity\r\n",
    "chunks by another name": "Transfer-Encoding: xchunked\r\n",
    "a blank before the colon": "Transfer-Encoding : chunked\r\n",
    "a folded line": "X: a\r\n Transfer-Encoding: chunked\r\n",
    "a bare line feed": "X: a\nTransfer-Encoding: chunked\r\n",
    "a bare carriage return": "X: a\rTransfer-Encoding: chunked\r\n",
    "a NUL": "X: a\0b\r\n",
  };
  test.each(Object.entries(heads))("%s: is refused and goes nowhere", async (_name, head) => {
    await using world = await proxyWorld(["allowed.test:WEB"]);
    const request = `POST http://allowed.test:${world.web}/ HTTP/1.1\r\nHost: x\r\n${world.credentials}${head}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n`;
    expect(await world.raw(request, { end: true })).toMatch(/^HTTP\/1\.1 400 /);
    expect(world.seen).toEqual([]);
  });

  test("hides no second request in its body", async () => {
    const bodies: string[] = [];
    await using world = await proxyWorld(["allowed.test:WEB"], async (request, response) => {
      bodies.push(await text(request));
      response.end();
    });
    const smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    const chunked = `${smuggled.length.toString(16)}\r\n${smuggled}\r\n0\r\n\r\n`;
    const ask = (head: string, body: string): Promise<string> =>
      world.raw(`POST http://allowed.test:${world.web}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${world.credentials}${head}\r\n${body}`);
    await ask(`Content-Length: ${smuggled.length}\r\n`, smuggled);
    await ask("Transfer-Encoding: chunked\r\n", chunked);
    await ask(`Connection: content-length, transfer-encoding\r\nContent-Length: ${smuggled.length}\r\n`, smuggled);
    await ask(`${Array.from({ length: 2100 }, () => "a:\r\n").join("")}Content-Length: ${smuggled.length}\r\n`, smuggled);
    expect(bodies).toEqual(Array(4).fill(smuggled));
    expect(world.seen.map(({ url }) => url)).toEqual(Array(4).fill("/"));
  });

  test("has its host from where it goes, and only headers that are meant for the host", async () => {
    await using world = await proxyWorld(
      ["allowed.test:WEB"],
      (_request, response) =>
        void response.writeHead(200, { "proxy-authenticate": "Basic", connection: "x-mine, keep-alive", "x-mine": "1", "x-kept": "1" }).end("ok"),
    );
    const own =
      "Connection: X-Private, close\r\nX-Private: 1\r\nProxy-Connection: keep-alive\r\nKeep-Alive: 5\r\nTE: trailers\r\nUpgrade: h2c\r\nHTTP2-Settings: a\r\n";
    const answer = await world.raw(
      `GET HTTP://ALLOWED.test:${world.web}?q HTTP/1.1\r\nHost: evil.test\r\n${own}${world.credentials}X-Kept: 1\r\nCookie: a\r\nCookie: b\r\n\r\n`,
    );
    expect(world.seen[0]?.url).toBe("/?q");
    expect(world.seen[0]?.rawHeaders).toEqual(["Host", `allowed.test:${world.web}`, "X-Kept", "1", "Cookie", "a", "Cookie", "b", "Connection", "close"]);
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\nx-kept: 1\r\n/);
    expect(answer).not.toMatch(/proxy-authenticate|x-mine/i);
  });

  test("is none of a proxy's: origin form, other schemes, a fragment, no port to tunnel to", async () => {
    await using world = await proxyWorld(["allowed.test", "allowed.test:WEB"]);
    const lines = [
      "GET /",
      "GET *",
      "OPTIONS *",
      "GET https://allowed.test/",
      "GET ftp://allowed.test/",
      "GET http:/allowed.test/",
      "GET http:///",
      "GET //allowed.test/",
    ];
    lines.push(
      "GET http://allowed.test/#f",
      "CONNECT allowed.test",
      "CONNECT allowed.test:",
      "CONNECT allowed.test:0",
      "CONNECT allowed.test:65536",
      "CONNECT allowed.test:443/x",
    );
    lines.push(
      "CONNECT http://allowed.test:443",
      "CONNECT allowed.test.:443",
      "GET http://allowed.test./",
      "CONNECT [::1:443",
      "CONNECT :443",
      "GET http://:80/",
    );
    for (const line of lines) {
      expect([line, (await world.raw(`${line} HTTP/1.1\r\nHost: allowed.test\r\nConnection: close\r\n${world.credentials}\r\n`)).slice(0, 13)]).toEqual([
        line,
        "HTTP/1.1 400 ",
      ]);
    }
    expect(world.lookups).toEqual([]);
  });
});

test("what comes after a refused tunnel is not read as a request", async () => {
  await using world = await proxyWorld(["allowed.test:WEB"]);
  const second = `GET http://allowed.test:${world.web}/ HTTP/1.1\r\nHost: x\r\n${world.credentials}\r\n`;
  const answer = await world.raw(`CONNECT evil.test:443 HTTP/1.1\r\nHost: x\r\n${world.credentials}\r\n${second}`);
  expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  expect(world.seen).toEqual([]);
});

describe("a client that wears the proxy out", () => {
  test("by a head without end is refused", async () => {
    await using world = await proxyWorld(["allowed.test:WEB"]);
    const answer = await world.raw(`GET http://allowed.test:${world.web}/ HTTP/1.1\r\nHost: x\r\n${world.credentials}X: ${"a".repeat(20_000)}\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });

  test.each([
    ["nothing", ""],
    ["half a head", "GET http://a.test/ HTTP/1.1\r\nX: "],
    ["half a tunnel", "CONNECT a.test:443 HTTP/1.1\r\n"],
  ])("by %s is let go", async (_name, bytes) => {
    await using proxy = await startEgressProxy({ hosts: [], listen: "loopback", log: () => undefined, limits: { headMs: 200 } });
    const socket = connect(proxy.port ?? expect.unreachable(), "127.0.0.1");
    socket.write(bytes);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 408 /);
  });

  test("by a tunnel in which nothing moves is let go", async () => {
    await using world = await proxyWorld([]);
    await using proxy = await startEgressProxy({ hosts: [`127.0.0.1:${world.echo}`], listen: "loopback", log: () => undefined, limits: { idleMs: 200 } });
    const socket = connect(proxy.port ?? expect.unreachable(), "127.0.0.1");
    socket.write(`CONNECT 127.0.0.1:${world.echo} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic ${btoa(`claw:${proxy.token}`)}\r\n\r\n`);
    await once(socket.resume(), "close");
    expect(socket.bytesRead).toBe("HTTP/1.1 200 Connection established\r\n\r\n".length);
  });

  test("by connections without number is served no more of them than there may be", async () => {
    await using proxy = await startEgressProxy({ hosts: [], listen: "loopback", log: () => undefined, limits: { connections: 2 } });
    const sockets = Array.from({ length: 5 }, () => connect(proxy.port ?? expect.unreachable(), "127.0.0.1"));
    await Promise.all(
      sockets.slice(2).map((socket) =>
        once(
          socket.on("error", () => undefined),
          "close",
        ),
      ),
    );
    expect(sockets.slice(0, 2).map((socket) => socket.destroyed)).toEqual([false, false]);
    for (const socket of sockets) socket.destroy();
  });
});

test("a host that does not speak HTTP, hangs up or is not there has the client told so", async () => {
  await using world = await proxyWorld(["allowed.test:ECHO", "nowhere.test", "allowed.test:1", "127.0.0.1:1"]);
  const ask = (host: string): Promise<string> => world.raw(`GET http://${host}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${world.credentials}\r\n`);
  expect(await ask(`allowed.test:${world.echo}`)).toMatch(/^HTTP\/1\.1 502 [^]*did not answer as a web server does/);
  expect(await ask("nowhere.test")).toMatch(/^HTTP\/1\.1 502 [^]*nowhere\.test has no address/);
  expect(await ask("allowed.test:1")).toMatch(/^HTTP\/1\.1 502 [^]*cannot be reached \(ECONNREFUSED\)/);
});
