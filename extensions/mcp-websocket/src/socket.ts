import { ClawError, type Http, type McpAuthorization, type ServerSpec, type TextSocket, type Transport } from "@claw/kernel";
import { isJsonObject, jsonFrom } from "@claw/kernel/kit";
import { addressOf } from "./address.ts";

export interface SocketSetting {
  readonly http: Http;
  readonly authorization: McpAuthorization | undefined;
  readonly insecureHosts: readonly string[];
  readonly maxMessageBytes: number;
}

/** Opens a server's WebSocket, and once more after a refusal that has changed who asks. */
export async function connectSocket(
  server: ServerSpec,
  { http, authorization, insecureHosts, maxMessageBytes }: SocketSetting,
  signal: AbortSignal,
): Promise<Transport> {
  const { name, headers: written = {} } = server;
  signal.throwIfAborted();
  const url = addressOf(server, insecureHosts);
  if (http.webSocket === undefined)
    throw new ClawError("MCP_SERVER_INVALID", `the MCP server ${name} needs a WebSocket, which this program's http does not open`, {
      server: name,
      problems: ["no WebSocket"],
    });
  // A key that the entry names is the answer to who asks: nobody's login is looked for beside it.
  const login = Object.keys(written).some((key) => key.toLowerCase() === "authorization") ? undefined : authorization;
  for (let isAgain = false; ; isAgain = true) {
    const own = await login?.headers(server, signal);
    try {
      return transportOf(name, await http.webSocket(url, { protocols: ["mcp"], headers: { ...own, ...written }, maxMessageBytes }, signal));
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      const isRefused = ClawError.is(error, "NETWORK_FAILED") && error.data.status === 401;
      if (!isRefused) throw unreachable(name, error);
      if (isAgain || login === undefined || !(await login.challenged(server, { status: 401 }, signal))) throw unknown(name, error);
    }
  }
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

const unknown = (name: string, cause: unknown): ClawError =>
  new ClawError(
    "MCP_AUTH_REQUIRED",
    `the MCP server ${name} wants to know who asks (401)`,
    { server: name },
    { cause, fix: `claw mcp login ${name}, or put its key into headers` },
  );

function unreachable(name: string, error: unknown): ClawError {
  if (!ClawError.is(error, "NETWORK_FAILED"))
    return ClawError.is(error)
      ? error
      : new ClawError("MCP_UNREACHABLE", `the MCP server ${name} cannot be reached`, { server: name }, { cause: error, retryable: true });
  const { status } = error.data;
  const options = { cause: error, retryable: error.retryable, ...(error.fix === undefined ? {} : { fix: error.fix }) };
  const data = { server: name, ...(status === undefined ? {} : { status }) };
  return new ClawError("MCP_UNREACHABLE", `the MCP server ${name} cannot be reached: ${error.message}`, data, options);
}
