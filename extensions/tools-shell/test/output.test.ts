import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LiveView } from "../src/live-view.ts";
import { OutputWindow } from "../src/output-window.ts";
import { plainText } from "../src/plain-text.ts";
import { SpillFile } from "../src/spill-file.ts";
import { WholeCharacters, wholeLength } from "../src/whole-characters.ts";

const bytesOf = (text: string): Uint8Array => Buffer.from(text, "utf8");
const gap = (leftOut: number): string => `${leftOut} left out`;

describe("plain text", () => {
  test.each([
    ["colours", "\u001b[1;31mred\u001b[0m \u001b[38;2;1;2;3mx\u001b[m", "red x"],
    ["cursor movement and erasing", "a\u001b[2K\u001b[1Gb\u001b[?25l\u001b[10;20H", "ab"],
    ["a window title with spaces", "\u001b]0;my title\u0007prompt", "prompt"],
    ["a link, but not its text", "\u001b]8;;https://example.com\u001b\\text\u001b]8;;\u001b\\", "text"],
    ["device control strings", "\u001bPq#0;2\u001b\\after", "after"],
    ["eight-bit sequences", "\u009b31mred\u009d0;t\u009cend", "redend"],
    ["character set escapes", "\u001b(Btext\u001b=\u001b7", "text"],
    ["a lone escape", "a\u001b", "a"],
    ["bells, backspaces, NULs and deletes", "a\u0007b\u0008c\u0000d\u007f", "abcd"],
  ])("has no %s", (_what, raw, plain) => {
    expect(plainText(raw)).toBe(plain);
  });

  test("keeps tabs and line breaks, and ends a line at a carriage return", () => {
    expect(plainText("a\tb\r\nc\r\r\nd 10%\rd 90%\re")).toBe("a\tb\nc\nd 10%\nd 90%\ne");
  });

  test("loses no more than a line to a control string that never ends", () => {
    expect(plainText("before \u001b]0;unfinished\nafter")).toBe("before \nafter");
  });

  test("holds no control character, whatever it is made of, and is stable", () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom("\u001b", "[", "]", "0", ";", "m", "\u0007", "\\", "\u009b", "\u009d", "\u0090", "a", "\n", "\r", "\t", "é", "P", "("),
        }),
        (text) => {
          const plain = plainText(text);
          expect(plain).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
          expect(plainText(plain)).toBe(plain);
        },
      ),
    );
  });

  test("takes time in proportion to its length, however hostile", () => {
    const hostile = ["\u001b[".repeat(200_000), "\u009b0;".repeat(200_000), `\u001b]${"x".repeat(400_000)}`, "\r".repeat(400_000), "\u001b[0".repeat(200_000)];
    const began = performance.now();
    for (const text of hostile) plainText(text);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe("the window over an output", () => {
  const limits = { headBytes: 8, tailBytes: 8 };

  test("shows everything that fits", () => {
    const window = new OutputWindow(limits);
    window.take(bytesOf("12345678"));
    window.take(bytesOf("90123456"));
    expect(window.fits(0)).toBe(true);
    expect(window.fits(1)).toBe(false);
    expect(window.text(gap)).toBe("1234567890123456");
  });

  test("keeps the beginning and the end of what does not", () => {
    const window = new OutputWindow(limits);
    for (const character of "abcdefghijklmnopqrstuvwxyz") window.take(bytesOf(character));
    expect(window.text(gap)).toBe("abcdefgh\n… 10 left out …\nstuvwxyz");
  });

  test("cuts at line breaks when they are near", () => {
    const window = new OutputWindow({ headBytes: 10, tailBytes: 10 });
    window.take(bytesOf("one\ntwo\nthree\nfour\nfive\nsix\n"));
    expect(window.text(gap)).toBe("one\ntwo\n… 11 left out …\nfive\nsix\n");
  });

  test("never cuts a character", () => {
    const window = new OutputWindow({ headBytes: 10, tailBytes: 10 });
    window.take(bytesOf("é€𝄞é€𝄞é€𝄞é€𝄞"));
    expect(window.text(gap)).toBe("é€𝄞\n… 18 left out …\né€𝄞");
  });

  test("decodes what is not UTF-8 with replacement", () => {
    const window = new OutputWindow({ headBytes: 100, tailBytes: 0 });
    window.take(Uint8Array.of(0x61, 0xff, 0xc3, 0x28, 0x00, 0x62, 0xe2, 0x82));
    expect(window.text(gap)).toBe("a\ufffd\ufffd(b\ufffd");
  });

  test("holds the same as slices of the whole, however it is fed", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), fc.nat(16), fc.nat(16), (chunks, headBytes, tailBytes) => {
        const window = new OutputWindow({ headBytes, tailBytes });
        for (const chunk of chunks) window.take(chunk);
        const all = Buffer.concat(chunks);
        const head = all.subarray(0, headBytes);
        const rest = all.subarray(headBytes);
        const tail = rest.subarray(Math.max(0, rest.length - tailBytes));
        expect(window.bytes()).toEqual(Buffer.concat([head, tail]));
        expect(window.fits(0)).toBe(all.length <= headBytes + tailBytes);
      }),
    );
  });
});

