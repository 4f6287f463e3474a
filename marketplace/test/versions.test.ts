import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { byVersion, checkRange, checkVersion, isPrerelease, isVersion, majorOf, satisfies } from "../src/versions.ts";
import { refusalOf } from "./refusal.ts";

const numbers = fc.tuple(fc.nat(50), fc.nat(50), fc.nat(50));
const text = ([major, minor, patch]: readonly number[]): string => `${major}.${minor}.${patch}`;

describe("a version has one form", () => {
  test.each(["0.0.0", "1.4.0", "1.0.0-beta.1", "10.20.30", "1.0.0--"])("%s", (version) => {
    expect(checkVersion(version, "acme/x")).toBe(version);
  });

  test.each([
    "",
    "1",
    "1.0",
    "v1.0.0",
    " 1.0.0",
    "1.0.0\n",
    "1.0.0+build",
    "01.0.0",
    "1.0.0-",
    "1.0.0-01",
    "=1.0.0",
    "1.x",
    "latest",
    "99999999999999999999.0.0",
  ])("and %j is none", (version) => {
    expect(refusalOf(() => checkVersion(version, "acme/x"))).toBe("E_VERSION");
  });

  test("so two texts are never the same version", () => {
    const dressed = fc
      .tuple(fc.constantFrom("", "v", "=", " ", "0"), numbers, fc.constantFrom("", "+a", " ", "\n", "-a", "-0", "-00", ".0"))
      .map(([before, some, after]) => before + text(some) + after);
    fc.assert(
      fc.property(dressed, numbers, (some, other) => {
        if (isVersion(some) && some !== text(other)) expect(byVersion(some, text(other))).not.toBe(0);
        expect(isVersion(some)).toBe(/^(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}(-(0|a))?$/.test(some));
      }),
    );
  });
});

describe("a range", () => {
  test.each(["*", "", "^1.2", "1.x", ">=1 <2 || 3", "1.0.0 - 2.0.0"])("%j can be read", (range) => {
    expect(checkRange(range, "acme/x")).toBe(range);
  });

  test.each(["latest", "1.x.y.z", "^^1", "\u001b[2J", `^1.0.0${" ".repeat(300)}`])("%j is refused", (range) => {
    expect(refusalOf(() => checkRange(range, "acme/x"))).toBe("E_VERSION");
  });

  test("holds a prerelease only when it names one of the same version", () => {
    expect([
      satisfies("1.1.0-beta.1", "*"),
      satisfies("1.1.0-beta.1", "^1.0.0"),
      satisfies("1.1.0-beta.1", "^1.1.0-beta.0"),
      satisfies("1.2.0-beta.1", "^1.1.0-beta.0"),
    ]).toEqual([false, false, true, false]);
  });
});

test("versions are in the order of their numbers, a prerelease before its release", () => {
  expect(["1.10.0", "1.9.0", "2.0.0", "2.0.0-rc.1", "2.0.0-beta.2", "2.0.0-beta.10"].sort(byVersion)).toEqual([
    "1.9.0",
    "1.10.0",
    "2.0.0-beta.2",
    "2.0.0-beta.10",
    "2.0.0-rc.1",
    "2.0.0",
  ]);
  expect([isPrerelease("1.0.0-a"), isPrerelease("1.0.0"), majorOf("12.3.4"), majorOf("no")]).toEqual([true, false, 12, 0]);
  fc.assert(fc.property(numbers, numbers, (a, b) => Math.sign(byVersion(text(a), text(b))) === (Math.sign(a[0] - b[0] || a[1] - b[1] || a[2] - b[2]) || 0)));
});
