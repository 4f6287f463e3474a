import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { inheritedDescriptors, withoutDescriptors } from "../src/inherited-descriptors.ts";

const folder = mkdtempSync(join(tmpdir(), "claw-descriptors-"));
afterAll(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, "secret"), "secret");
const listing = ["/bin/sh", "-c", "ls /proc/$$/fd"];

test("an open file that claw was started with is seen, and does not reach what claw starts", () => {
  const module = new URL("../src/inherited-descriptors.ts", import.meta.url).href;
  const script = `
    import { spawnSync } from "node:child_process";
    import { inheritedDescriptors, withoutDescriptors } from ${JSON.stringify(module)};
    const found = inheritedDescriptors();
    const [file, ...args] = withoutDescriptors(${JSON.stringify(listing)}, found);
    const started = (file, args) => spawnSync(file, args, { encoding: "utf8" }).stdout.trim().split("\\n");
    console.log(JSON.stringify({ found, before: started("/bin/sh", ${JSON.stringify(listing.slice(1))}), after: started(file, args) }));`;
  const output = execFileSync(
    "/bin/bash",
    [
      "-c",
      'exec 57<"$1" 200<"$1"; shift; exec "$@"',
      "bash",
      join(folder, "secret"),
      process.execPath,
      "--conditions=claw-source",
      "--input-type=module",
      "-e",
      script,
    ],
    {
      encoding: "utf8",
    },
  );
  expect(JSON.parse(output)).toEqual({ found: expect.arrayContaining([57, 200]), before: expect.arrayContaining(["57", "200"]), after: ["0", "1", "2"] });
});

test("nothing is put in front of a command where there is nothing to close", () => {
  expect(withoutDescriptors(["git", "status"], [])).toEqual(["git", "status"]);
  expect(inheritedDescriptors(folder)).toEqual([]);
});

test("the command keeps its arguments, its status and its name", () => {
  const [file = "", ...args] = withoutDescriptors(["/bin/sh", "-c", 'printf "%s|" "$0" "$@"; exit 7', "", "a b", "$x", "-n"], [33]);
  const { stdout, status } = spawnSync(file, args, { encoding: "utf8" });
  expect([stdout, status]).toEqual(["|a b|$x|-n|", 7]);
});
