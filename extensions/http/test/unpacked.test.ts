import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { brotliCompressSync, constants, createGzip, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { unpacked } from "../src/unpacked.ts";
import { client, serve, until } from "./loopback.ts";

const text = `${"a line of the answer\n".repeat(20_000)}é`;
const packers: readonly (readonly [coding: string, pack: (bytes: Buffer) => Buffer])[] = [
  ["gzip", gzipSync],
  ["x-gzip", gzipSync],
  ["GZIP", gzipSync],
  ["deflate", deflateSync],
  ["br", brotliCompressSync],
  ["zstd", zstdCompressSync],
];

describe("an answer that comes packed though that was not asked for", () => {
  test.each([...packers, ["deflate", deflateRawSync] as const])("as %s is read as it was, and its headers say nothing of it", async (coding, pack) => {
    const packed = pack(Buffer.from(text));
    await using server = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": coding, "content-length": packed.length, "content-type": "text/plain" }).end(packed);
    });
    using http = client();
    for (let turn = 0; turn < 3; turn += 1) {
      const response = await http.fetch(server.url);
      expect([response.headers.get("content-encoding"), response.headers.get("content-length"), response.headers.get("content-type")]).toEqual([
        null,
        null,
        "text/plain",
      ]);
      expect((await response.text()) === text).toBe(true);
    }
    expect(server.connections()).toBe(1);
  });

  test("twice is unpacked twice, the last coding first", async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip, identity, br" }).end(brotliCompressSync(gzipSync(Buffer.from(text))));
    });
    using http = client();
    expect((await (await http.fetch(server.url)).text()) === text).toBe(true);
  });

  test("is handed on as it comes, piece by piece", async () => {
    const pieces = ["one\n", "two\n", "three\n"];
    let next: () => void = () => undefined;
    await using server = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip", "content-type": "text/event-stream" });
      const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
      gzip.pipe(response);
      const rest = [...pieces];
      next = () => {
        const piece = rest.shift();
        if (piece === undefined) gzip.end();
        else gzip.write(piece);
      };
      next();
    });
    using http = client();
    const seen: string[] = [];
    for await (const bytes of (await http.fetch(server.url)).body!) {
      seen.push(Buffer.from(bytes).toString());
      next();
    }
    expect(seen).toEqual(pieces);
  });

  test("may be empty, or no body at all", async () => {
    await using server = await serve((request, response) => {
      response.writeHead(request.url === "/none" ? 204 : 200, { "content-encoding": "gzip" }).end();
    });
    using http = client();
    expect([await (await http.fetch(server.url)).text(), await (await http.fetch(`${server.url}/none`)).text()]).toEqual(["", ""]);
    expect((await http.fetch(server.url, { method: "HEAD" })).status).toBe(200);
  });

  test.each(packers)("as %s and ends too soon is a failure that may be tried again, and never an end", async (coding, pack) => {
    const packed = pack(Buffer.from(text));
    await using server = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": coding }).end(packed.subarray(0, -3));
    });
    using http = client();
    await expect(http.fetch(server.url).then((response) => response.text())).rejects.toMatchObject({
      code: "NETWORK_FAILED",
      retryable: true,
      message: `the answer of 127.0.0.1:${server.port} ended too soon`,
    });
  });

  test.each(packers)("as %s and is none is told as that", async (coding) => {
    await using server = await serve((_request, response) => void response.writeHead(200, { "content-encoding": coding }).end("<html>no archive</html>"));
    using http = client();
    await expect(http.fetch(server.url).then((response) => response.text())).rejects.toMatchObject({
      code: "NETWORK_FAILED",
      message: expect.stringMatching(new RegExp(`^the answer of 127.0.0.1:${server.port} cannot be unpacked \\(\\w+\\)$`)),
    });
  });

  test.each(["compress", "gzip, aes128gcm", "gzip, gzip, gzip, gzip", "constructor"])("as %s is refused, and its connection closed", async (coding) => {
    await using server = await serve((_request, response) => void response.writeHead(200, { "content-encoding": coding }).write("x"));
    using http = client();
    await expect(http.fetch(server.url)).rejects.toMatchObject({
      code: "NETWORK_FAILED",
      retryable: false,
      message: `127.0.0.1:${server.port} answered with a body packed as ${JSON.stringify(coding)}, which claw cannot unpack`,
    });
    await until(() => server.sockets.size === 0);
  });

  test("and breaks off is told as a connection that broke off", async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { "content-encoding": "gzip" }).write(gzipSync(Buffer.from(text)).subarray(0, 100));
      setTimeout(() => response.destroy(), 20);
    });
    using http = client();
    await expect(http.fetch(server.url).then((response) => response.text())).rejects.toMatchObject({
      code: "NETWORK_FAILED",
      retryable: true,
      message: `the connection to 127.0.0.1:${server.port} was closed`,
    });
  });

  test("is unpacked no faster than its reader takes it, so that a little that becomes much fills no memory", async () => {
    const message = new Readable({ read: () => undefined });
    message.push(gzipSync(Buffer.alloc(64 * 1024 * 1024)));
    message.push(null);
    const stream = await unpacked(message as IncomingMessage, ["gzip"]);
    const reads = stream[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
    let taken = 0;
    for (let turn = 0; turn < 10; turn += 1) taken += ((await reads.next()).value as Uint8Array).length;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect([taken < 1024 * 1024, stream.readableLength < 1024 * 1024]).toEqual([true, true]);
    await reads.return?.();
    expect(message.destroyed).toBe(true);
  });

  test("ends with the person's patience", async () => {
    await using server = await serve((_request, response) => {
      const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
      response.writeHead(200, { "content-encoding": "gzip" });
      gzip.pipe(response);
      gzip.write("begin");
    });
    using http = client();
    const controller = new AbortController();
    const response = await http.fetch(server.url, { signal: controller.signal });
    const read: string[] = [];
    const reading = (async () => {
      for await (const bytes of response.body!) read.push(Buffer.from(bytes).toString());
    })();
    await until(() => read.length === 1);
    controller.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
    await until(() => server.sockets.size === 0);
    for await (const _ of (await http.fetch(server.url)).body!) break;
    await until(() => server.sockets.size === 0);
  });
});
