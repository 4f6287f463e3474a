import { setTimeout as delay } from "node:timers/promises";
import type { ServerResponse } from "node:http";
import type { ServerSpec, Transport } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import { connectHttp } from "../src/connect.ts";
import { type Served, answer, bodyOf, event, first, hello, initialized, never, ping, resultOf, serve, settingOf } from "./setting.ts";

const connect = (server: ServerSpec): Promise<Transport> => connectHttp("http", server, settingOf(), never());
const said = ({ requests }: Served, header: string): readonly unknown[] => requests.map(({ method, headers }) => [method, headers[header]]);

describe("a server that", () => {
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

  test.each([
    [404, "gone", true],
    [400, '{"jsonrpc":"2.0","error":{"code":-32000,"message":"Bad Request: No valid session ID provided"},"id":null}', true],
    [400, "Bad Request: no such field", false],
  ])("answers %d (%s) to a session has forgotten it: %o", async (status, words, isForgotten) => {
    await using server = await serve(async (request, response) => {
      const heard = await bodyOf(request);
      if (request.headers["mcp-session-id"] === "1") response.writeHead(status).end(words);
      else answer(heard, response, { "mcp-session-id": "1" });
    });
    await using transport = await connect(server.spec());
    await transport.send(hello, never());
    await expect(transport.send({ ...ping, id: 3 }, never())).rejects.toMatchObject({
      code: "MCP_UNREACHABLE",
      retryable: isForgotten,
      data: { status: isForgotten ? 404 : 400 },
    });
    const again = await transport.send({ ...ping, id: 5 }, never()).catch(() => server.requests.length);
    expect(again).toBe(isForgotten ? 2 : 3);
  });

  test("does not say goodbye is not waited for", async () => {
    await using server = await serve(async (request, response) => {
      if (request.method !== "DELETE") answer(await bodyOf(request), response, { "mcp-session-id": "s1" });
    });
    const transport = await connect(server.spec());
    await transport.send(hello, never());
    const began = performance.now();
    await transport[Symbol.asyncDispose]();
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(server.requests.at(-1)?.method).toBe("DELETE");
  });

  test("agreed on a version is told it with every request from then on", async () => {
    await using server = await serve(async (request, response) => {
      if (request.method === "GET") response.writeHead(405).end();
      else answer(await bodyOf(request), response);
    });
    await using transport = await connect(server.spec());
    await transport.send(hello, never());
    transport.agreed?.("2025-06-18");
    await transport.send(initialized, never());
    await transport.send(ping, never());
    await expect.poll(() => server.requests.length).toBe(4);
    expect(said(server, "mcp-protocol-version").toSorted()).toEqual([
      ["GET", "2025-06-18"],
      ["POST", undefined],
      ["POST", "2025-06-18"],
      ["POST", "2025-06-18"],
    ]);
  });

  test.each([
    ["ends", (response: ServerResponse) => response.end()],
    ["breaks", (response: ServerResponse) => response.destroy()],
  ])("%s the stream of an answer is asked to go on from where it was", async (_what, cut) => {
    await using server = await serve(async (request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      if (request.method === "GET") return void response.end(`id: 2\n${event(resultOf(ping))}`);
      response.write("retry: 1\nid: 1\ndata:\n\n");
      setTimeout(() => cut(response), 20);
    });
    await using transport = await connect(server.spec());
    await transport.send(ping, never());
    expect(await first(transport)).toEqual(resultOf(ping));
    expect(said(server, "last-event-id")).toEqual([
      ["POST", undefined],
      ["GET", "1"],
    ]);
  });

  test("is away for a moment loses no stream, and one that stays away is told by the reason", { timeout: 15_000 }, async () => {
    let isAway = true;
    let attempts = 0;
    await using server = await serve((request, response) => {
      if (request.method === "POST") {
        response.writeHead(200, { "content-type": "text/event-stream" }).write("id: 1\ndata:\n\n");
        setTimeout(() => response.destroy(), 5);
      } else if ((attempts += 1) < 2 || isAway) response.destroy();
      else response.writeHead(200, { "content-type": "text/event-stream" }).end(event(resultOf(ping)));
    });
    await using patient = await connect(server.spec());
    isAway = false;
    await patient.send(ping, never());
    expect(await first(patient)).toEqual(resultOf(ping));
    expect(attempts).toBe(2);
    isAway = true;
    await using transport = await connect(server.spec());
    await transport.send(ping, never());
    const incoming = transport.incoming[Symbol.asyncIterator]();
    const heard: unknown[] = [];
    const error: unknown = await (async () => {
      for (let next = await incoming.next(); next.done !== true; next = await incoming.next()) heard.push(next.value);
    })().catch((cause: unknown) => cause);
    expect(heard).toMatchObject([{ id: 1, error: { message: "the connection was cut before the answer" } }]);
    expect(error).toMatchObject({ code: "MCP_UNREACHABLE", retryable: true, message: expect.stringMatching(/cannot be reached: the connection to/) as string });
    expect(attempts).toBe(5);
  });

  test("is silent is given up when whoever waits does", async () => {
    await using server = await serve((request, response) => {
      if (request.method === "GET") response.writeHead(200, { "content-type": "text/event-stream" }).write(": nothing yet\n\n");
    });
    const reason = new Error("too long");
    const over = new AbortController();
    const opening = connectHttp("sse", server.spec("sse"), settingOf(), over.signal);
    await expect.poll(() => server.requests.length).toBe(1);
    over.abort(reason);
    await expect(opening).rejects.toBe(reason);
    await expect.poll(() => server.requests[0]?.socket.destroyed).toBe(true);
    await using transport = await connect(server.spec());
    const asking = new AbortController();
    const sending = transport.send(ping, asking.signal);
    await delay(20);
    asking.abort(reason);
    await expect(sending).rejects.toBe(reason);
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
