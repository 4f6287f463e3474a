import { ClawError, type TextSocket } from "@claw/kernel";
import { plainLine } from "@claw/kernel/kit";
import type { RawData, WebSocket as Socket } from "ws";

/** What a slow reader has not taken yet, in characters, before the connection is paused. */
const mostWaiting = 1024 * 1024;
/** How long the other side may take to say goodbye. */
const closeMs = 1_000;

/** The texts of a socket, also of one that is still being opened: what comes right after is lost otherwise. */
export function textSocket(socket: Socket, host: string, failure: (error: unknown) => ClawError): TextSocket {
  const waiting: string[] = [];
  let held = 0;
  let end: { readonly error?: ClawError } | undefined;
  let closing = false;
  let wake = (): void => undefined;
  const finish = (error?: ClawError): void => {
    end ??= error === undefined || closing ? {} : { error };
    wake();
  };
  socket.on("message", (data: RawData, isBinary) => {
    if (isBinary) {
      finish(new ClawError("NETWORK_FAILED", `${host} sent bytes where texts are expected`, { host }));
      return socket.terminate();
    }
    const text = textOf(data);
    waiting.push(text);
    if ((held += text.length) > mostWaiting) socket.pause();
    wake();
  });
  socket.on("error", (error) => finish(failure(error)));
  socket.on("close", (code, reason) => finish(closedWith(host, code, reason.toString("utf8"))));

  return {
    incoming: (async function* () {
      for (;;) {
        const next = waiting.shift();
        if (next !== undefined) {
          held -= next.length;
          if (socket.isPaused && held <= mostWaiting / 2) socket.resume();
          yield next;
        } else if (end?.error !== undefined) throw end.error;
        else if (end !== undefined) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    })(),
    send: (text) =>
      new Promise((resolve, reject) => {
        socket.send(text, (error) => {
          if (error === undefined || error === null) resolve();
          else reject(end?.error ?? new ClawError("NETWORK_FAILED", `the connection to ${host} is closed`, { host }, { cause: error, retryable: true }));
        });
      }),
    async [Symbol.asyncDispose]() {
      closing = true;
      finish();
      if (socket.readyState === socket.CLOSED) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(() => socket.terminate(), closeMs);
      socket.once("close", resolve);
      // What still comes is read by nobody, and goodbye comes after it.
      socket.resume();
      socket.close(1000);
      await promise;
      clearTimeout(timer);
    },
  };
}

/** 1002, 1003, 1007 to 1010: the other side did not like what it was told, and would not like it the next time. */
const refusals: ReadonlySet<number> = new Set([1002, 1003, 1007, 1008, 1009, 1010]);

function closedWith(host: string, code: number, reason: string): ClawError | undefined {
  if (code === 1000 || code === 1005) return undefined;
  const failed = (sentence: string, retryable: boolean): ClawError => new ClawError("NETWORK_FAILED", sentence, { host }, { retryable });
  if (code === 1006) return failed(`the connection to ${host} was closed`, true);
  return failed(`${host} closed the WebSocket with ${code}${reason === "" ? "" : `: ${plainLine(reason, 123)}`}`, !refusals.has(code));
}

const textOf = (data: RawData): string => (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as Buffer)).toString("utf8");
