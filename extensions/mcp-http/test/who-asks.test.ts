import type { McpAuthorization, ServerSpec, Transport } from "@claw/kernel";
import { expect, test } from "vitest";
import { connectHttp } from "../src/connect.ts";
import { answer, bodyOf, first, never, ping, resultOf, serve, settingOf } from "./setting.ts";

const connect = (server: ServerSpec, more: Parameters<typeof settingOf>[0] = {}): Promise<Transport> => connectHttp("http", server, settingOf(more), never());

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

test("who asks is said with every request, and asked about once after a refusal", async () => {
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

test.each([undefined, authorization(false)])("who asks stays unknown: the error says what to do", async (own) => {
  await using server = await guarded();
  await using transport = await connect(server.spec(), { authorization: own });
  const error: unknown = await transport.send(ping, never()).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: "MCP_AUTH_REQUIRED", fix: "claw mcp login far, or put its key into headers" });
  expect(JSON.stringify((error as { readonly data: object }).data).length).toBeLessThan(1200);
  expect(server.requests.length).toBe(1);
});

test("who asks is told to no other host than the server's own", async () => {
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

test("who asks is said by an entry's own key and no login beside it, not even after a refusal", async () => {
  const asked: string[] = [];
  const own = {
    headers: async () => void asked.push("headers"),
    challenged: async () => void asked.push("challenged"),
  } as unknown as McpAuthorization;
  await using server = await guarded();
  await using transport = await connect({ ...server.spec(), headers: { Authorization: "Bearer mine" } }, { authorization: own });
  await expect(transport.send(ping, never())).rejects.toMatchObject({ code: "MCP_AUTH_REQUIRED" });
  expect([asked, server.requests.length]).toEqual([[], 1]);
});

test.each([
  [{ "www-authenticate": 'Bearer error="insufficient_scope", scope="write"' }, "MCP_AUTH_REQUIRED", [403]],
  [{}, "MCP_UNREACHABLE", []],
])("who asks who asks and may not is told apart from a plain no: %o", async (headers, code, statuses) => {
  await using server = await serve((_request, response) => void response.writeHead(403, headers).end("no"));
  const own = authorization(false);
  await using transport = await connect(server.spec(), { authorization: own });
  await expect(transport.send(ping, never())).rejects.toMatchObject({ code });
  expect(own.challenges.map((challenge) => (challenge as { readonly status: number }).status)).toEqual(statuses);
});

test("who asks and cannot say so any more is told so in the login's own words", async () => {
  const tired = new Error("log in again");
  const own = { headers: () => Promise.reject(tired) } as unknown as McpAuthorization;
  await using server = await guarded();
  await using transport = await connect(server.spec(), { authorization: own });
  await expect(transport.send(ping, never())).rejects.toMatchObject({ message: expect.stringContaining("log in again") as string });
  expect(server.requests).toEqual([]);
});

test("who asks is told by the older way as well, and a refusal there by its name", async () => {
  await using server = await guarded();
  await expect(connectHttp("sse", server.spec("sse"), settingOf(), never())).rejects.toMatchObject({
    code: "MCP_AUTH_REQUIRED",
    data: { authenticate: expect.stringContaining("resource_metadata") as string },
  });
  await using open = await serve(async (request, response) => {
    if (request.headers.authorization !== "Bearer new") return void response.writeHead(401).end();
    if (request.method === "GET") return void response.writeHead(200, { "content-type": "text/event-stream" }).write("event: endpoint\ndata: /messages\n\n");
    return answer(await bodyOf(request), response);
  });
  await using transport = await connectHttp("sse", open.spec("sse"), settingOf({ authorization: authorization(true) }), never());
  await transport.send({ jsonrpc: "2.0", method: "notifications/x" }, never());
  expect(open.requests.map(({ method, headers }) => [method, headers.authorization])).toEqual([
    ["GET", "Bearer old"],
    ["GET", "Bearer new"],
    ["POST", "Bearer new"],
  ]);
});

test.each([301, 302, 303, 307, 308])("a request goes along a redirect within the server, where that keeps the message: %d", async (status) => {
  await using server = await serve(async (request, response) => {
    if (request.url === "/mcp") return void response.writeHead(status, { location: "/mcp/" }).end();
    return answer(await bodyOf(request), response);
  });
  await using transport = await connect({ ...server.spec(), headers: { authorization: "Bearer mine" } });
  const sent = await transport.send(ping, never()).then(
    async () => first(transport),
    (error: { readonly code: string }) => error.code,
  );
  expect(sent).toEqual(status >= 307 ? resultOf(ping) : "MCP_UNREACHABLE");
  expect(server.requests.at(-1)?.headers.authorization).toBe("Bearer mine");
});

test("a request goes along no redirect for ever", async () => {
  await using server = await serve((_request, response) => void response.writeHead(307, { location: "/mcp" }).end());
  await using transport = await connect(server.spec());
  await expect(transport.send(ping, never())).rejects.toMatchObject({ code: "MCP_UNREACHABLE", data: { status: 307 } });
  expect(server.requests.length).toBe(4);
});

test("who asks is not repeated in the words of a failure", async () => {
  await using server = await serve((request, response) => void response.writeHead(400).end(`what is ${request.headers["x-key"]}?`));
  await using transport = await connect({ ...server.spec(), headers: { "x-key": "very-secret" } });
  await expect(transport.send(ping, never())).rejects.toMatchObject({ message: expect.stringMatching(/answered 400: .*what is \[redacted\]\?/) as string });
});
