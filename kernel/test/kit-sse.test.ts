import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type SseEvent, sse, sseBatches } from "../kit/sse.ts";
import { inPieces } from "./byte-pieces.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

const eventsOf = async (text: string | Uint8Array, cuts: readonly number[] = []): Promise<SseEvent[]> =>
  (await Array.fromAsync(sseBatches(inPieces(typeof text === "string" ? bytesOf(text) : text, cuts)))).flat();

describe("an event stream", () => {
  test("gives the data of each event", async () => {
    const body = "data: one\n\nevent: ping\ndata: {}\n\ndata:two\n\n";
    expect(await Array.fromAsync(sse(inPieces(bytesOf(body), [])))).toEqual(["one", "{}", "two"]);
  });

  test.each([
    ["names its events", "event: a\ndata: 1\n\ndata: 2\n\n", [{ event: "a", data: "1" }, { data: "2" }]],
    ["takes the event's name after its data", "data: 1\nevent: a\n\n", [{ event: "a", data: "1" }]],
    ["joins lines of data", "data: a\ndata: b\ndata\ndata:\n\n", [{ data: "a\nb\n\n" }]],
    ["strips one space only", "data:  a\ndata:b \n\n", [{ data: " a\nb " }]],
    ["ends lines with CR, LF or CRLF", "data: a\r\rdata: b\r\n\r\ndata: c\n\r\n", [{ data: "a" }, { data: "b" }, { data: "c" }]],
    ["joins lines that end in CRLF", "data: a\r\ndata: b\r\n\r\n", [{ data: "a\nb" }]],
    ["skips comments and unknown fields", ": hello\n\n:\nid: 1\nretry: 5\nfoo\ndata: a\n\n", [{ data: "a" }]],
    ["has no event without data", "event: a\n\nevent: b\ndata: 1\n\n", [{ event: "b", data: "1" }]],
    ["ignores blank lines", "\n\n\n\ndata: a\n\n\n\n\ndata: b\n\n", [{ data: "a" }, { data: "b" }]],
    ["ignores a byte order mark", "\uFEFFdata: a\n\n", [{ data: "a" }]],
    ["leaves out an event that the body ends in", "data: a\n\ndata: b\n", [{ data: "a" }]],
    ["is empty when the body is", "", []],
    ["keeps colons and U+2028 in data", "data: a: \u2028 b\n\n", [{ data: "a: \u2028 b" }]],
    ["does not take datum for data", "datum: a\n\n", []],
  ])("%s", async (_name, body, events) => {
    expect(await eventsOf(body)).toEqual(events);
    expect(
      await eventsOf(
        body,
        Array.from({ length: body.length * 3 }, (_, index) => index),
      ),
    ).toEqual(events);
  });

  test("is the same wherever it is cut", async () => {
    const line = fc.oneof(
      fc
        .tuple(fc.constantFrom("data:", "data: ", "event: ", ": ", "id: ", "data", ""), fc.string({ unit: "grapheme", maxLength: 12 }))
        .map(([field, value]) => field + value.replaceAll(/[\r\n]/g, "")),
      fc.constant(""),
    );
    const body = fc.array(fc.tuple(line, fc.constantFrom("\n", "\r\n", "\r"))).map((lines) => lines.map(([text, end]) => text + end).join(""));
    await fc.assert(
      fc.asyncProperty(body, fc.array(fc.nat(), { maxLength: 40 }), async (text, cuts) => {
        expect(await eventsOf(text, cuts)).toEqual(await eventsOf(text));
      }),
    );
  });

  test("gives back any data it was made of", async () => {
    const lines = fc.array(
      fc.string({ unit: "binary" }).map((text) => text.toWellFormed().replaceAll(/[\r\n]/g, "")),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(lines), fc.array(fc.nat(), { maxLength: 20 }), async (events, cuts) => {
        const body = events.map((data) => `${data.map((text) => `data: ${text}\n`).join("")}\n`).join("");
        expect(await eventsOf(body, cuts)).toEqual(events.map((data) => ({ data: data.join("\n") })));
      }),
    );
  });

  test("reports each read, so that keep-alives count", async () => {
    const body = bytesOf(": ping\n\ndata: a\n\ndata: b\n\n");
    expect(await Array.fromAsync(sseBatches(inPieces(body, [8, 12])))).toEqual([[], [], [{ data: "a" }, { data: "b" }]]);
  });

  test("refuses bytes that are not UTF-8", async () => {
    await expect(eventsOf(new Uint8Array([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0x0a, 0x0a]))).rejects.toMatchObject({
      code: "MODEL_STREAM_INVALID",
      retryable: true,
    });
  });

  test("refuses an event over 16 MiB, whole or in pieces", async () => {
    const megabyte = bytesOf("x".repeat(1024 * 1024));
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield bytesOf("data: ");
      for (let count = 0; count < 17; count += 1) yield megabyte;
      throw new Error("read too far");
    }
    await expect(Array.fromAsync(sse(endless()))).rejects.toMatchObject({ code: "MODEL_STREAM_INVALID" });
    await expect(eventsOf(`data: ${"x".repeat(17 * 1024 * 1024)}\n\n`)).rejects.toMatchObject({ code: "MODEL_STREAM_INVALID" });
  });

  test("takes a 15 MiB event in small reads without copying it again and again", async () => {
    const piece = bytesOf("x".repeat(1024));
    async function* slowly(): AsyncGenerator<Uint8Array> {
      yield bytesOf("data: ");
      for (let count = 0; count < 15 * 1024; count += 1) yield piece;
      yield bytesOf("\n\n");
    }
    const [data] = await Array.fromAsync(sse(slowly()));
    expect(data?.length).toBe(15 * 1024 * 1024);
  }, 3000);
});
