import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ClawError } from "../src/errors.ts";
import { canonicalJson, parseStrict } from "../src/package/strict-json.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function refusal(document: string | Uint8Array, options?: Parameters<typeof parseStrict>[1]): { code: string; message: string } {
  try {
    parseStrict(document, options);
  } catch (error) {
    if (ClawError.is(error)) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: "none", message: "" };
}

const anyKey = fc.string({ unit: "grapheme" }).filter((key) => !["__proto__", "constructor", "prototype"].includes(key));
const document = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.string({ unit: "grapheme" }),
    fc.maxSafeInteger().map((n) => n + 0),
    fc.boolean(),
    fc.constant(null),
    tie("array"),
    tie("object"),
  ),
  array: fc.array(tie("value"), { maxLength: 4 }),
  object: fc.dictionary(anyKey, tie("value"), { maxKeys: 4, noNullPrototype: true }),
})).value;

describe("a strict document", () => {
  test("is read as JSON.parse reads it, however it is spaced", () => {
    fc.assert(
      fc.property(document, fc.constantFrom(0, 1, 2, "\t"), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseStrict(text)).toEqual(JSON.parse(text));
        expect(parseStrict(bytes(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  test("may escape any character", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const escaped = [...text]
          .flatMap((character) => character.split(""))
          .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
          .join("");
        expect(parseStrict(`"${escaped}"`)).toBe(text);
      }),
    );
    expect(parseStrict('"\\"\\\\\\/\\b\\f\\n\\r\\t"')).toBe('"\\/\b\f\n\r\t');
  });

  test("never means anything else than it means to JSON.parse, or is refused", () => {
    const soup = fc.array(
      fc.constantFrom("{", "}", "[", "]", ":", ",", '"', "\\", "u0041", "a", "0", "1", "-", ".", "e", "true", "null", " ", "\n", "\u0000"),
      { maxLength: 14 },
    );
    fc.assert(
      fc.property(soup, (parts) => {
        const text = parts.join("");
        if (refusal(text).code === "none") expect(parseStrict(text)).toEqual(JSON.parse(text));
        else if (refusal(text).code === "E_META_SYNTAX") expect(() => void JSON.parse(text)).toThrow(SyntaxError);
      }),
      { numRuns: 5000 },
    );
  });

  test("may have the names of object methods as keys", () => {
    expect(parseStrict('{"toString":1,"hasOwnProperty":2}')).toEqual({ toString: 1, hasOwnProperty: 2 });
  });

  test("may be nested 32 deep and no deeper", () => {
    expect(refusal("[".repeat(32) + "]".repeat(32)).code).toBe("none");
    expect(refusal('{"a":'.repeat(16) + "[".repeat(17) + "]".repeat(17) + "}".repeat(16)).code).toBe("E_META_DEPTH");
    expect(refusal("[".repeat(1_000_000)).code).toBe("E_META_DEPTH");
  });

  test("of 1 MiB is allowed and one byte more is not, unless another limit is given", () => {
    const text = (size: number): string => `"${"a".repeat(size - 2)}"`;
    expect(refusal(text(1024 * 1024)).code).toBe("none");
    expect(refusal(text(1024 * 1024 + 1)).code).toBe("E_META_TOO_LARGE");
    expect(refusal(bytes(text(11)), { maxBytes: 10 })).toEqual({ code: "E_META_TOO_LARGE", message: "the document has 11 bytes, and 10 are allowed" });
    expect(refusal('"ééé"', { maxBytes: 7 }).code).toBe("E_META_TOO_LARGE");
  });

  test("may hold fractions only when asked for, and never infinity", () => {
    expect(parseStrict("[0.5,1e3,-0.25]", { numbers: "any" })).toEqual([0.5, 1000, -0.25]);
    expect(refusal("1e999", { numbers: "any" }).code).toBe("E_META_NUMBER");
  });
});

describe("a document is refused", () => {
  test.each([
    ["an empty one", "", "E_META_SYNTAX"],
    ["only white space", " \n", "E_META_SYNTAX"],
    ["trailing data", "{} x", "E_META_SYNTAX"],
    ["two values", "1 2", "E_META_SYNTAX"],
    ["a trailing comma in an array", "[1,]", "E_META_SYNTAX"],
    ["a trailing comma in an object", '{"a":1,}', "E_META_SYNTAX"],
    ["a comment", "/* */ {}", "E_META_SYNTAX"],
    ["single quotes", "{'a':1}", "E_META_SYNTAX"],
    ["a bare key", "{a:1}", "E_META_SYNTAX"],
    ["a missing colon", '{"a" 1}', "E_META_SYNTAX"],
    ["an open object", '{"a":1', "E_META_SYNTAX"],
    ["an open string", '"abc', "E_META_SYNTAX"],
    ["a string that ends in a backslash", '"abc\\', "E_META_SYNTAX"],
    ["an unknown escape", '"\\x41"', "E_META_SYNTAX"],
    ["a short unicode escape", '"\\u12"', "E_META_SYNTAX"],
    ["a line break in a string", '"a\nb"', "E_META_SYNTAX"],
    ["a NUL in a string", '"a\0b"', "E_META_SYNTAX"],
    ["a misspelt literal", "tru", "E_META_SYNTAX"],
    ["NaN", "NaN", "E_META_SYNTAX"],
    ["a leading zero", "01", "E_META_SYNTAX"],
    ["a leading plus", "+1", "E_META_SYNTAX"],
    ["a no-break space", "\u00a01", "E_META_SYNTAX"],
    ["a fraction", "0.5", "E_META_NUMBER"],
    ["an integer written as a fraction", "1.0", "E_META_NUMBER"],
    ["an exponent", "1e3", "E_META_NUMBER"],
    ["minus zero", "-0", "E_META_NUMBER"],
    ["an integer beyond the safe range", "9007199254740992", "E_META_NUMBER"],
    ["a key twice", '{"a":1,"b":2,"a":3}', "E_META_DUPKEY"],
    ["a key twice, once escaped", '{"a":1,"\\u0061":2}', "E_META_DUPKEY"],
    ["__proto__", '{"__proto__":1}', "E_META_PROTO"],
    ["__proto__ in escapes", '{"\\u005f_proto__":1}', "E_META_PROTO"],
    ["constructor, deep inside", '[{"a":{"constructor":1}}]', "E_META_PROTO"],
    ["prototype", '{"prototype":null}', "E_META_PROTO"],
    ["an escaped lone surrogate", '"\\ud800"', "E_META_UTF8"],
    ["a lone surrogate", '"\ud800"', "E_META_UTF8"],
    ["a lone surrogate in a key", '{"\\udc00":1}', "E_META_UTF8"],
    ["a byte order mark", "\uFEFF{}", "E_META_UTF8"],
  ])("for %s", (_, text, code) => expect(refusal(text).code).toBe(code));

  test.each([
    ["an overlong slash", [0x22, 0xc0, 0xaf, 0x22]],
    ["an encoded surrogate", [0x22, 0xed, 0xa0, 0x80, 0x22]],
    ["a cut character", [0x22, 0xc3, 0x22]],
    ["a byte order mark", [0xef, 0xbb, 0xbf, 0x31]],
    ["UTF-16", [0xff, 0xfe, 0x31, 0x00]],
  ])("for bytes with %s", (_, octets) => expect(refusal(Uint8Array.from(octets)).code).toBe("E_META_UTF8"));

  test("with its name and the line", () => {
    expect(refusal('{\n  "a": 1,\n  "a": 2\n}', { name: "claw.lock" }).message).toBe('claw.lock, line 3: the key "a" stands there twice');
    expect(refusal('{\n  "a": nope\n}').message).toBe('the document, line 2: a value expected, and "n" found');
    expect(refusal('{"a":1').message).toBe('the document, line 1: "," or "}" expected, and the end found');
  });

  test("at any cut, and never by anything but a ClawError", () => {
    const text = JSON.stringify({ a: ['é\\"', { b: [true, null, -12] }], "c\n": "" });
    for (let end = 0; end < text.length; end += 1) expect(refusal(text.slice(0, end)).code).toBe("E_META_SYNTAX");
  });
});

test("a document of 500 manifests is read in a time of the order of JSON.parse", () => {
  const text = JSON.stringify(
    Array.from({ length: 500 }, (_, index) => ({
      name: `acme/x-${index}`,
      tools: Array.from({ length: 6 }, () => ({ description: 'counts "words"', input: { type: "object" } })),
    })),
  );
  const fastest = (run: () => void): number =>
    Math.min(
      ...Array.from({ length: 7 }, () => {
        const start = performance.now();
        run();
        return performance.now() - start;
      }),
    );
  expect(fastest(() => parseStrict(text)) / fastest(() => JSON.parse(text))).toBeLessThan(15);
});

describe("canonical JSON", () => {
  test("is the same for any order of keys and reads back as the value", () => {
    fc.assert(
      fc.property(fc.dictionary(anyKey, document, { noNullPrototype: true }), (value) => {
        const shuffled = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(shuffled)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(value);
      }),
    );
  });

  test("sorts by UTF-16 units and not by number, as RFC 8785 shows", () => {
    const value = {
      "\u20ac": "Euro Sign",
      "\r": "Carriage Return",
      "\ufb33": "Hebrew Letter Dalet With Dagesh",
      "1": "One",
      "10": "Ten",
      "9": "Nine",
      "\ud83d\ude00": "Emoji: Grinning Face",
      "\u0080": "Control",
      "\u00f6": "Latin Small Letter O With Diaeresis",
    };
    expect([...canonicalJson(value).matchAll(/:"(\w+)/g)].map((match) => match[1])).toEqual([
      "Carriage",
      "One",
      "Ten",
      "Nine",
      "Control",
      "Latin",
      "Euro",
      "Emoji",
      "Hebrew",
    ]);
  });

  test("leaves out what is undefined and refuses what is no JSON", () => {
    expect(canonicalJson({ b: undefined, a: [1e21, -0, "\u2028"] })).toBe('{"a":[1e+21,0,"\u2028"]}');
    for (const value of [undefined, Number.NaN, Number.POSITIVE_INFINITY, 1n, () => 1, [undefined]]) expect(() => canonicalJson(value)).toThrow(ClawError);
  });
});
