import { ClawError } from "@claw/kernel";
import { chmod, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { diskError } from "../src/disk-error.ts";
import { createWorkspace } from "../src/workspace.ts";
import { folderOf, type Folder } from "./setting.ts";

const failure = (code: string): Error => Object.assign(new Error(`${code}: it failed`), { code });

test("every failure of a disk has a code and a sentence that names the path", () => {
  const said = (code: string, doing: "read" | "write") => {
    const error = diskError(failure(code), "/w/a.txt", doing);
    return ClawError.is(error) ? `${error.code}: ${error.message}` : error;
  };
  expect(
    ["ENOENT", "ENOTDIR", "EACCES", "EROFS", "ENOSPC", "EDQUOT", "EFBIG", "EISDIR", "ENXIO", "ENAMETOOLONG", "EMFILE", "EIO"].map((code) =>
      said(code, "write"),
    ),
  ).toEqual([
    "PATH_NOT_FOUND: /w/a.txt does not exist",
    "PATH_NOT_FOUND: /w/a.txt does not exist: a part of it is a file and no folder",
    "PATH_UNWRITABLE: /w/a.txt may not be written by this user",
    "PATH_UNWRITABLE: /w/a.txt is on a disk that can only be read",
    "PATH_UNWRITABLE: the disk of /w/a.txt is full",
    "PATH_UNWRITABLE: the disk quota for /w/a.txt is used up",
    "PATH_UNWRITABLE: /w/a.txt would be larger than files may be here",
    "PATH_NOT_FILE: /w/a.txt is a folder",
    "PATH_NOT_FILE: /w/a.txt is no regular file",
    "PATH_INVALID: /w/a.txt has a name that is too long for the disk",
    "PATH_UNWRITABLE: /w/a.txt could not be opened: too many files are open",
    "PATH_UNWRITABLE: /w/a.txt could not be written (EIO)",
  ]);
  expect([said("EACCES", "read"), said("EIO", "read")]).toEqual([
    "PATH_UNREADABLE: /w/a.txt may not be read by this user",
    "PATH_UNREADABLE: /w/a.txt could not be read (EIO)",
  ]);
});

test("a failure that is not the disk's is left as it is", () => {
  const errors = [new Error("x"), new ClawError("PATH_CHANGED", "x", { path: "/" }), new DOMException("enough", "AbortError"), "text"];
  expect(errors.map((error) => diskError(error, "/w", "read"))).toEqual(errors);
});

/** Runs as somebody to whom permissions apply, also when the tests run as root. */
async function asNobody<T>(at: Folder, run: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return await run();
  await chmod(join(at.root, ".."), 0o755);
  process.seteuid?.(65_534);
  try {
    return await run();
  } finally {
    process.seteuid?.(0);
  }
}

test("a file or folder that this user may not touch ends in a sentence, and lists go on without it", async () => {
  await using at = await folderOf({ "closed/a.txt": "", "mute.txt": "", "fixed.txt": "old", "open.txt": "" });
  for (const [path, mode] of [
    ["closed", 0],
    ["mute.txt", 0],
    ["fixed.txt", 0o444],
    [".", 0o555],
  ] as const)
    await chmod(join(at.root, path), mode);
  const workspace = createWorkspace(undefined);
  const code = (attempt: Promise<unknown>) =>
    attempt.then(
      () => "none",
      (error: unknown) => (ClawError.is(error) ? error.code : Promise.reject(error as Error)),
    );
  const outcomes = await asNobody(at, async () => {
    const listed: string[] = [];
    for await (const { path } of workspace.list(".", at.call)) listed.push(path.slice(at.root.length + 1));
    return {
      read: [await code(workspace.read("mute.txt", at.call)), await code(workspace.read("closed/a.txt", at.call))],
      write: [
        await code(workspace.write("fixed.txt", Buffer.from("x"), at.call)),
        await code(workspace.write("new.txt", Buffer.from("x"), at.call)),
        await code(workspace.write("new/new.txt", Buffer.from("x"), at.call)),
      ],
      list: [await code(workspace.list("closed", at.call)[Symbol.asyncIterator]().next()), listed],
    };
  });
  await chmod(join(at.root, "."), 0o755);
  await chmod(join(at.root, "closed"), 0o755);
  expect(outcomes).toEqual({
    read: ["PATH_UNREADABLE", "PATH_UNREADABLE"],
    write: ["PATH_UNWRITABLE", "PATH_UNWRITABLE", "PATH_UNWRITABLE"],
    list: ["PATH_UNREADABLE", ["fixed.txt", "mute.txt", "open.txt"]],
  });
  expect((await readdir(at.root)).toSorted()).toEqual(["closed", "fixed.txt", "mute.txt", "open.txt"]);
});

test("a write that fails leaves nothing behind", async () => {
  await using at = await folderOf({ "a.txt": "old" });
  await mkdir(join(at.root, "full"));
  const reason = new Error("enough");
  const controller = new AbortController();
  const write = createWorkspace(undefined).write("full/b.txt", Buffer.alloc(8_000_000), { ...at.call, signal: controller.signal });
  controller.abort(reason);
  await expect(write).rejects.toBe(reason);
  expect(await readdir(join(at.root, "full"))).toEqual([]);
});
