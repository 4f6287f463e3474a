import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isJsonObject, jsonFrom } from "../kit/json-object.ts";
import { mapStrings } from "../kit/json-strings.ts";

const shout = { text: (text: string) => text.toUpperCase(), opaque: (text: string) => `(${text})` };
const same = { text: (text: string) => text, opaque: (text: string) => text };

test("an object of JSON is neither null nor a list", () => {
  expect([{}, { a: 1 }, [], null, "x", 1, undefined].map(isJsonObject)).toEqual([true, true, false, false, false, false, false]);
});

test("a text that is no JSON is undefined", () => {
  expect([jsonFrom('{"a":[1]}'), jsonFrom("null"), jsonFrom("{a:1}"), jsonFrom("")]).toEqual([{ a: [1] }, null, undefined, undefined]);
});

describe("the strings of a value", () => {
  test("are mapped wherever they stand, names of properties too", () => {
    expect(mapStrings({ a: ["b", { c: "d", n: 1, t: true, x: null }] }, shout)).toEqual({ A: ["B", { C: "D", N: 1, T: true, X: null }] });
    expect(mapStrings("a", shout)).toBe("A");
  });

  test("of luggage and of the bytes of images are opaque, with all that is in them", () => {
    expect(mapStrings([{ luggage: { p: { s: "x" } } }, { mediaType: "image/png", data: "b" }, { data: "c" }], shout)).toEqual([
      { LUGGAGE: { "(p)": { "(s)": "(x)" } } },
      { MEDIATYPE: "IMAGE/PNG", DATA: "(b)" },
      { DATA: "C" },
    ]);
  });

  test("leave a value the same when none of them changes, and are never changed in place", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const before = JSON.stringify(value);
        expect(mapStrings(value, same)).toBe(value);
        mapStrings(value, shout);
        expect(JSON.stringify(value)).toBe(before);
      }),
    );
  });

  test("may be named __proto__", () => {
    const mapped = mapStrings(JSON.parse('{"__proto__":{"a":"b"}}'), shout) as object;
    expect([JSON.stringify(mapped), Object.getPrototypeOf(mapped) === Object.prototype]).toEqual(['{"__PROTO__":{"A":"B"}}', true]);
    const kept = mapStrings(JSON.parse('{"__proto__":{"a":"b"}}'), { ...same, text: (text: string) => text.replace("b", "c") }) as object;
    expect([JSON.stringify(kept), Object.getPrototypeOf(kept) === Object.prototype]).toEqual(['{"__proto__":{"a":"c"}}', true]);
  });

  test("nested past all reason are cut, and nobody runs out of stack", () => {
    let deep: unknown = "x";
    for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
    expect(JSON.stringify(mapStrings(deep, same))).toBe(`${"[".repeat(401)}"{{too deep}}"${"]".repeat(401)}`);
  });
});
