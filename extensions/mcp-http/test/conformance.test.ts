import type { ServerResponse } from "node:http";
import { transportConformance } from "@claw/testing/conformance";
import { connectHttp } from "../src/connect.ts";
import { answer, bodyOf, event, resultOf, serve, settingOf } from "./setting.ts";

transportConformance({
  name: "http",
  factory: () => ({ connect: (server, signal) => connectHttp("http", server, settingOf(), signal) }),
  async start() {
    const open = new Set<ServerResponse>();
    const server = await serve(async (request, response) => {
      open.add(response);
      response.on("close", () => open.delete(response));
      if (request.method === "GET") response.writeHead(405).end();
      else answer(await bodyOf(request), response);
    });
    return {
      server: server.spec(),
      kill: () => server.kill(),
      connections: async () => open.size,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  nowhere: { name: "gone", transport: "http", url: "http://127.0.0.1:1/mcp" },
});

transportConformance({
  name: "sse",
  factory: () => ({ connect: (server, signal) => connectHttp("sse", server, settingOf(), signal) }),
  async start() {
    const streams = new Set<ServerResponse>();
    const server = await serve(async (request, response) => {
      if (request.method === "GET") {
        streams.add(response);
        response.on("close", () => streams.delete(response));
        response.writeHead(200, { "content-type": "text/event-stream" }).write("event: endpoint\ndata: /mcp?session=1\n\n");
        return;
      }
      const heard = await bodyOf(request);
      response.writeHead(202).end();
      for (const stream of streams) stream.write(event(resultOf(heard)));
    });
    return {
      server: server.spec("sse"),
      kill: () => server.kill(),
      connections: async () => streams.size,
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  },
  nowhere: { name: "gone", transport: "sse", url: "http://127.0.0.1:1/mcp" },
});
