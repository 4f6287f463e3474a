import { type McpAuthorization, type ServerSpec, type TransportFactory, Transports } from "@claw/kernel";
import { testKernel } from "@claw/testing";
import { expect, test } from "vitest";
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

test.each<readonly [Partial<ServerSpec>, RegExp]>([
  [{}, /no URL/],
  [{ url: "ftp://x.example" }, /neither with ws: nor with wss:/],
  [{ url: "wss://me:secret@x.example" }, /holds a password/],
  [{ url: "ws://x.example" }, /without encryption/],
  [{ url: "http://x.example" }, /without encryption/],
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
