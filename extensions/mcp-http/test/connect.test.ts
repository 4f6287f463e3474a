import { gzipSync } from "node:zlib";
import { type ServerSpec, type Transport, type TransportFactory, Transports } from "@claw/kernel";
import { testKernel } from "@claw/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import manifest from "../extension.json" with { type: "json" };
import { boundedEvents, boundedText } from "../src/bounded-body.ts";
import { connectHttp } from "../src/connect.ts";
import extension from "../src/index.ts";
import { bodyOf, event, first, never, ownHttp, ping, resultOf, serve, settingOf } from "./setting.ts";

const connect = (server: ServerSpec, more: Parameters<typeof settingOf>[0] = {}): Promise<Transport> => connectHttp("http", server, settingOf(more), never());

test.each(["http", "sse"])("the extension provides the transport %s", async (kind) => {
  await using claw = await testKernel({ extensions: [{ manifest: manifest as never, extension: extension as never }], services: { http: ownHttp } });
  const factory = await claw.kernel.entry<TransportFactory>(Transports.id, kind);
  await expect(factory?.connect({ name: "x", transport: kind, url: "gopher://x" }, never())).rejects.toMatchObject({ code: "MCP_SERVER_INVALID" });
});

test.each<readonly [Partial<ServerSpec>, RegExp]>([
  [{}, /no URL/],
  [{ url: "ftp://x.example" }, /neither with http: nor with https:/],
  [{ url: "https://me:secret@x.example" }, /holds a password/],
  [{ url: "http://x.example" }, /without encryption/],
  [{ url: "https://x.example", headers: { "a b": "x" } }, /"a b" is no name of a header/],
  [{ url: "https://x.example", headers: { "x-key": "secret\n" } }, /its header x-key holds characters that no header may have$/],
])("%o is refused before anything is sent", async (spec, why) => {
  await expect(connect({ name: "odd", transport: "http", ...spec })).rejects.toMatchObject({
    code: "MCP_SERVER_INVALID",
    message: expect.stringMatching(why) as string,
  });
});

describe("a server that", () => {
  test.each<readonly [string, Parameters<typeof serve>[0], string]>([
    ["answers with a page", (_request, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>"), "MCP_PROTOCOL"],
    ["answers with something else", (_request, response) => void response.writeHead(200, { "content-type": "application/json" }).end("[[["), "MCP_PROTOCOL"],
    ["answers with no message", (_request, response) => void response.writeHead(200, { "content-type": "application/json" }).end('{"a":1}'), "MCP_PROTOCOL"],
    ["is not there", (_request, response) => void response.writeHead(404).end("nothing"), "MCP_UNREACHABLE"],
    ["is busy", (_request, response) => void response.writeHead(503).end("busy"), "MCP_UNREACHABLE"],
    [
      "answers too much",
      (_request, response) => void response.writeHead(200, { "content-type": "application/json" }).end(`"${"x".repeat(200_000)}"`),
      "MCP_PROTOCOL",
    ],
    ["hangs up", (request) => void request.socket.destroy(), "MCP_UNREACHABLE"],
  ])("%s is told by the failure of the request", async (_what, listener, code) => {
    await using server = await serve(listener);
    await using transport = await connect(server.spec(), { maxMessageBytes: 100_000 });
    await expect(transport.send(ping, never())).rejects.toMatchObject({ code });
  });

  test("sends an event without an end is cut off", async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const more = (): boolean => response.write(`data: ${"x".repeat(50_000)}`);
      const timer = setInterval(more, 5);
      response.on("close", () => clearInterval(timer));
    });
    await using transport = await connect(server.spec(), { maxMessageBytes: 100_000 });
    await transport.send(ping, never()).catch(() => undefined);
    await expect(first(transport)).rejects.toMatchObject({ code: "MCP_PROTOCOL" });
  });

  test("packs its answer is understood, in pieces of any size", async () => {
    await using server = await serve(async (request, response) => {
      const heard = await bodyOf(request);
      const packed = gzipSync(event(resultOf(heard)));
      response.writeHead(200, { "content-type": "text/event-stream", "content-encoding": "gzip" });
      for (const byte of packed) response.write(Buffer.from([byte]));
      response.end();
    });
    await using transport = await connect(server.spec());
    await transport.send(ping, never());
    expect(await first(transport)).toEqual(resultOf(ping));
  });

  test("cuts a stream off before its answer is no reason to wait until the deadline", async () => {
    await using server = await serve((_request, response) => {
      response
        .writeHead(200, { "content-type": "text/event-stream" })
        .write(event({ jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: "soon" } }));
      setTimeout(() => response.destroy(), 20);
    });
    await using transport = await connect(server.spec());
    await transport.send(ping, never());
    const incoming = transport.incoming[Symbol.asyncIterator]();
    await incoming.next();
    expect((await incoming.next()).value).toMatchObject({ id: 1, error: { message: "the connection was cut before the answer" } });
  });
});

describe("how much is read", () => {
  const through = async (pieces: readonly string[], bound: TransformStream<Uint8Array, Uint8Array>): Promise<string> =>
    new Response(ReadableStream.from(pieces.map((piece) => Buffer.from(piece))).pipeThrough(bound)).text();
  const tooLong = (): Error => new Error("too long");

  test("of events is counted from one empty line to the next, wherever they are cut and however lines end", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 20 }),
        fc.constantFrom("\n", "\r\n", "\r"),
        fc.integer({ min: 1, max: 40 }),
        async (sizes, end, step) => {
          const text = sizes.map((size) => `data: ${"x".repeat(size)}${end}${end}`).join("");
          const pieces = Array.from({ length: Math.ceil(text.length / step) }, (_value, index) => text.slice(index * step, (index + 1) * step));
          const longest = Math.max(...sizes) + 6 + 2 * end.length;
          expect(await through(pieces, boundedEvents(longest, tooLong))).toBe(text);
          await expect(through(pieces, boundedEvents(Math.max(...sizes) + 5, tooLong))).rejects.toThrow("too long");
        },
      ),
    );
  });

  test("of an answer is counted whole", async () => {
    expect(await through(["ab", "cd"], boundedText(4, tooLong))).toBe("abcd");
    await expect(through(["ab", "cde"], boundedText(4, tooLong))).rejects.toThrow("too long");
  });
});
