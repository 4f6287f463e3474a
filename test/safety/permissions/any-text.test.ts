import fc from "fast-check";
import { expect, test } from "vitest";
import { benign } from "./benign.ts";
import { onCommand, type Given } from "./scene.ts";

test("whatever text a command is, it is judged", () => {
  const piece = fc.constantFrom(
    "$(",
    "`",
    "((",
    "))",
    "${",
    "}",
    "<<EOF\n",
    "<(",
    ")",
    "'",
    '"',
    "\\",
    "\n",
    ";",
    "&&",
    "[[",
    "]]",
    "{",
    "case x in",
    "esac",
    "if",
    "then",
    "fi",
    "bash -c ",
    "eval ",
    "\u0000",
    "\ud800",
    "a",
    " ",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary", maxLength: 60 }),
        fc.array(piece, { maxLength: 25 }).map((pieces) => pieces.join("")),
      ),
      (command) => {
        expect(["allow", "ask", "deny"]).toContain(onCommand(command, { deny: ["Bash(touch:*)", "Read(.env)"], allow: benign }).decision);
      },
    ),
    { numRuns: 3_000 },
  );
});

test("a command of any depth or length is judged in no time", () => {
  const began = performance.now();
  const given: Given = { deny: ["Bash(touch:*)", "Bash(* --force)"], mode: "allow" };
  for (const command of [
    "(".repeat(5_000),
    "$(".repeat(20_000),
    "`".repeat(20_000),
    "bash -c '".repeat(5_000),
    "env ".repeat(10_000),
    `xargs ${"sh -c ".repeat(300)}`,
    "a;".repeat(30_000),
    `${"eval ".repeat(5_000)}x`,
    "{a,".repeat(10_000),
    "<<E\n".repeat(10_000),
    `find . ${"-exec a ".repeat(5_000)}`,
    `find . ${"-exec a ".repeat(100)}`,
    `xargs ${"sh -c ".repeat(99)}`,
    `xargs ${"find . -exec ".repeat(60)}`,
    `echo ${"a ".repeat(30_000)}`,
    `rm ${"a/../b ".repeat(9_000)}`,
  ]) {
    expect(onCommand(command, given).decision).not.toBe("deny");
  }
  expect(performance.now() - began).toBeLessThan(15_000);
});
