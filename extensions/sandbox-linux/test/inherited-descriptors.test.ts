import { execFileSync } from "node:child_process";
import { fstatSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { inheritedDescriptors, withNothingElse } from "../src/inherited-descriptors.ts";

const folder = mkdtempSync(join(tmpdir(), "claw-descriptors-"));
afterAll(() => rmSync(folder, { recursive: true }));
const secret = join(folder, "secret");
writeFileSync(secret, "secret");
const given = join(folder, "given");
writeFileSync(given, "given");

test("an open file that claw was started with is seen, and does not reach what claw starts", () => {
  const module = new URL("../src/inherited-descriptors.ts", import.meta.url).href;
  const script = `
    import { spawnSync } from "node:child_process";
    import { openSync } from "node:fs";
    import { inheritedDescriptors, withNothingElse } from ${JSON.stringify(module)};
    const found = inheritedDescriptors();
    const { descriptors } = withNothingElse([openSync(${JSON.stringify(given)}, "r")], found);
    const started = (descriptors) =>
      spawnSync("/bin/sh", ["-c", "for one in 3 57 200; do readlink /proc/$$/fd/$one; done"], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe", ...descriptors] })
        .stdout.trim().split("\\n");
    console.log(JSON.stringify({ found, before: started([]), after: started(descriptors) }));`;
  const output = execFileSync(
    "/bin/bash",
    ["-c", 'exec 57<"$1" 200<"$1"; shift; exec "$@"', "bash", secret, process.execPath, "--conditions=claw-source", "--input-type=module", "-e", script],
    { encoding: "utf8" },
  );
  expect(JSON.parse(output)).toEqual({
    found: expect.arrayContaining([57, 200]),
    before: [secret, secret],
    after: [given, "/dev/null", "/dev/null"],
  });
});

test("where nothing is inherited, or what is has the number of what is given, no more is given", () => {
  expect(inheritedDescriptors(folder)).toEqual([]);
  using none = withNothingElse([20, 21], []);
  using replaced = withNothingElse([20, 21], [3, 4]);
  expect([none.descriptors, replaced.descriptors]).toEqual([
    [20, 21],
    [20, 21],
  ]);
});

test("what is given keeps its place; disposing closes what stands for the rest", () => {
  const placed = withNothingElse([20], [4, 6]);
  const nothing = Number(placed.descriptors[1]);
  expect(placed.descriptors).toEqual([20, nothing, "ignore", nothing]);
  expect(fstatSync(nothing).isCharacterDevice()).toBe(true);
  placed[Symbol.dispose]();
  expect(() => fstatSync(nothing)).toThrow("EBADF");
});

test("a number too high to be covered is refused", () => {
  expect(() => withNothingElse([20], [7, 100_000])).toThrow(expect.objectContaining({ code: "SANDBOX_FAILED", message: expect.stringContaining("100000") }));
});
