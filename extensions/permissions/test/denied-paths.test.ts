import { mkdirSync, mkdtempDisposableSync, realpathSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { CallScope, Workspace } from "@claw/kernel";
import { expect, test } from "vitest";
import { deniedSearch } from "../src/denied-paths.ts";
import { from, rulesOf } from "../src/rules.ts";
import { toolNames } from "../src/tool-names.ts";

const names = toolNames({ names: [], about: () => undefined });
const workspace: Pick<Workspace, "locate"> = { locate: async (path) => ({ path, real: realpathSync(path), inside: true, kind: "folder" }) as never };

function project(files: readonly string[], links: Readonly<Record<string, string>> = {}) {
  const folder = mkdtempDisposableSync(join(realpathSync(tmpdir()), "claw-denied-"));
  const put = (path: string): void => {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeFileSync(join(folder.path, path), "");
  };
  for (const path of files) put(path);
  for (const [path, target] of Object.entries(links)) symlinkSync(target, join(folder.path, path));
  const call: CallScope = { session: "s", cwd: folder.path, roots: [folder.path], signal: new AbortController().signal };
  const search = (deny: readonly string[]) => deniedSearch(rulesOf({ deny: from("a test", deny), ask: [], allow: [] }, names), workspace, undefined);
  return { folder: folder.path, put, call, search, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

const files = ["a.env", "src/b.env", "src/c.ts", "src/deep/d.ts", "node_modules/x/e.env", "keys/f", "keys/deep/g"];

test.each([
  [["Read(*.env)"], ["a.env", "src/b.env"], []],
  [["Read(src/*.env)"], ["src/b.env"], []],
  [["Read(keys/**)"], ["keys"], []],
  [["Read(keys)"], ["keys"], []],
  [["Edit(src/**)"], [], ["src"]],
  [["Edit(src)"], [], ["src"]],
  [["Edit(src/**)", "Read(*.env)"], ["a.env", "src/b.env"], ["src"]],
  [["Edit(**)"], [], [""]],
  [["Read(**)"], [""], []],
  [["Edit(*.ts)"], [], ["src/c.ts", "src/deep/d.ts"]],
  [["Read(SRC/C.TS)"], ["src/c.ts"], []],
  [["Read(linked)"], ["keys/f"], []],
  [["Read(out)", "Read(gone)"], [], []],
  [["Read(none/**)", "Bash(rm:*)", "Write", "WebFetch(domain:a.test)"], [], []],
] as const)("%j keeps what it names from programs, whole folders as one", async (deny, read, write) => {
  using at = project(files, { linked: "keys/f", out: "/etc/passwd", gone: "nowhere" });
  const paths = (relative: readonly string[]): readonly string[] => relative.map((path) => join(at.folder, path));
  expect(await at.search(deny)(at.call)).toEqual({ read: paths(read), write: paths(write) });
});

test("what is made later is found by the next program, whatever is remembered of folders that did not change", async () => {
  using at = project(files);
  const search = at.search(["Read(*.env)"]);
  const long = new Date(Date.now() - 60_000);
  for (const folder of ["", "src", "src/deep"]) utimesSync(join(at.folder, folder), long, long);
  expect((await search(at.call)).read).toHaveLength(2);
  at.put("src/deep/new.env");
  at.put("later/h.env");
  expect((await search(at.call)).read).toEqual(["a.env", "later/h.env", "src/b.env", "src/deep/new.env"].map((path) => join(at.folder, path)));
});

test("rules that name more files than a wall can hold are said to, and what to write instead", async () => {
  using at = project(Array.from({ length: 251 }, (_, index) => `src/${index}.env`));
  await expect(at.search(["Read(*.env)"])(at.call)).rejects.toMatchObject({ code: "PATH_TOO_LARGE", fix: expect.stringContaining("whole folders") as string });
  expect((await at.search(["Read(src/**)"])(at.call)).read).toEqual([join(at.folder, "src")]);
});
