import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { atomicWrite } from "../kit/atomic-write.ts";

let folder: string;
beforeEach(async () => (folder = await mkdtemp(join(tmpdir(), "claw-atomic-"))));
afterEach(() => rm(folder, { recursive: true, force: true }));

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o7777;

describe("an atomic write", () => {
  test("makes a new file with the mode it is given", async () => {
    await atomicWrite(join(folder, "a"), "héllo", { mode: 0o600 });
    expect([await readFile(join(folder, "a"), "utf8"), await modeOf(join(folder, "a"))]).toEqual(["héllo", 0o600]);
  });

  test("replaces a file and keeps its mode", async () => {
    const path = join(folder, "run.sh");
    await writeFile(path, "old");
    await chmod(path, 0o751);
    await atomicWrite(path, new Uint8Array([1, 2]), { mode: 0o600 });
    expect([[...(await readFile(path))], await modeOf(path)]).toEqual([[1, 2], 0o751]);
  });

  test("leaves nothing behind, also when it fails", async () => {
    await mkdir(join(folder, "b"));
    await writeFile(join(folder, "b", "inside"), "");
    await expect(atomicWrite(join(folder, "b"), "text")).rejects.toMatchObject({ code: expect.stringMatching(/EISDIR|ENOTEMPTY|EEXIST|EPERM/) });
    await atomicWrite(join(folder, "c"), "text");
    expect(await readdir(folder)).toEqual(["b", "c"]);
  });

  test("says why a folder cannot be written to", async () => {
    await expect(atomicWrite(join(folder, "missing", "a"), "text")).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("of several at once leaves one of them whole", async () => {
    const path = join(folder, "a");
    const texts = Array.from({ length: 8 }, (_, index) => String(index).repeat(100_000));
    await Promise.all(texts.map((text) => atomicWrite(path, text)));
    expect(texts).toContain(await readFile(path, "utf8"));
    expect(await readdir(folder)).toEqual(["a"]);
  });
});
