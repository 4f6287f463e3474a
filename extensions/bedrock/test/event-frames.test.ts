import { crc32 } from "node:zlib";
import { EventStreamCodec } from "@smithy/core/event-streams";
import type { MessageHeaders } from "@smithy/types";
import { ClawError } from "@claw/kernel";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { binaryMessage, eventMessage, exceptionMessage } from "@claw/testing/conformance";
import { createFrameParser, eventFrames } from "../src/event-frames.ts";

const codec = new EventStreamCodec(
  (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8"),
  (text) => Buffer.from(text),
);

/** Everything of a stream that comes in these pieces: how many messages each gave, all messages, and what was thrown. */
async function readAll(
  pieces: readonly Uint8Array[],
): Promise<{ readonly counts: readonly number[]; readonly frames: readonly object[]; readonly error: unknown }> {
  const counts: number[] = [];
  const frames: object[] = [];
  try {
    for await (const batch of eventFrames(
      (async function* () {
        yield* pieces;
      })(),
      "bedrock",
    )) {
      counts.push(batch.length);
      frames.push(...batch);
    }
  } catch (error) {
    return { counts, frames, error };
  }
  return { counts, frames, error: undefined };
}

const cutAt = (bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] => {
  const ends = [...new Set(places.map((place) => place % bytes.length))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
};

const header = fc.oneof(
  fc.string({ maxLength: 40 }).map((value) => ({ type: "string" as const, value })),
  fc.boolean().map((value) => ({ type: "boolean" as const, value })),
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }).map((value) => ({ type: "integer" as const, value })),
  fc.uint8Array({ maxLength: 40 }).map((value) => ({ type: "binary" as const, value })),
  fc.date({ noInvalidDate: true }).map((value) => ({ type: "timestamp" as const, value })),
  fc.uuid().map((value) => ({ type: "uuid" as const, value })),
);
const message = fc.record({
  name: fc.string({ maxLength: 20 }),
  more: fc.dictionary(fc.stringMatching(/^[a-z]{1,10}$/), header, { maxKeys: 4 }),
  body: fc.string({ unit: "grapheme", maxLength: 200 }),
});
const encode = ({ name, more, body }: { readonly name: string; readonly more: MessageHeaders; readonly body: string }): Uint8Array =>
  codec.encode({
    headers: { ":message-type": { type: "string", value: "event" }, ":event-type": { type: "string", value: name }, ...more },
    body: Buffer.from(body),
  });

describe("AWS's binary messages", () => {
  test("are read as AWS's own codec writes them, wherever a read ends", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(message, { minLength: 1, maxLength: 6 }), fc.array(fc.nat(), { maxLength: 12 }), async (messages, places) => {
        const bytes = Buffer.concat(messages.map(encode));
        const { frames, error } = await readAll(cutAt(bytes, places));
        expect([frames, error]).toEqual([messages.map(({ name, body }) => ({ kind: "event", name, body })), undefined]);
      }),
    );
  });

  test("of the test server are what AWS's own codec reads", () => {
    expect(codec.decode(eventMessage("metadata", { usage: {} }))).toEqual({
      headers: {
        ":event-type": { type: "string", value: "metadata" },
        ":content-type": { type: "string", value: "application/json" },
        ":message-type": { type: "string", value: "event" },
      },
      body: new Uint8Array(Buffer.from('{"usage":{}}')),
    });
  });

  test("give a batch for each read, also for one that completes nothing", async () => {
    const bytes = Buffer.concat([eventMessage("a", {}), eventMessage("b", {})]);
    expect((await readAll([bytes.subarray(0, 5), bytes.subarray(5, 20), bytes.subarray(20)])).counts).toEqual([0, 0, 2]);
  });

  test("that are errors say so", async () => {
    const error = binaryMessage({ ":message-type": "error", ":error-code": "InternalError", ":error-message": "it broke" }, "");
    const { frames } = await readAll([Buffer.concat([exceptionMessage("throttlingException", { message: "slow down" }), error])]);
    expect(frames).toEqual([
      { kind: "exception", name: "throttlingException", body: '{"message":"slow down"}' },
      { kind: "error", name: "InternalError", body: "it broke" },
    ]);
  });

  test("before one that is damaged count all the same", async () => {
    const damaged = eventMessage("b", { text: "x" });
    damaged[20] = (damaged[20] ?? 0) ^ 1;
    const { frames, error } = await readAll([Buffer.concat([eventMessage("a", {}), damaged])]);
    expect([frames, error]).toEqual([[{ kind: "event", name: "a", body: "{}" }], expect.objectContaining({ code: "MODEL_STREAM_INVALID", retryable: true })]);
  });

  test("that are damaged in any one place are never read, and never more than an error", async () => {
    const whole = Buffer.concat([eventMessage("contentBlockDelta", { delta: { text: "hello" } }), eventMessage("messageStop", { stopReason: "end_turn" })]);
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), fc.array(fc.nat(), { maxLength: 4 }), async (at, change, places) => {
        const bytes = Buffer.from(whole);
        bytes[at] = (bytes[at] ?? 0) ^ change;
        const { frames, error } = await readAll(cutAt(bytes, places));
        expect([frames.length < 2, ClawError.is(error, "MODEL_STREAM_INVALID")]).toEqual([true, true]);
      }),
    );
  });

  test("that are anything at all are read or refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 6 }), async (pieces) => {
        const { error } = await readAll(pieces);
        expect(error === undefined || ClawError.is(error, "MODEL_STREAM_INVALID")).toBe(true);
      }),
    );
  });

  test("with right checksums over wrong headers are refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 60 }), async (headers) => {
        const made = rawMessage(headers);
        const { frames, error } = await readAll([made]);
        expect(frames.length === 0 && ClawError.is(error, "MODEL_STREAM_INVALID")).toBe(true);
      }),
    );
  });

  test("that claim to be huge, or shorter than they are, are refused before anything is kept", () => {
    for (const [length, headers] of [
      [0xffffffff, 0],
      [25 * 1024 * 1024, 0],
      [15, 0],
      [100, 90],
      [0, 0],
    ] as const) {
      expect(createFrameParser("bedrock")(prelude(length, headers)).failure?.code).toBe("MODEL_STREAM_INVALID");
    }
  });

  test("that never end are kept in pieces and not joined again and again", () => {
    const push = createFrameParser("bedrock");
    const length = 20 * 1024 * 1024;
    push(prelude(length, 0));
    const piece = new Uint8Array(1024);
    const began = performance.now();
    for (let at = 12; at + piece.length < length; at += piece.length) push(piece);
    expect(performance.now() - began).toBeLessThan(5000);
  });
});

/** The first twelve bytes of a message, with their checksum. */
function prelude(length: number, headersLength: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(length, 0);
  bytes.writeUInt32BE(headersLength, 4);
  return Buffer.concat([bytes, checksum(bytes)]);
}

function rawMessage(headers: Uint8Array): Uint8Array {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(16 + headers.length, 0);
  head.writeUInt32BE(headers.length, 4);
  const checked = Buffer.concat([head, checksum(head), headers]);
  return Buffer.concat([checked, checksum(checked)]);
}

function checksum(bytes: Uint8Array): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(bytes), 0);
  return sum;
}
