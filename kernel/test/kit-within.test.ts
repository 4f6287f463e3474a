import { expect, test } from "vitest";
import { foldersBetween, isWithin } from "../kit/within.ts";

test("a folder holds itself and what is below it, and no folder whose name begins like it", () => {
  const cases: readonly (readonly [folder: string, path: string, isIn: boolean])[] = [
    ["/a/b", "/a/b", true],
    ["/a/b", "/a/b/c", true],
    ["/a/b", "/a/bc", false],
    ["/a/b", "/a", false],
    ["/a/b/", "/a/b/c", true],
    ["/", "/x", true],
    ["/", "/", true],
    ["/a", "a", false],
  ];
  expect(cases.map(([folder, path]) => isWithin(folder, path))).toEqual(cases.map(([, , isIn]) => isIn));
});

test("the folders between two are both and those on the way; without a way, all from the root", () => {
  expect(foldersBetween("/p", "/p/a/b")).toEqual(["/p", "/p/a", "/p/a/b"]);
  expect(foldersBetween("/", "/")).toEqual(["/"]);
  expect(foldersBetween("/elsewhere", "/p/a")).toEqual(["/", "/p", "/p/a"]);
});
