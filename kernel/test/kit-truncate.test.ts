import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { characterAfter, characterBefore, truncate } from "../kit/truncate.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("something too long", () => {
  test("is kept whole when it fits", () => {
    expect(truncate(bytesOf("héllo"), 6)).toEqual({ head: "héllo", tail: "", omittedBytes: 0 });
  });

  test("keeps its beginning and its end", () => {
    expect(truncate(bytesOf("0123456789"), 4)).toEqual({ head: "01", tail: "89", omittedBytes: 6 });
    expect(truncate(bytesOf("0123456789"), 4, 1)).toEqual({ head: "0", tail: "789", omittedBytes: 6 });
    expect(truncate(bytesOf("0123456789"), 0)).toEqual({ head: "", tail: "", omittedBytes: 10 });
  });

  test("is never cut inside a character", () => {
    expect(truncate(bytesOf("€€€€"), 7)).toEqual({ head: "€", tail: "€", omittedBytes: 6 });
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), fc.nat(40), (text, maxBytes, headBytes) => {
        const whole = text.toWellFormed();
        const bytes = bytesOf(whole);
        const { head, tail, omittedBytes } = truncate(bytes, maxBytes, headBytes);
        const kept = bytesOf(head).length + bytesOf(tail).length;
        expect(kept).toBeLessThanOrEqual(maxBytes);
        expect(kept + omittedBytes).toBe(bytes.length);
        expect(whole.startsWith(head)).toBe(true);
        expect(whole.endsWith(tail)).toBe(true);
      }),
    );
  });

  test("may be no text at all", () => {
    const noise = new Uint8Array(20).fill(0x80);
    expect([characterBefore(noise, 10), characterAfter(noise, 10)]).toEqual([10, 10]);
    expect(truncate(noise, 4)).toEqual({ head: "\uFFFD\uFFFD", tail: "", omittedBytes: 18 });
  });
});
