import { createServer, type AddressInfo } from "node:net";
import { startChatServer, type RecordedRequest, type WireServer } from "@claw/testing/conformance";

/** A loopback server that answers a table of `GET /path` and `POST /path` with JSON, and all else with 404. */
export const startServer = (routes: Readonly<Record<string, unknown>>): Promise<WireServer> =>
  startChatServer((request) => {
    const route = routes[`${request.method} ${request.path}`];
    if (route === undefined) return { status: 404, body: "404 page not found" };
    const answer = typeof route === "function" ? (route as (request: RecordedRequest) => unknown)(request) : route;
    return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(answer) };
  });

/** A port that nobody listens at. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
