import { SSEClientTransport, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import type { ServerSpec, Transport } from "@claw/kernel";
import { unlessAborted } from "@claw/kernel/kit";
import { addressOf } from "./address.ts";
import { Connection, type Library } from "./connection.ts";
import { reconnection } from "./reconnection.ts";
import { type Fetch, type ServerFetchSetting, serverFetch } from "./server-fetch.ts";

export interface HttpSetting extends ServerFetchSetting {
  readonly insecureHosts: readonly string[];
}

/** Connects to a server. Streamable HTTP has nothing to connect: whether the server is there shows with the first message. */
export async function connectHttp(kind: "http" | "sse", server: ServerSpec, setting: HttpSetting, signal: AbortSignal): Promise<Transport> {
  signal.throwIfAborted();
  const address = addressOf(server, setting.insecureHosts);
  const request = serverFetch(server, address, setting, (error) => connection.breakOff(error));
  const fetch: Fetch = async (url, init) => {
    try {
      const response = await request(url, init);
      connection.noted(undefined);
      return response;
    } catch (error) {
      connection.noted(error);
      throw error;
    }
  };
  // The library leaves redirects to this fetch.
  const library: Library =
    kind === "http"
      ? new StreamableHTTPClientTransport(address, { fetch, ...reconnection(), redirectPolicy: "follow" })
      : new SSEClientTransport(address, { fetch, eventSourceInit: { fetch }, redirectPolicy: "follow" });
  const connection: Connection = new Connection(server, library);
  try {
    await unlessAborted(library.start(), signal);
  } catch (error) {
    const failure = connection.failureOf(error);
    await connection[Symbol.asyncDispose]();
    throw signal.aborted ? signal.reason : failure;
  }
  return connection;
}
