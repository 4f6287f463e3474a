import { applyPatch } from "diff";
import fc from "fast-check";
import { expect, test } from "vitest";
import { snippetOf, unifiedDiff } from "../src/unified-diff.ts";

test("a change is shown with three lines around it and its place in the file", async () => {
  const lines = Array.from({ length: 1000 }, (_, index) => `line ${index + 1}`);
  const before = `${lines.join("\n")}\n`;
  expect(await unifiedDiff("a.txt", before, before.replace("line 500\n", "new\nlines\n"))).toEqual({
    patch: "--- a/a.txt\n+++ b/a.txt\n@@ -497,7 +497,8 @@\n line 497\n line 498\n line 499\n-line 500\n+new\n+lines\n line 501\n line 502\n line 503\n",
    added: 2,
    removed: 1,
  });
});

test("a new file, an emptied one and a missing last line end are shown", async () => {
  expect(await unifiedDiff("a", "", "x\ny\n")).toEqual({ patch: "--- a/a\n+++ b/a\n@@ -0,0 +1,2 @@\n+x\n+y\n", added: 2, removed: 0 });
  expect(await unifiedDiff("a", "x\n", "")).toEqual({ patch: "--- a/a\n+++ b/a\n@@ -1,1 +0,0 @@\n-x\n", added: 0, removed: 1 });
  expect(await unifiedDiff("a", "x\n", "x")).toEqual({
    patch: "--- a/a\n+++ b/a\n@@ -1,1 +1,1 @@\n-x\n+x\n\\ No newline at end of file\n",
    added: 1,
    removed: 1,
  });
});

test("line ends of Windows are not shown", async () => {
  expect((await unifiedDiff("a", "x\r\ny\r\n", "x\r\nz\r\n")).patch).toBe("--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n x\n-y\n+z\n");
});

test("a patch of any two texts makes the one of the other", async () => {
  const text = fc
    .tuple(fc.array(fc.constantFrom("a", "b", "c", "", "+x", "-x", "\\ y", "@@ -1 +1 @@"), { maxLength: 30 }), fc.boolean())
    .map(([lines, isEnded]) => lines.join("\n") + (isEnded ? "\n" : ""));
  await fc.assert(
    fc.asyncProperty(text, text, async (before, after) => {
      const { patch, added, removed } = await unifiedDiff("f", before, after);
      expect(applyPatch(before, patch)).toBe(after);
      const count = (value: string): number => (value === "" ? 0 : value.split("\n").length - (value.endsWith("\n") ? 1 : 0));
      expect(count(before) - removed + added).toBe(count(after));
    }),
    { numRuns: 500 },
  );
});

test("two long texts with nothing in common are said to be replaced, and the patch is cut", async () => {
  const text = (name: string): string => Array.from({ length: 20_000 }, (_, index) => `${name} ${index}\n`).join("");
  const { patch, added, removed } = await unifiedDiff("f", text("old"), text("new"));
  expect([added, removed, patch.length < 70_000, patch.endsWith("\n[the rest of the patch was cut]\n")]).toEqual([20_000, 20_000, true, true]);
});

test("a snippet has no header, no endless lines and not too many", async () => {
  const { patch } = await unifiedDiff("f", "", `${"x".repeat(1000)}\n${"y\n".repeat(60)}`);
  const lines = snippetOf(patch).split("\n");
  expect([lines[0], lines[1]?.length, lines.length, lines.at(-1)]).toEqual(["@@ -0,0 +1,61 @@", 301, 41, "[23 more lines of changes]"]);
});
