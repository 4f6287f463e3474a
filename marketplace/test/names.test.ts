import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkName, isName, requestOf } from "../src/names.ts";
import { refusalOf } from "./refusal.ts";

const segment = fc.stringMatching(/^[a-z0-9]([a-z0-9]{0,10}(-[a-z0-9]{1,4})?)$/);

describe("a name is scope/base", () => {
  test.each(["acme/bedrock", "a/b", "a1/b-2", "0/0", `${"a".repeat(64)}/${"b".repeat(35)}`])("%s is one", (name) => {
    expect(checkName(name)).toBe(name);
  });

  test.each([
    "",
    "acme",
    "/",
    "acme/",
    "/acme",
    "a/b/c",
    "Acme/x",
    "acme/-x",
    "acme/x-",
    "acme/x--y",
    "acme/x_y",
    "acme/x.y",
    "acme /x",
    "acme/x\n",
    "acmé/x",
    "../x",
    "acme/..",
    "@acme/x",
    "con/x",
    "acme/nul",
    "com1/x",
    "acme/node-modules",
    "acme/constructor",
    "index/x",
    `${"a".repeat(65)}/b`,
    `${"a".repeat(50)}/${"b".repeat(50)}`,
  ])("%j is none", (name) => {
    expect(refusalOf(() => checkName(name))).toBe("E_NAME");
  });

  test("and what is refused is quoted and cut, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        fc.pre(!isName(text));
        expect(refusalOf(() => checkName(text))).toBe("E_NAME");
      }),
    );
    expect(() => checkName(`\u001b[2J${"x".repeat(500)}`)).toThrow(/^"\\u001b\[2Jx{116}" is no name/);
  });
});

describe("a request", () => {
  test.each([
    ["bedrock", { name: "bedrock" }],
    ["acme/bedrock", { name: "acme/bedrock" }],
    ["acme/bedrock@^1.2", { name: "acme/bedrock", range: "^1.2" }],
    ["bedrock@>=1 <2 || 3", { name: "bedrock", range: ">=1 <2 || 3" }],
    ["bedrock@", { name: "bedrock", range: "" }],
    ["bedrock@1.0.0@2", { name: "bedrock", range: "1.0.0@2" }],
  ])("%s says which name and which versions", (text, request) => {
    expect(requestOf(text)).toEqual(request);
  });

  test.each(["@acme/x", "acme/x/y", "Acme", "acme/x y@1"])("%s is refused", (text) => {
    expect(refusalOf(() => requestOf(text))).toBe("E_NAME");
  });

  test("for every name and range comes back as it was put together", () => {
    fc.assert(
      fc.property(segment, segment, fc.string({ maxLength: 20 }), (scope, base, range) => {
        const name = `${scope}/${base}`;
        fc.pre(isName(name));
        expect(requestOf(`${name}@${range}`)).toEqual({ name, range });
      }),
    );
  });
});

test("the schemas refuse the very same names", () => {
  const { $defs } = JSON.parse(readFileSync(join(import.meta.dirname, "../../schemas/extension.schema.json"), "utf8")) as {
    readonly $defs: { readonly Name: { readonly pattern: string; readonly maxLength: number } };
  };
  const pattern = new RegExp($defs.Name.pattern, "u");
  const bySchema = (text: string): boolean => text.length <= $defs.Name.maxLength && pattern.test(text);
  const word = fc.constantFrom(
    "con",
    "com1",
    "com10",
    "lpt0",
    "node-modules",
    "index",
    "root",
    "claw-lock",
    "constructor",
    "prototype",
    "conin",
    "a",
    "-a",
    "a--b",
    "a-b",
    "A",
    "a".repeat(63),
    "a".repeat(64),
    "a".repeat(65),
    "",
    "é",
    "a\n",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.tuple(word, word).map((both) => both.join("/")),
        fc.array(word, { maxLength: 3 }).map((all) => all.join("/")),
        fc.string({ maxLength: 12 }),
      ),
      (text) => {
        expect([text, isName(text)]).toEqual([text, bySchema(text)]);
      },
    ),
    { numRuns: 5000 },
  );
});
