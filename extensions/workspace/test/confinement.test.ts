import { ClawError } from "@claw/kernel";
import fc from "fast-check";
import { realpathSync } from "node:fs";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import { expect, test } from "vitest";
import { createAgentsIgnore } from "../src/agents-ignore.ts";
import { createConfinement } from "../src/confinement.ts";
import { createWorkspace } from "../src/workspace.ts";
import { folderOf } from "./setting.ts";

test("~/ leads to the home folder, which is outside like any other", async () => {
  await using at = await folderOf();
  await using home = await folderOf({ "a.txt": "x" });
  const workspace = createWorkspace(home.root);
  await expect(workspace.read("~/a.txt", at.call)).rejects.toEqual(expect.objectContaining({ code: "PATH_OUTSIDE" }));
  expect(await workspace.readText("~/a.txt", { ...at.call, allowed: [join(home.root, "a.txt")] })).toBe("x");
});

test("for any links and any path, what is read is inside where the system says it is", async () => {
  await using at = await folderOf({ "a/f": "a/f", "a/b/f": "a/b/f", f: "f" });
  const around = join(at.root, "..");
  await mkdir(join(around, "out/a"), { recursive: true });
  for (const path of ["out/f", "out/a/f", "f"]) await writeFile(join(around, path), "secret");
  const name = fc.constantFrom("a", "b", "f", "l0", "l1", "l2", "..", ".", "out", "proj");
  const path = fc.array(name, { minLength: 1, maxLength: 6 }).map((names) => names.join("/"));
  const asking = fc.oneof(
    path,
    path.map((below) => `${below}/f`),
    fc.tuple(fc.constantFrom("l0", "a/l1", "a/b/l2"), fc.constantFrom("f", "a/f", "../f")).map((names) => names.join("/")),
  );
  const target = fc.oneof(
    path,
    path.map((below) => join(around, below)),
    fc.constant("/"),
  );
  const workspace = createWorkspace(undefined);
  let round = 0;
  let inside = 0;

  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ folder: fc.constantFrom("", "a", "a/b"), target }), { maxLength: 3 }),
      fc.array(asking, { minLength: 4, maxLength: 12 }),
      async (links, paths) => {
        round += 1;
        const root = join(at.root, `r${round}`);
        await mkdir(join(root, "a/b"), { recursive: true });
        for (const file of ["f", "a/f", "a/b/f"]) await writeFile(join(root, file), file);
        for (const [index, link] of links.entries()) await symlink(link.target, join(root, link.folder, `l${index}`));
        const call = { ...at.call, cwd: root, roots: [root] };
        for (const asked of paths) {
          const expected = systemsView(resolve(root, asked));
          const outcome = await workspace.readText(asked, call).catch((error: unknown) => (ClawError.is(error) ? error.code : Promise.reject(error as Error)));
          if (expected?.startsWith(root + sep) === true && expected.endsWith(`${sep}f`)) {
            inside += 1;
            expect(outcome).toBe(expected.slice(root.length + 1));
          } else if (expected !== undefined && expected !== root && !expected.startsWith(root + sep)) {
            expect(outcome).toBe("PATH_OUTSIDE");
          } else {
            expect(outcome).toMatch(/^PATH_(NOT_FOUND|NOT_FILE|OUTSIDE)$/u);
          }
        }
      },
    ),
    { numRuns: 150 },
  );
  expect(inside).toBeGreaterThan(50);
});

const systemsView = (path: string): string | undefined => {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
};

test("a path that leads through a missing folder and up again is not guessed at", async () => {
  await using at = await folderOf();
  await symlink("later/../../elsewhere", join(at.root, "x"));
  await expect(createConfinement(undefined, createAgentsIgnore()).locate("x/y", at.call)).rejects.toEqual(expect.objectContaining({ code: "PATH_NOT_FOUND" }));
});
