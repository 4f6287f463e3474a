import { ClawError, type Http, type McpAuthorization, type ServerSpec, type TextSocket, type Transport } from "@claw/kernel";
import { isJsonObject, isLoopbackName, jsonFrom } from "@claw/kernel/kit";

export interface SocketSetting {
  readonly http: Http;
  readonly authorization: McpAuthorization | undefined;
  readonly insecureHosts: readonly string[];
  readonly maxMessageBytes: number;
}

/** Opens a server's WebSocket; `http:` and `https:` mean `ws:` and `wss:`. */
export async function connectSocket(
  server: ServerSpec,
  { http, authorization, insecureHosts, maxMessageBytes }: SocketSetting,
  signal: AbortSignal,
): Promise<Transport> {
  const { name } = server;
  signal.throwIfAborted();
  const url = addressOf(server, insecureHosts);
  if (http.webSocket === undefined)
    throw new ClawError("MCP_SERVER_INVALID", `the MCP server ${name} needs a WebSocket, which this program's http does not open`, {
      server: name,
      problems: ["no WebSocket"],
    });
  const own = await authorization?.headers(server, signal);
  try {
    const socket = await http.webSocket(url, { protocols: ["mcp"], headers: { ...own, ...server.headers }, maxMessageBytes }, signal);
    return transportOf(name, socket);
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw unreachable(name, error);
  }
}

function addressOf({ name, url = "" }: ServerSpec, insecureHosts: readonly string[]): URL {
  const problem = (what: string, fix?: string): ClawError =>
    new ClawError(
      "MCP_SERVER_INVALID",
      `the MCP server ${name} cannot be reached: ${what}`,
      { server: name, problems: [what] },
      fix === undefined ? {} : { fix },
    );
  if (!URL.canParse(url)) throw problem("its url is no URL");
  const address = new URL(url.replace(/^http(s?):/i, "ws$1:"));
  if (address.protocol !== "ws:" && address.protocol !== "wss:") throw problem("its url begins neither with ws: nor with wss:");
  if (address.username !== "" || address.password !== "") throw problem("its url holds a password", "put it into headers");
  address.hash = "";
  if (address.protocol === "ws:" && !isLoopbackName(address.hostname) && !insecureHosts.includes(address.hostname))
    throw problem(`${address.hostname} would be talked to without encryption`, `use wss:, or name ${address.hostname} in mcp-websocket.insecureHosts`);
  return address;
}

function transportOf(name: string, socket: TextSocket): Transport {
  let isOver = false;
  return {
    incoming: (async function* () {
      try {
        for await (const text of socket.incoming) {
          const message = jsonFrom(text);
          if (!isJsonObject(message)) throw new ClawError("MCP_PROTOCOL", `the MCP server ${name} sent a text that is no message`, { server: name });
          yield message;
        }
      } catch (error) {
        throw unreachable(name, error);
      }
      if (!isOver) throw new ClawError("MCP_UNREACHABLE", `the MCP server ${name} closed the connection`, { server: name }, { retryable: true });
    })(),
    async send(message, signal) {
      signal.throwIfAborted();
      try {
        await socket.send(JSON.stringify(message));
      } catch (error) {
        throw unreachable(name, error);
      }
    },
    async [Symbol.asyncDispose]() {
      isOver = true;
      await socket[Symbol.asyncDispose]();
    },
  };
}

function unreachable(name: string, error: unknown): ClawError {
  if (!ClawError.is(error, "NETWORK_FAILED"))
    return ClawError.is(error) ? error : new ClawError("MCP_UNREACHABLE", `the MCP server ${name} cannot be reached`, { server: name }, { cause: error });
  const options = { cause: error, retryable: error.retryable, ...(error.fix === undefined ? {} : { fix: error.fix }) };
  return new ClawError("MCP_UNREACHABLE", `the MCP server ${name} cannot be reached: ${error.message}`, { server: name }, options);
}