test("characters are handed on whole, and all bytes in the end", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.array(fc.integer({ min: 1, max: 5 })), (text, sizes) => {
      const bytes = bytesOf(text);
      const characters = new WholeCharacters();
      const parts: string[] = [];
      const fed: Uint8Array[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const size = sizes[turn % Math.max(1, sizes.length)] ?? 1;
        const part = characters.push(bytes.subarray(at, at + size));
        fed.push(part);
        parts.push(Buffer.from(part).toString("utf8"));
        at += size;
      }
      expect(parts.join("")).toBe(text);
      expect(Buffer.concat([...fed, characters.end()])).toEqual(Buffer.from(bytes));
    }),
  );
});

test("bytes that are no character do not wait for ever", () => {
  expect(wholeLength(Uint8Array.of(0x80, 0x80, 0x80, 0x80, 0x80))).toBe(5);
  expect(wholeLength(Uint8Array.of(0x61, 0xf0, 0x9f))).toBe(1);
});

describe("the file of an output", () => {
  const spillTo =
    (written: Uint8Array[], failAt = Infinity) =>
    async () => ({
      path: "/scratch/file.txt",
      write: async (bytes: Uint8Array) => {
        if (written.length >= failAt) throw new Error("ENOSPC: no space left on device");
        written.push(bytes.slice());
      },
      [Symbol.asyncDispose]: async () => undefined,
    });

  test("holds all of it", async () => {
    const written: Uint8Array[] = [];
    await using file = new SpillFile(spillTo(written), 100);
    expect(file.isOpen).toBe(false);
    await file.write(bytesOf("one "));
    await file.write(bytesOf("two"));
    expect(Buffer.concat(written).toString()).toBe("one two");
    expect(file.describe()).toBe("whole output in /scratch/file.txt");
  });

  test("ends at its limit, and says so", async () => {
    const written: Uint8Array[] = [];
    await using file = new SpillFile(spillTo(written), 5);
    await file.write(bytesOf("one two"));
    await file.write(bytesOf("three"));
    expect(Buffer.concat(written).toString()).toBe("one t");
    expect(file.describe()).toBe("the first 5 bytes are in /scratch/file.txt");
  });

  test("ends with a full disk, and says so", async () => {
    await using file = new SpillFile(spillTo([], 1), 100);
    await file.write(bytesOf("one"));
    await file.write(bytesOf("two"));
    expect(file.describe()).toBe("the first 3 bytes are in /scratch/file.txt; then: ENOSPC: no space left on device");
    await using none = new SpillFile(() => Promise.reject(new Error("read-only file system")), 100);
    await none.write(bytesOf("one"));
    expect(none.describe()).toBe("the whole output could not be kept: read-only file system");
    expect(none.path).toBe(undefined);
  });
});

test("what is shown live is the newest, and nothing once the command is over", async () => {
  const shown: string[] = [];
  const parts = Promise.withResolvers<void>();
  const live = new LiveView((content) => {
    shown.push(content.type === "text" ? content.text : content.type);
    parts.resolve();
  });
  live.take(bytesOf("x".repeat(10_000)));
  live.take(Uint8Array.of(0xc3));
  live.take(bytesOf("\u001b[31m\n"));
  await parts.promise;
  live.take(bytesOf("late"));
  live[Symbol.dispose]();
  expect(shown).toHaveLength(1);
  expect(shown[0]).toMatch(/^… \d+ bytes not shown …\nx+/);
  expect(shown[0]?.length).toBeLessThan(4200);
});
