import { ClawError } from "@claw/kernel";
import { describe, expect, test } from "vitest";
import type { Refusal, Reply, Script } from "../wire/reply.ts";
import type { ProviderSubject } from "./provider.ts";
import { type Reading, read, requestOf } from "./provider-reading.ts";

const whole: Reply = {
  blocks: [
    { type: "thinking", text: "hm é", signature: "sig" },
    { type: "text", text: "héllo", deltas: 2 },
    { type: "tool-call", id: "call_1", name: "bash", json: '{"command":"ls"}', deltas: 2 },
  ],
};

/** What a failure says, without what only its own wire has. */
function said(error: unknown): { readonly code: string; readonly retryable: boolean; readonly status: unknown; readonly retryAfterMs: unknown } | unknown {
  if (!ClawError.is(error)) return error;
  const { status, retryAfterMs } = error.data as { readonly status?: number; readonly retryAfterMs?: number };
  return { code: error.code, retryable: error.retryable, status, retryAfterMs };
}

const atOnce = 32;
const failed = (code: string, retryable: boolean, status?: number, retryAfterMs?: number): object => ({ code, retryable, status, retryAfterMs });

/** The half of a provider's contract that is about bad luck. */
export function providerFailures({ name, start, features = {} }: ProviderSubject): void {
  /** One request; `over` is what became of its connection while the server still ran. */
  const once = async (
    script: Script,
    options: { readonly idleTimeoutMs?: number } = {},
  ): Promise<Reading & { readonly over: "finished" | "closed" | undefined }> => {
    await using setting = await start(script, options);
    const reading = await read(setting.provider.stream(requestOf(setting.model), new AbortController().signal));
    return { ...reading, over: await setting.requests[0]?.over };
  };

  describe(`${name} says what went wrong`, () => {
    const refusals: readonly (readonly [string, Refusal, object])[] = [
      ["a key that is not accepted", { status: 401, body: { kind: "auth" } }, failed("MODEL_AUTH", false, 401)],
      ["a key that may not", { status: 403, body: { kind: "permission" } }, failed("MODEL_AUTH", false, 403)],
      ["a model that is not there", { status: 404, body: { kind: "not-found" } }, failed("MODEL_UNKNOWN", false, 404)],
      ["a request that is too long", { status: 400, body: { kind: "too-long" } }, failed("MODEL_CONTEXT_EXCEEDED", false, 400)],
      ["a request that makes no sense", { status: 400, body: { kind: "invalid" } }, failed("MODEL_REFUSED", false, 400)],
      [
        "too many requests, with seconds to wait",
        { status: 429, headers: { "retry-after": "7" }, body: { kind: "rate-limit" } },
        failed("MODEL_RATE_LIMITED", true, 429, 7000),
      ],
      ["too many requests, without a time to wait", { status: 429, body: { kind: "rate-limit" } }, failed("MODEL_RATE_LIMITED", true, 429)],
      ["an error of the server", { status: 500, body: { kind: "server" } }, failed("MODEL_UNAVAILABLE", true, 500)],
      ["an overload", { status: 529, body: { kind: "overloaded" } }, failed("MODEL_OVERLOADED", true, 529)],
      ["a gateway's page instead of an answer", { status: 502, body: "<html>Bad gateway</html>" }, failed("MODEL_UNAVAILABLE", true, 502)],
    ];
    test.each(refusals)("of %s", async (_name, refusal, expected) => {
      const { error, events } = await once([refusal]);
      expect([said(error), events]).toEqual([expected, []]);
      expect((error as Error).message).toMatch(/^[^\n]{10,500}[^.\n]$/);
    });

    test("with the date to wait for as a time", async () => {
      const { error } = await once([{ status: 429, headers: { "retry-after": new Date(Date.now() + 60_000).toUTCString() }, body: { kind: "rate-limit" } }]);
      const { retryAfterMs } = (error as ClawError<"MODEL_RATE_LIMITED">).data;
      expect(retryAfterMs).toBeGreaterThan(50_000);
      expect(retryAfterMs).toBeLessThanOrEqual(60_000);
    });

    test("without repeating a key, and without more of a body than is of use", async () => {
      await using setting = await start((request) => ({
        status: 400,
        body: { kind: "invalid", message: `headers were ${JSON.stringify(request.headers)} ${"x".repeat(100_000)}` },
      }));
      const { error } = await read(setting.provider.stream(requestOf(setting.model), new AbortController().signal));
      const all = JSON.stringify([(error as Error).message, error]);
      expect([all.includes("headers were"), all.includes(setting.secret), all.length < 6000]).toEqual([true, false, true]);
    });

    test.each([
      ["overloaded", "MODEL_OVERLOADED"],
      ["rate-limit", "MODEL_RATE_LIMITED"],
      ["server", "MODEL_UNAVAILABLE"],
    ] as const)("in the middle of a stream: %s", async (kind, code) => {
      const { error, content, end } = await once([{ blocks: [{ type: "text", text: "half" }], error: { kind } }]);
      expect([said(error), content, end]).toEqual([expect.objectContaining({ code, retryable: true }), [{ type: "text", text: "half" }], undefined]);
    });

    test.each(features.garbage ?? [["an event is no JSON", ["data: {oops\n\n"]]])("when %s", async (_name, frames) => {
      const { error, end } = await once([{ frames }]);
      expect([ClawError.is(error) ? error.code : error, end]).toEqual([expect.stringMatching(/^MODEL_STREAM_(INVALID|CUT)$/), undefined]);
    });
  });

  describe(`${name} takes no part of a reply for the whole`, () => {
    test("wherever its stream ends", async () => {
      await using setting = await start((request) => ({ ...whole, cutAfter: Number(/cut at (\d+)/.exec(request.text)?.[1]) }));
      const length = setting.lengthOf(whole);
      const cutAt = async (at: number): Promise<Reading> =>
        read(setting.provider.stream(requestOf(setting.model, `cut at ${at}`), new AbortController().signal));
      // Each place of its first and last lines, and every third between them.
      const places = Array.from({ length }, (_, at) => at).filter((at) => at % 3 === 0 || at < 200 || at > length - 200);
      for (let from = 0; from < places.length; from += atOnce) {
        const some = places.slice(from, from + atOnce);
        const readings = await Promise.all(some.map(cutAt));
        for (const [index, { error, end }] of readings.entries())
          expect([some[index], said(error), end]).toEqual([some[index], failed("MODEL_STREAM_CUT", true), undefined]);
      }
      const { error, end } = await cutAt(length);
      expect([error, end]).toEqual([undefined, "tool-calls"]);
    });

    test("when the connection breaks", async () => {
      await using setting = await start((request) => ({ ...whole, cutAfter: Number(/cut at (\d+)/.exec(request.text)?.[1]), reset: true }));
      for (let at = 0; at < setting.lengthOf(whole); at += 97) {
        const { error } = await read(setting.provider.stream(requestOf(setting.model, `cut at ${at}`), new AbortController().signal));
        expect(said(error)).toEqual(failed("MODEL_STREAM_CUT", true));
      }
    });
  });

  describe(`${name} does not wait for ever`, () => {
    test("for the first word", async () => {
      const { error, over } = await once([{ silent: true }], { idleTimeoutMs: 300 });
      expect([said(error), over]).toEqual([failed("MODEL_IDLE", true), "closed"]);
    });

    test("for the next word", async () => {
      const { error, content, over } = await once([{ blocks: [{ type: "text", text: "so" }], hang: true }], { idleTimeoutMs: 300 });
      expect([said(error), content, over]).toEqual([failed("MODEL_IDLE", true), [{ type: "text", text: "so" }], "closed"]);
    });

    test("but takes keep-alives for life", async () => {
      const { error, content } = await once([{ blocks: [{ type: "text", text: "late" }], pings: { count: 25, everyMs: 30 } }], { idleTimeoutMs: 500 });
      expect([error, content]).toEqual([undefined, [{ type: "text", text: "late" }]]);
    });

    test("and does not take a slow reader for silence", async () => {
      await using setting = await start([{ blocks: [{ type: "text", text: "one", deltas: 3 }], delivery: "events" }], { idleTimeoutMs: 300 });
      const texts: string[] = [];
      for await (const event of setting.provider.stream(requestOf(setting.model), new AbortController().signal)) {
        if (event.type === "text-delta") texts.push(event.text);
        if (texts.length === 1) await new Promise((resolve) => setTimeout(resolve, 600));
      }
      expect(texts.join("")).toBe("one");
    });
  });

  describe(`${name} stops when it is told to`, () => {
    const reason = new Error("enough");

    test("before it began", async () => {
      await using setting = await start([]);
      const { error } = await read(setting.provider.stream(requestOf(setting.model), AbortSignal.abort(reason)));
      expect([error, setting.requests]).toEqual([reason, []]);
    });

    test("while it waits for the first word, and closes its connection", async () => {
      const controller = new AbortController();
      await using setting = await start(() => {
        setTimeout(() => controller.abort(reason), 5);
        return { silent: true };
      });
      const { error } = await read(setting.provider.stream(requestOf(setting.model), controller.signal));
      expect([error, await setting.requests[0]?.over]).toEqual([reason, "closed"]);
    });

    test("in the middle of a reply, and closes its connection", async () => {
      await using setting = await start([{ blocks: [{ type: "text", text: "so" }], hang: true }]);
      const controller = new AbortController();
      const texts: string[] = [];
      const reading = (async () => {
        for await (const event of setting.provider.stream(requestOf(setting.model), controller.signal)) {
          if (event.type === "text-delta") texts.push(event.text);
          if (texts.length > 0) controller.abort(reason);
        }
      })();
      await expect(reading).rejects.toBe(reason);
      expect([texts, await setting.requests[0]?.over]).toEqual([["so"], "closed"]);
    });

    test("when its reader leaves, and closes its connection", async () => {
      await using setting = await start([{ blocks: [{ type: "text", text: "so" }], hang: true }]);
      for await (const event of setting.provider.stream(requestOf(setting.model), new AbortController().signal)) if (event.type === "text-delta") break;
      expect(await setting.requests[0]?.over).toBe("closed");
    });

    test("without leaving a listener at the signal", async () => {
      const { signal } = new AbortController();
      const listeners = new Set<unknown>();
      const add = signal.addEventListener.bind(signal);
      const remove = signal.removeEventListener.bind(signal);
      Object.assign(signal, {
        addEventListener: (type: "abort", listener: () => void, options?: object) => (listeners.add(listener), add(type, listener, options)),
        removeEventListener: (type: "abort", listener: () => void) => (listeners.delete(listener), remove(type, listener)),
      });
      await using setting = await start([whole, { status: 500 }]);
      await read(setting.provider.stream(requestOf(setting.model), signal));
      await read(setting.provider.stream(requestOf(setting.model), signal));
      expect(listeners.size).toBe(0);
    });
  });
}
