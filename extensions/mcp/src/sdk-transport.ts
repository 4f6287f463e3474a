import type { JSONRPCMessage, Transport as SdkTransport } from "@modelcontextprotocol/client";
import { ClawError, type Transport } from "@claw/kernel";

type Library = typeof import("@modelcontextprotocol/client");

/** A transport as the protocol's library wants one. `onBroken` hears why a connection ended that nobody here ended, which the library only calls closed. */
export function sdkTransport(transport: Transport, library: Library, onBroken: (error: unknown) => void): SdkTransport {
  const over = new AbortController();
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    over.abort(new Error("the connection is over"));
    adapter.onclose?.();
  };
  const read = async (): Promise<void> => {
    try {
      for await (const message of transport.incoming) adapter.onmessage?.(message as JSONRPCMessage);
      if (!isOver) onBroken(undefined);
    } catch (error) {
      if (!isOver) {
        onBroken(error);
        adapter.onerror?.(error instanceof Error ? error : new Error(String(error)));
      }
    } finally {
      end();
      await transport[Symbol.asyncDispose]();
    }
  };
  const adapter: SdkTransport = {
    async start() {
      void read();
    },
    async send(message, options) {
      const signal = options?.requestSignal === undefined ? over.signal : AbortSignal.any([over.signal, options.requestSignal]);
      try {
        await transport.send(message, signal);
      } catch (error) {
        throw asOfHttp(error, library);
      }
    },
    async close() {
      end();
      await transport[Symbol.asyncDispose]();
    },
    setProtocolVersion: (version) => transport.agreed?.(version),
    ...(transport.requestsEndAlone === true ? { hasPerRequestStream: true } : {}),
  };
  return adapter;
}

/** The library tells servers of different ages apart by the status they refuse its first words with. */
function asOfHttp(error: unknown, { SdkErrorCode, SdkHttpError }: Library): unknown {
  const status = ClawError.is(error, "MCP_UNREACHABLE") ? error.data.status : undefined;
  if (status === undefined || status < 400 || status >= 500) return error;
  return new SdkHttpError(SdkErrorCode.ClientHttpNotImplemented, (error as Error).message, { status, statusText: "" }, { cause: error });
}
