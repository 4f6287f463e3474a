import { constants } from "node:fs";
import { link, mkdir, readFile, readdir, rename, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openFolder } from "../src/open-folder.ts";
import { openListed } from "../src/listed-folder.ts";
import { openSame } from "../src/opened.ts";
import { folderOf } from "./setting.ts";

const changed = expect.objectContaining({ code: "PATH_CHANGED", retryable: true });

test("a checked path of which any part has become a link since is not handed out", async () => {
  await using at = await folderOf({ "a/b/c.txt": "x" });
  await mkdir(join(at.root, "../away/b/deep"), { recursive: true });
  await writeFile(join(at.root, "../away/b/c.txt"), "secret");
  const real = join(at.root, "a/b/c.txt");
  await using handle = await openSame(real, constants.O_RDONLY, "read");
  expect(await handle.readFile("utf8")).toBe("x");

  await rename(join(at.root, "a/b"), join(at.root, "a/kept"));
  await symlink(join(at.root, "../away/b"), join(at.root, "a/b"));
  await expect(openSame(real, constants.O_RDONLY, "read")).rejects.toEqual(changed);
  for (const folder of ["a/b", "a/b/deep"]) expect(openListed(join(at.root, folder))).toBeUndefined();
  await expect(openFolder(join(at.root, "a/b/new"))).rejects.toEqual(changed);
  expect(await readdir(join(at.root, "../away/b"))).toEqual(["c.txt", "deep"]);
});

test("a leaf that has become a link since is not followed, wherever it leads", async () => {
  await using at = await folderOf({ "a.txt": "x" });
  await symlink("a.txt", join(at.root, "b.txt"));
  await expect(openSame(join(at.root, "b.txt"), constants.O_RDONLY, "read")).rejects.toEqual(changed);
});

test("a folder held open stays the same folder when its path becomes another", async () => {
  await using at = await folderOf({ "a/old.txt": "" });
  await using folder = await openFolder(join(at.root, "a"));
  await rename(join(at.root, "a"), join(at.root, "moved"));
  await mkdir(join(at.root, "a"));
  await link(folder.at("old.txt"), folder.at("new.txt"));
  expect([await readdir(join(at.root, "moved")), await readdir(join(at.root, "a"))]).toEqual([["new.txt", "old.txt"], []]);
});

test("missing folders are made one below the other, and one that is a file by now is said", async () => {
  await using at = await folderOf({ file: "" });
  await using folder = await openFolder(join(at.root, "x/y/z"));
  await writeFile(folder.at("here.txt"), "1");
  expect(await readFile(join(at.root, "x/y/z/here.txt"), "utf8")).toBe("1");
  await expect(openFolder(join(at.root, "file/x"))).rejects.toEqual(changed);
});
