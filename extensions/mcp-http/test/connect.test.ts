import { gzipSync } from "node:zlib";
import type { McpAuthorization, ServerSpec, Transport } from "@claw/kernel";
import { type TransportFactory, Transports } from "@claw/kernel";
import { testKernel } from "@claw/testing";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import manifest from "../extension.json" with { type: "json" };
import { boundedEvents, boundedText } from "../src/bounded-body.ts";
import { connectHttp } from "../src/connect.ts";
import extension from "../src/index.ts";
import { answer, bodyOf, event, never, ownHttp, resultOf, serve, settingOf } from "./setting.ts";

const ping = { jsonrpc: "2.0", id: 1, method: "x", params: { a: 1 } };
const hello = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } },
};
const connect = (server: ServerSpec, more: Parameters<typeof settingOf>[0] = {}): Promise<Transport> => connectHttp("http", server, settingOf(more), never());
const first = async (transport: Transport): Promise<unknown> => (await transport.incoming[Symbol.asyncIterator]().next()).value;

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
])("%o is refused before anything is sent", async (spec, why) => {
  await expect(connect({ name: "odd", transport: "http", ...spec })).rejects.toMatchObject({
    code: "MCP_SERVER_INVALID",
    message: expect.stringMatching(why) as string,
  });
});

describe("who asks", () => {
  /** Knows nobody until it was refused once. */
  const authorization = (changes: boolean): McpAuthorization & { readonly challenges: object[] } => {
    let token = "old";
    const challenges: object[] = [];
    return {
      challenges,
      headers: async () => ({ authorization: `Bearer ${token}`, "x-both": "login" }),
      async challenged(_server: ServerSpec, challenge: object) {
        challenges.push(challenge);
        token = "new";
        return changes;
      },
    } as unknown as McpAuthorization & { readonly challenges: object[] };
  };
  const guarded = () =>
    serve(async (request, response) => {
      const heard = await bodyOf(request);
      if (request.headers.authorization === "Bearer new") return answer(heard, response);
      return void response.writeHead(401, { "www-authenticate": `Bearer resource_metadata="https://x.example/prm"${"x".repeat(8_000)}` }).end("no");
    });

  test("is said with every request, and asked about once after a refusal", async () => {
    await using server = await guarded();
    const own = authorization(true);
    await using transport = await connect({ ...server.spec(), headers: { "x-both": "entry" } }, { authorization: own });
    await transport.send(ping, never());
    expect(await first(transport)).toEqual(resultOf(ping));
    expect(server.requests.map(({ headers }) => [headers.authorization, headers["x-both"]])).toEqual([
      ["Bearer old", "entry"],
      ["Bearer new", "entry"],
    ]);
    expect(own.challenges).toMatchObject([{ status: 401, authenticate: expect.stringContaining("resource_metadata") as string }]);
  });

  test.each([undefined, authorization(false)])("that stays unknown is an error that says what to do", async (own) => {
    await using server = await guarded();
    await using transport = await connect(server.spec(), { authorization: own });
    const error: unknown = await transport.send(ping, never()).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "MCP_AUTH_REQUIRED", fix: "claw mcp login far, or put its key into headers" });
    expect(JSON.stringify((error as { readonly data: object }).data).length).toBeLessThan(1200);
    expect(server.requests.length).toBe(1);
  });

  test("is told to no other host than the server's own", async () => {
    await using thief = await serve((_request, response) => void response.end("{}"));
    await using server = await serve((_request, response) => void response.writeHead(307, { location: thief.url }).end());
    await using transport = await connect({ ...server.spec(), headers: { authorization: "Bearer secret" } });
    await expect(transport.send(ping, never())).rejects.toMatchObject({
      code: "MCP_UNREACHABLE",
      message: expect.stringContaining(new URL(thief.url).host) as string,
    });
    await using older = await serve((request, response) => {
      if (request.method === "GET") response.writeHead(200, { "content-type": "text/event-stream" }).write(`event: endpoint\ndata: ${thief.url}\n\n`);
    });
    await expect(
      connectHttp("sse", { ...older.spec("sse"), headers: { authorization: "Bearer secret" } }, settingOf(), AbortSignal.timeout(2000)),
    ).rejects.toThrow();
    expect(thief.requests).toEqual([]);
  });
});

describe("a server that", () => {
  test.each<readonly [string, Parameters<typeof serve>[0], string]>([
    ["answers with a page", (_request, response) => void response.writeHead(200, { "content-type": "text/html" }).end("<html>"), "MCP_UNREACHABLE"],
    ["answers with something else", (_request, response) => void response.writeHead(200, { "content-type": "application/json" }).end("[[["), "MCP_UNREACHABLE"],
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

  test("ends a session that its client ends", async () => {
    await using server = await serve(async (request, response) => {
      if (request.method === "DELETE") response.writeHead(200).end();
      else answer(await bodyOf(request), response, { "mcp-session-id": "s1" });
    });
    const transport = await connect(server.spec());
    await transport.send(hello, never());
    expect(transport.session).toBe("s1");
    await transport[Symbol.asyncDispose]();
    expect(server.requests.map(({ method, headers }) => [method, headers["mcp-session-id"]])).toEqual([
      ["POST", undefined],
      ["DELETE", "s1"],
    ]);
  });

  test("has forgotten the session is connected to anew by whoever hears of it", async () => {
    await using server = await serve(async (request, response) => {
      const heard = await bodyOf(request);
      if (request.headers["mcp-session-id"] === "1") response.writeHead(404).end();
      else answer(heard, response, { "mcp-session-id": "1" });
    });
    await using transport = await connect(server.spec());
    await transport.send(hello, never());
    await expect(transport.send({ ...ping, id: 3 }, never())).rejects.toMatchObject({ code: "MCP_UNREACHABLE", retryable: true, data: { status: 404 } });
    const incoming = transport.incoming[Symbol.asyncIterator]();
    await incoming.next();
    await expect(incoming.next()).rejects.toMatchObject({ code: "MCP_UNREACHABLE" });
  });
});

test("a request that is aborted ends its connection", async () => {
  const closed = Promise.withResolvers<void>();
  await using server = await serve((_request, response) => {
    response.on("close", () => closed.resolve());
    response.writeHead(200, { "content-type": "text/event-stream" }).write(": wait\n\n");
  });
  await using transport = await connect(server.spec());
  const over = new AbortController();
  await transport.send(ping, over.signal);
  over.abort(new Error("enough"));
  await closed.promise;
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
