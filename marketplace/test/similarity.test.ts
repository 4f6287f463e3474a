import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { similarName } from "../src/client/similarity.ts";

const word = fc.stringMatching(/^[a-z]{5,12}$/).filter((text) => !/(.)\1|rn|vv|i/.test(text));
const nameOf = (scope: string, base: string): string => `${scope}/${base}`;

describe("a name is taken for another", () => {
  const known = ["claw/bedrock", "github/issues", "acme-tools/deploy", "mcp/runner"];
  test.each([
    ["c1aw/bedrock", "claw/bedrock", "a digit for a letter"],
    ["cllaw/bedrock", "claw/bedrock", "a doubled letter"],
    ["calw/bedrock", "claw/bedrock", "swapped letters"],
    ["clw/bedrock", "claw/bedrock", "a letter left out"],
    ["claws/bedrock", "claw/bedrock", "a letter more"],
    ["cla-w/bedrock", "claw/bedrock", "a hyphen"],
    ["claw-official/anything", "claw/bedrock", "claw among the words of the scope"],
    ["clavv/new", "claw/bedrock", "letters that look like another"],
    ["g1thub/issues", "github/issues", "1 for i"],
    ["gihtub/issues", "github/issues", "swapped letters"],
    ["git-hub/anything", "github/issues", "the scope alone, read the same"],
    ["acmetools/deploy", "acme-tools/deploy", "a hyphen left out"],
    ["acme-toois/deploy", "acme-tools/deploy", "i for l"],
    ["acme-tool/depl0y", "acme-tools/deploy", "both halves a little"],
    ["acrne-tools/other", "acme-tools/deploy", "rn for m"],
    ["githubi/ssues", "github/issues", "the slash in another place"],
  ])("%s for %s: %s", (name, other) => {
    expect(similarName(name, known)).toBe(other);
  });

  test.each(["openai/bedrock", "github/issue", "gitlab/issues", "mcq/other", "tom/tools", "bedrock/claw", "acme/bedrock", "claw/bedrok"])(
    "%s for none of them",
    (name) => {
      expect(similarName(name, known)).toBeUndefined();
    },
  );

  test("in a scope of strangers also when only the second half is like another", () => {
    expect([similarName("legacy/clawhub1", ["legacy/clawhub"]), similarName("legacy/clawhub1", ["legacy/clawhub"], { shared: ["legacy"] })]).toEqual([
      undefined,
      "legacy/clawhub",
    ]);
  });

  test("never when it is known itself, however much it is like another", () => {
    const both = ["github/issues", "git-hub/issues"];
    expect([similarName("git-hub/issues", both), similarName("git-hub/issues", ["github/issues"])]).toEqual([undefined, "github/issues"]);
  });

  test("by imitating claw even where nothing is known", () => {
    expect([similarName("c1aw/x", []), similarName("claw/x", []), similarName("acme/x", [])]).toEqual(["claw/x", undefined, undefined]);
  });

  test("and the one with the same second half is the one that is meant", () => {
    expect(similarName("c1aw/grep", ["claw/bedrock", "claw/grep"])).toBe("claw/grep");
  });
});

describe("whatever the names", () => {
  const scoped = fc.tuple(word, word).map(([scope, base]) => nameOf(scope, base));

  test("a known name is taken for none", () => {
    fc.assert(fc.property(fc.array(scoped, { minLength: 1, maxLength: 20 }), (names) => names.every((name) => similarName(name, names) === undefined)));
  });

  test("one edit in a scope of five letters or more is seen when the second half is the same", () => {
    const edits = fc.tuple(fc.constantFrom("drop", "double", "swap", "hyphen"), fc.nat());
    fc.assert(
      fc.property(word, word, edits, (scope, base, [edit, where]) => {
        const at = 1 + (where % (scope.length - 2));
        const [before, here, after] = [scope.slice(0, at), scope.charAt(at), scope.slice(at + 1)];
        const other =
          {
            drop: before + after,
            double: before + here + here + after,
            swap: before.slice(0, -1) + here + before.slice(-1) + after,
            hyphen: `${before}-${here}${after}`,
          }[edit] ?? "";
        fc.pre(other !== scope);
        expect(similarName(nameOf(other, base), [nameOf(scope, base)])).toBe(nameOf(scope, base));
      }),
    );
  });

  test("likeness is mutual", () => {
    fc.assert(
      fc.property(scoped, scoped, (a, b) => {
        fc.pre(!a.startsWith("claw/") && !b.startsWith("claw/") && similarName(a, []) === undefined && similarName(b, []) === undefined);
        expect(similarName(a, [b]) === undefined).toBe(similarName(b, [a]) === undefined);
      }),
    );
  });

  test("names nobody chose to be alike are not taken for one another", () => {
    const names = Array.from({ length: 200 }, (_, index) =>
      nameOf(`${"abcdefghijklmnopqrst"[index % 20]?.repeat(1)}${Math.trunc(index / 20)}qz${index * 7919}x`, `tool-${index}`),
    );
    expect(names.filter((name) => similarName(name, []) !== undefined)).toEqual([]);
  });
});

test("five thousand known names take less than 20 ms", () => {
  const known = Array.from({ length: 5000 }, (_, index) => nameOf(`publisher-${index % 1500}`, `extension-${index}-of-many`));
  const once = (name: string): number => {
    const start = performance.now();
    similarName(name, known);
    return performance.now() - start;
  };
  const times = Array.from({ length: 20 }, (_, index) => once(`somebody-${index}/extension-${index}-of-manu`)).sort((a, b) => a - b);
  // The fastest: other processes slow down the rest.
  expect(times[0]).toBeLessThan(20);
});
