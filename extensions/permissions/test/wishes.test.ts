import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isWishing, noWishes, wishText, wishesOf } from "../src/wishes.ts";

describe("what a model asks for", () => {
  test.each([
    [undefined, noWishes],
    [[], noWishes],
    [["host:Example.com"], { ...noWishes, hosts: ["example.com"] }],
    [["host:*.x.com:8443"], { ...noWishes, hosts: ["*.x.com:8443"] }],
    [["path:/opt/Data"], { ...noWishes, paths: ["/opt/Data"] }],
    [["outside"], { ...noWishes, outside: true }],
    ["outside", { ...noWishes, outside: true }],
  ])("%j", (needs, wishes) => {
    expect(wishesOf(needs, true)).toEqual(wishes);
  });

  test("of another tool's call it is nothing", () => {
    expect(wishesOf(["outside"], false)).toEqual(noWishes);
  });

  test.each([
    "host:",
    "host:*",
    "host:*.",
    "host:a b.com",
    "host:a.com/x",
    "host:user@a.com",
    "host:evil\u0000.a.com",
    "host:a.com\nb.com",
    "host:-a.com",
    "host:a.com.",
    "host:a.com:",
    "host:a.com:999999",
    "host:[::1]",
    "host:é.com",
    "path:",
    "path:/",
    "path:relative",
    "path:~/x",
    "path:/a\u0000b",
    "path:/a\nb",
    `path:/${"x".repeat(5_000)}`,
    "PATH:/x",
    "Outside",
    " outside",
    "",
    "sudo",
  ])("%j means nothing, and is asked about as it stands", (word) => {
    const wishes = wishesOf([word], true);
    expect(wishes).toEqual({ ...noWishes, unclear: [word] });
    expect([isWishing(wishes), wishText(wishes).includes(JSON.stringify(word))]).toEqual([true, true]);
  });

  test.each([null, true, 7, {}, { outside: true }, [null], [{}], [["outside", "x"]]])("%j is a wish too", (needs) => {
    expect(isWishing(wishesOf(needs, true))).toBe(true);
  });

  test("whatever it is, every word is a wish, and no control character stands in its text", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("outside", "host:a.com", "path:/x")), { minLength: 1 }), (needs) => {
        const wishes = wishesOf(needs, true);
        expect(wishes.hosts.length + wishes.paths.length + wishes.unclear.length + needs.filter((one) => one === "outside").length).toBe(needs.length);
        expect(wishText(wishes)).not.toMatch(/[\u0000-\u001f]/);
      }),
    );
  });
});
