import { setTimeout as delay } from "node:timers/promises";
import { ClawError, type ServerSpec, type Transport, type TransportFactory } from "@claw/kernel";
import { describe, expect, test } from "vitest";

/** What stands at the other end: answers each message that has an `id` with `{ jsonrpc, id, result: <its params> }`. */
export interface EchoServer extends AsyncDisposable {
  readonly server: ServerSpec;
  /** Ends the server without a word to its client. */
  kill(): Promise<void>;
  /** How many connections it holds now. */
  connections(): Promise<number>;
}

export interface TransportUnderTest {
  readonly name: string;
  readonly factory: () => TransportFactory | Promise<TransportFactory>;
  readonly start: () => Promise<EchoServer>;
  /** A server that does not exist. */
  readonly nowhere: ServerSpec;
}

const never = (): AbortSignal => new AbortController().signal;
const call = (id: number, params: object): object => ({ jsonrpc: "2.0", id, method: "echo", params });

/** The next so many messages. */
async function heard(incoming: AsyncIterator<object>, count: number): Promise<readonly object[]> {
  const messages: object[] = [];
  while (messages.length < count) {
    const { value, done } = await incoming.next();
    if (done === true) throw new Error(`the connection ended after ${messages.length} of ${count} messages`);
    messages.push(value);
  }
  return messages;
}

/** What every way to a server of the Model Context Protocol owes to who uses it. */
export function transportConformance({ name, factory, start, nowhere }: TransportUnderTest): void {
  describe(`the transport ${name}`, () => {
    async function connected(work: (transport: Transport, incoming: AsyncIterator<object>, echo: EchoServer) => Promise<void>): Promise<void> {
      await using echo = await start();
      await using transport = await (await factory()).connect(echo.server, never());
      await work(transport, transport.incoming[Symbol.asyncIterator](), echo);
    }

    test("brings a message there and its answer back", () =>
      connected(async (transport, incoming) => {
        await transport.send(call(1, { text: "hello" }), never());
        expect(await heard(incoming, 1)).toEqual([{ jsonrpc: "2.0", id: 1, result: { text: "hello" } }]);
      }));

    test("loses none of many that are sent at once", () =>
      connected(async (transport, incoming) => {
        const ids = Array.from({ length: 50 }, (_value, index) => index);
        await Promise.all(ids.map((id) => transport.send(call(id, { id }), never())));
        const answers = (await heard(incoming, ids.length)) as readonly { readonly id: number }[];
        expect(answers.map(({ id }) => id).sort((a, b) => a - b)).toEqual(ids);
      }));

    test("carries every character, and a message of 3 MB", () =>
      connected(async (transport, incoming) => {
        const text = `${'é👩‍👩‍👧\u2028\u0000\n"\\'.repeat(1000)}${"x".repeat(3_000_000)}`;
        await transport.send(call(1, { text }), never());
        const [answer] = (await heard(incoming, 1)) as readonly { readonly result: { readonly text: string } }[];
        expect(answer?.result.text === text).toBe(true);
      }));

    test("says that the server is gone, in one sentence and as something to try again", () =>
      connected(async (transport, incoming, echo) => {
        await transport.send(call(1, {}), never());
        await heard(incoming, 1);
        await echo.kill();
        const error = await (async () => {
          for (let tries = 0; tries < 100; tries += 1) {
            await transport.send(call(2, {}), never());
            const next = await Promise.race([incoming.next(), delay(20, undefined)]);
            if (next?.done === true) throw new Error("the connection ended as if it was asked to");
          }
          return undefined;
        })().catch((cause: unknown) => cause);
        expect(ClawError.is(error) ? [error.code, error.retryable] : error).toEqual(["MCP_UNREACHABLE", true]);
      }));

    test("that is disposed ends its messages and the connection, and sends nothing more", async () => {
      await using echo = await start();
      const transport = await (await factory()).connect(echo.server, never());
      const incoming = transport.incoming[Symbol.asyncIterator]();
      await transport.send(call(1, {}), never());
      await heard(incoming, 1);
      const rest = incoming.next();
      await transport[Symbol.asyncDispose]();
      await transport[Symbol.asyncDispose]();
      expect((await rest).done).toBe(true);
      for (let tries = 0; tries < 200 && (await echo.connections()) > 0; tries += 1) await delay(10);
      expect(await echo.connections()).toBe(0);
      await expect(transport.send(call(2, {}), never())).rejects.toMatchObject({ code: "MCP_UNREACHABLE" });
    });

    test("does not begin once it was aborted", async () => {
      await using echo = await start();
      const reason = new Error("not wanted any more");
      const connecting = (async () => (await factory()).connect(echo.server, AbortSignal.abort(reason)))();
      await expect(connecting).rejects.toBe(reason);
    });

    test("names the server it cannot reach", async () => {
      const reaching = (async () => {
        await using transport = await (await factory()).connect(nowhere, never());
        await transport.send(call(1, {}), never());
        await transport.incoming[Symbol.asyncIterator]().next();
      })();
      const error = await reaching.catch((cause: unknown) => cause);
      expect(ClawError.is(error) && ["MCP_UNREACHABLE", "PROGRAM_NOT_FOUND"].includes(error.code)).toBe(true);
    });
  });
}
