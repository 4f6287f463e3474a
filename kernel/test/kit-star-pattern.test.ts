import fc from "fast-check";
import { expect, test } from "vitest";
import { isStarMatch } from "../kit/star-pattern.ts";

test("a star is any text, none too, and no piece is used twice", () => {
  const cases: readonly (readonly [pattern: string, text: string, fits: boolean])[] = [
    ["a", "a", true],
    ["a", "ab", false],
    ["*", "", true],
    ["a*", "a", true],
    ["a*b", "ab", true],
    ["a*b", "acbd", false],
    ["ab*bc", "abc", false],
    ["*b*", "abc", true],
    ["a*b*c", "axbxbxc", true],
    ["a*bb*b", "abb", false],
  ];
  expect(cases.map(([pattern, text]) => isStarMatch(pattern.split("*"), text))).toEqual(cases.map(([, , fits]) => fits));
});

test("it means what the regular expression means", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 12 });
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "b", "*"), maxLength: 8 }),
      text,
      (pattern, written) => isStarMatch(pattern.split("*"), written) === new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(written),
    ),
  );
});

test("many stars cost no more than the text", () => {
  const began = performance.now();
  expect(isStarMatch("*a".repeat(5_000).split("*").concat("b"), "a".repeat(100_000))).toBe(false);
  expect(performance.now() - began).toBeLessThan(500);
});
