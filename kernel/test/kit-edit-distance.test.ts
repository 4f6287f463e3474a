import fc from "fast-check";
import { expect, test } from "vitest";
import { editDistance } from "../kit/edit-distance.ts";

test("a letter put in, taken out or changed counts one", () => {
  expect([
    editDistance("git", "git"),
    editDistance("gti", "git"),
    editDistance("git", "gitk"),
    editDistance("git", "it"),
    editDistance("", "git"),
    editDistance("kitten", "sitting"),
  ]).toEqual([0, 2, 1, 1, 3, 3]);
});

test("the distance of words is a distance", () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(
      word,
      word,
      word,
      (a, b, c) =>
        editDistance(a, b) === editDistance(b, a) &&
        (editDistance(a, b) === 0) === (a === b) &&
        editDistance(a, c) <= editDistance(a, b) + editDistance(b, c) &&
        editDistance(a, b) <= Math.max(a.length, b.length),
    ),
  );
});
