import { ClawError, type McpAuthorization, type ServerSpec, type TransportFactory, Transports } from "@claw/kernel";
import { testKernel } from "@claw/testing";
import { describe, expect, test } from "vitest";
import type { WebSocket as Peer } from "ws";
import manifest from "../extension.json" with { type: "json" };
import extension from "../src/index.ts";
import { connectSocket } from "../src/socket.ts";
import { echo, never, ownHttp, serve, settingOf } from "./setting.ts";

test("the extension provides the transport ws", async () => {
  await using server = await serve(echo);
  await using claw = await testKernel({ extensions: [{ manifest: manifest as never, extension: extension as never }], services: { http: ownHttp } });
  const factory = await claw.kernel.entry<TransportFactory>(Transports.id, "ws");
  await using transport = await factory?.connect(server.spec, never());
  await transport?.send({ jsonrpc: "2.0", id: 1, method: "x", params: { a: 1 } }, never());
  expect((await transport?.incoming[Symbol.asyncIterator]().next())?.value).toEqual({ jsonrpc: "2.0", id: 1, result: { a: 1 } });
});

test("a server is told who asks, and an entry's own word wins", async () => {
  const authorization = { headers: async () => ({ authorization: "Bearer logged-in", "x-both": "login" }) } as unknown as McpAuthorization;
  await using server = await serve(echo);
  await using _transport = await connectSocket({ ...server.spec, headers: { "x-both": "entry" } }, settingOf({ authorization }), never());
  expect(server.asked[0]).toMatchObject({ authorization: "Bearer logged-in", "x-both": "entry", "sec-websocket-protocol": "mcp" });
});

describe("a server that wants to know who asks", () => {
  const guarded = () =>
    serve(
      echo,
      () => undefined,
      (headers) => headers["authorization"] === "Bearer new",
    );
  const login = (changes: boolean): McpAuthorization & { readonly challenges: object[] } => {
    let token = "old";
    const challenges: object[] = [];
    return {
      challenges,
      headers: async () => ({ authorization: `Bearer ${token}` }),
      async challenged(_server: ServerSpec, challenge: object) {
        challenges.push(challenge);
        token = "new";
        return changes;
      },
    } as unknown as McpAuthorization & { readonly challenges: object[] };
  };

  test("is asked once more when the login has something new to say", async () => {
    await using server = await guarded();
    const authorization = login(true);
    await using _transport = await connectSocket(server.spec, settingOf({ authorization }), never());
    expect(server.asked.map((headers) => headers["authorization"])).toEqual(["Bearer old", "Bearer new"]);
    expect(authorization.challenges).toEqual([{ status: 401 }]);
  });

  test.each([
    [undefined, {}],
    [login(false), {}],
    [login(true), { Authorization: "Bearer mine" }],
  ])("is an error that says what to do, when nobody can say", async (authorization, headers) => {
    await using server = await guarded();
    await expect(connectSocket({ ...server.spec, headers }, settingOf({ authorization }), never())).rejects.toMatchObject({
      code: "MCP_AUTH_REQUIRED",
      fix: "claw mcp login live, or put its key into headers",
    });
    expect(server.asked.length).toBe(1);
  });
});

test.each<readonly [string, (peer: Peer) => void, RegExp]>([
  ["closes", (peer) => peer.close(1011, "tired"), /closed with 1011/],
  ["says goodbye that nobody asked for", (peer) => peer.close(1000), /closed the connection$/],
  ["sends more than is allowed", (peer) => peer.send("x".repeat(200_000)), /Max payload size exceeded/],
])("a server that %s is told by the error", async (_what, greet, why) => {
  await using server = await serve(echo, greet);
  await using transport = await connectSocket(server.spec, settingOf({ maxMessageBytes: 100_000 }), never());
  await expect(transport.incoming[Symbol.asyncIterator]().next()).rejects.toMatchObject({
    code: "MCP_UNREACHABLE",
    message: expect.stringMatching(why) as string,
  });
});

test("what is offline stays so, by its own name", async () => {
  const offline = (): Promise<never> => Promise.reject(new ClawError("NETWORK_OFFLINE", "claw is offline", { host: "x.example" }));
  const setting = settingOf({ http: { ...ownHttp, webSocket: offline } });
  await expect(connectSocket({ name: "far", transport: "ws", url: "wss://x.example" }, setting, never())).rejects.toMatchObject({ code: "NETWORK_OFFLINE" });
});

test.each<readonly [Partial<ServerSpec>, RegExp]>([
  [{}, /no URL/],
  [{ url: "ftp://x.example" }, /neither with ws: nor with wss:/],
  [{ url: "wss://me:secret@x.example" }, /holds a password/],
  [{ url: "ws://x.example" }, /without encryption/],
  [{ url: "http://x.example" }, /without encryption/],
  [{ url: "wss://x.example", headers: { "a b": "x" } }, /"a b" is no name of a header/],
  [{ url: "wss://x.example", headers: { "x-key": "secret\n" } }, /its header x-key holds characters that no header may have$/],
])("%o is refused before anything is sent", async (spec, why) => {
  await expect(connectSocket({ name: "odd", transport: "ws", ...spec }, settingOf(), never())).rejects.toMatchObject({
    code: "MCP_SERVER_INVALID",
    message: expect.stringMatching(why) as string,
  });
});

test.each(["no JSON", "[1]", '"text"'])("a text that is no message ends the connection: %s", async (text) => {
  await using server = await serve(echo, (peer) => peer.send(text));
  await using transport = await connectSocket(server.spec, settingOf(), never());
  await expect(transport.incoming[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "MCP_PROTOCOL" });
});

test("a program whose http opens no WebSocket says so", async () => {
  const { webSocket: _none, ...http } = ownHttp;
  await expect(connectSocket({ name: "x", transport: "ws", url: "wss://x.example" }, settingOf({ http }), never())).rejects.toMatchObject({
    code: "MCP_SERVER_INVALID",
  });
});
