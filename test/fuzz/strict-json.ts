import { isDeepStrictEqual } from "node:util";
import { canonicalJson, parseStrict } from "@claw/kernel/host";
import { hostile, mutateBytes, mutateText } from "./mutation.ts";
import type { Random } from "./random.ts";
import { promise, type Target } from "./target.ts";

const texts = [
  '{"kind":"claw.index/1","version":412,"extensions":{"acme/bedrock":{"latest":"1.4.0","manifest":{"size":4123,"sha256":"x="}}},"signatures":[]}',
  '[1,-2,0,9007199254740991,true,false,null,"",{}]',
  '{"a":{"b":{"c":[[["\\u00e9\\n\\"\\\\\\/"]]]}},"é":"😀"}',
  ' { "a" : [ 1 , 2 ] ,\n\t"b" : "\\ud83d\\ude00" } \r\n',
  '"one"',
  "7",
];
const bytes = texts.map((text) => Buffer.from(text));
const mebibyte = 1024 * 1024;

const numbers = [
  "0",
  "1",
  "-1",
  "9007199254740991",
  "-9007199254740991",
  "9007199254740992",
  "-0",
  "1.5",
  "1e3",
  "1E-7",
  "01",
  "+1",
  ".5",
  "1.",
  "1e",
  "--1",
  "1e400",
];
const words = ["true", "false", "null", "True", "nul", "undefined", "NaN", "Infinity"];
const keys = ["a", "b", "a", "", "name", "__proto__", "constructor", "\\u005f_proto__", "toString", "\\ud800", "é", "e\u0301", "\\u0061"];

/** Documents as an attacker might write them: a grammar that is sometimes left. */
function written(random: Random, depth: number): string {
  const kind = random.below(depth > 36 ? 3 : 6);
  const space = random.oneIn(8) ? random.pick([" ", "\n", "\t", "\u00a0", "\ufeff", "/**/"]) : "";
  if (kind === 0) return random.pick(numbers) + space;
  if (kind === 1) return random.pick(words.slice(0, random.oneIn(20) ? words.length : 3));
  if (kind === 2) return `"${random.oneIn(2) ? "text" : random.oneIn(3) ? random.pick(hostile) : JSON.stringify(random.pick(hostile)).slice(1, -1)}"`;
  // Long chains reach the deepest that is allowed, and beyond.
  if (kind === 3 && random.oneIn(3)) return `${"[".repeat(28)}${written(random, depth + 28)}${"]".repeat(28)}`;
  const count = random.few(6);
  const parts = Array.from({ length: count }, () => {
    const value = written(random, depth + 1);
    return kind === 4 ? value : `"${random.pick(keys.slice(0, random.oneIn(6) ? keys.length : 5))}"${space}:${value}`;
  });
  const inner = parts.join(random.oneIn(60) ? random.pick([",,", ";", ""]) : ",");
  return kind === 4 ? `[${space}${inner}${random.oneIn(60) ? "," : ""}]` : `{${inner}${space}}`;
}

/** Near the largest that is allowed: each is a way in which a reader could take long. */
function large(random: Random): string {
  const length = random.pick([1000, 100_000, mebibyte - 2, mebibyte - 1, mebibyte, 2 * mebibyte]);
  const piece = random.pick(["[", "{", '{"a":', "0,", "1", "-", " ", "\n", "\\u0041", '\\"', "\\", "é", '"a":1,', "[],", '"",', "1e1"]);
  const body = piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
  return random.pick(["", "[", '"', "{"]) + body + random.pick(["", "]", '"', "}", "0]"]);
}

/** Many different keys: a reader that compares each with all would show. */
const manyKeys = `{${Array.from({ length: 60_000 }, (_, index) => `"key${index}":${index}`).join(",")}}`;

export const strictJson: Target<string | Buffer> = {
  name: "strict-json",
  refusals: /^E_META_(?:TOO_LARGE|UTF8|SYNTAX|DEPTH|DUPKEY|PROTO|NUMBER)$/,

  input(random) {
    if (random.oneIn(5000)) return random.oneIn(20) ? manyKeys : large(random);
    switch (random.below(4)) {
      case 0:
        return mutateText(random, random.pick(texts), texts);
      case 1:
        return Buffer.from(written(random, 1));
      case 2:
        return written(random, 1);
      default:
        return mutateBytes(random, random.pick(bytes), bytes);
    }
  },

  read: (input) => parseStrict(input),

  holds(value, input) {
    const text = typeof input === "string" ? input : input.toString("utf8");
    promise(isDeepStrictEqual(value, JSON.parse(text)), "JSON.parse reads something else");
    const canonical = canonicalJson(value);
    const again = parseStrict(canonical, { maxBytes: 8 * mebibyte });
    promise(isDeepStrictEqual(again, value), "its canonical text means something else");
    promise(canonicalJson(again) === canonical, "its canonical text has another canonical text");
    promise(Object.getPrototypeOf({}) === Object.prototype && Object.keys(Object.prototype).length === 0, "a prototype was changed");
  },
};
