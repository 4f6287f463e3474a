import { ClawError } from "@claw/kernel";
import { mkdir, readFile, readdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { createWorkspace } from "../src/workspace.ts";
import { folderOf, type Folder } from "./setting.ts";

/** Puts two entries of a folder in each other's place for as long as it lives; a folder made in a free place meanwhile is put aside. */
const swapper = `
  const { renameSync } = require("node:fs");
  const { workerData, parentPort } = require("node:worker_threads");
  const [a, b] = workerData;
  parentPort.postMessage("on");
  let made = 0;
  const aside = (path) => { try { renameSync(path, a + ".made" + made++); } catch {} };
  const move = (from, to) => { for (;;) try { return renameSync(from, to); } catch { aside(to); } };
  for (;;) { move(a, a + ".t"); move(b, a); move(a + ".t", b); }`;

async function swapping(a: string, b: string): Promise<AsyncDisposable> {
  const worker = new Worker(swapper, { eval: true, workerData: [a, b] });
  await new Promise((resolve) => void worker.once("message", resolve));
  return { [Symbol.asyncDispose]: async () => void (await worker.terminate()) };
}

async function withSecret(at: Folder): Promise<string> {
  const away = join(at.root, "../away");
  await mkdir(away);
  await writeFile(join(away, "a.txt"), "secret");
  return away;
}

const refusals = new Set(["PATH_OUTSIDE", "PATH_CHANGED", "PATH_NOT_FOUND"]);

async function outcomeOf(attempt: Promise<string>): Promise<string> {
  try {
    return await attempt;
  } catch (error) {
    if (ClawError.is(error) && refusals.has(error.code)) return error.code;
    throw error;
  }
}

test.each(["a file", "a folder"])("%s that keeps changing places with a link to elsewhere never gives away what is there", async (what) => {
  await using at = await folderOf({ "d/a.txt": "mine" });
  const away = await withSecret(at);
  const workspace = createWorkspace(undefined);
  const [from, link] = what === "a file" ? [join(at.root, "d/a.txt"), join(at.root, "d/link")] : [join(at.root, "d"), join(at.root, "link")];
  await symlink(what === "a file" ? join(away, "a.txt") : away, link);
  const seen = new Set<string>();
  await using _ = await swapping(from, link);
  for (let round = 0; round < 600; round += 1) seen.add(await outcomeOf(workspace.readText("d/a.txt", at.call)));
  expect(seen.has("mine")).toBe(true);
  expect(seen.size).toBeGreaterThan(1);
  expect([...seen].filter((outcome) => outcome !== "mine" && !refusals.has(outcome))).toEqual([]);
});

test("nothing is ever written through a folder that keeps changing places with a link to elsewhere", async () => {
  await using at = await folderOf({ "d/a.txt": "mine" });
  const away = await withSecret(at);
  const workspace = createWorkspace(undefined);
  await symlink(away, join(at.root, "link"));
  const seen = new Set<string>();
  {
    await using _ = await swapping(join(at.root, "d"), join(at.root, "link"));
    for (let round = 0; round < 300; round += 1) {
      seen.add(await outcomeOf(workspace.write("d/a.txt", Buffer.from(`${round}`), at.call).then(() => "written")));
      seen.add(await outcomeOf(workspace.write(`d/new/${round}.txt`, Buffer.from("x"), at.call).then(() => "written")));
      for await (const { path } of workspace.list(".", at.call)) seen.add(path.startsWith(`${at.root}/`) ? "listed" : path);
    }
  }
  expect([...seen].filter((outcome) => !refusals.has(outcome)).toSorted()).toEqual(["listed", "written"]);
  expect([await readdir(away), await readFile(join(away, "a.txt"), "utf8")]).toEqual([["a.txt"], "secret"]);
});
