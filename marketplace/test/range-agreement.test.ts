import { inRange } from "@claw/kernel/host";
import fc from "fast-check";
import satisfies from "semver/functions/satisfies.js";
import { expect, test } from "vitest";

const small = fc.integer({ min: 0, max: 3 });
const prerelease = fc.oneof(
  { weight: 3, arbitrary: fc.constant("") },
  { weight: 1, arbitrary: fc.constantFrom("-0", "-1", "-10", "-2", "-a", "-a.1", "-a.b", "-rc.2", "-rc.10", "-rc") },
);
const version = fc.tuple(small, small, small, prerelease).map(([a, b, c, pre]) => `${a}.${b}.${c}${pre}`);
const partial = fc.oneof(
  version,
  small.map(String),
  fc.tuple(small, small).map((numbers) => numbers.join(".")),
  fc.constantFrom("*", "x", "1.x", "1.2.x", "0.x", "0.0"),
);
const part = fc.tuple(fc.constantFrom("", "", "^", "~", ">=", ">", "<", "<=", "="), partial).map((words) => words.join(""));
const range = fc
  .array(
    fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(" ")),
    { minLength: 1, maxLength: 2 },
  )
  .map((any) => any.join(" || "));

test("start and the marketplace agree on what a range holds", () => {
  fc.assert(
    fc.property(version, range, (one, all) => {
      expect([one, all, inRange(one, all)]).toEqual([one, all, satisfies(one, all)]);
    }),
    { numRuns: 20_000 },
  );
});

test("an alternative that holds everything takes a prerelease's name from the others", () => {
  for (const all of [">=0.0 || >1.0.1-0 *", "* || >1.0.1-0", "1.0.1-a || >=0.x"]) expect([all, inRange("1.0.1-a.1", all)]).toEqual([all, false]);
  expect(inRange("3.0.0-0", "3.0.0-0 >2")).toBe(false);
  expect(inRange("1.0.1", ">=0.0 || >1.0.1-0 *")).toBe(true);
});

test("what nobody can read holds nothing", () => {
  for (const text of ["1.2.3.4", "latest", "^", ">>1", "01.2.3", "1.2.3+build", "v1.2.3"]) expect([text, inRange("1.2.3", text)]).toEqual([text, false]);
  for (const text of ["1.2", "v1.2.3", "01.0.0", "", "1.2.3+a"]) expect([text, inRange(text, "*")]).toEqual([text, false]);
});
