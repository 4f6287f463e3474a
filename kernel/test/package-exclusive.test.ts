import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ClawError } from "../src/errors.ts";
import { exclusively, isStagingInUse, openStaging } from "../src/package/exclusive.ts";
import { readGeneration } from "../src/package/lock.ts";
import { entryOf, manifestOf, signal, temporaryStore } from "./package-folder.ts";
import { resultOf, startModule } from "./package-process.ts";

/** A process that commits one extension after another and never stops by itself when `count` is Infinity. */
const committer = (store: { readonly folder: string; readonly sealKeyFile: string }, prefix: string, count: string): string => `
  const { commit } = await import("$package/lock.ts");
  const at = ${JSON.stringify({ kind: "user", ...store })};
  for (let index = 0; index < ${count}; index += 1) {
    const name = "acme/${prefix}-" + index % 40;
    await commit(at, ({ extensions, manifests }) => ({
      extensions: { ...extensions, [name]: ${JSON.stringify(entryOf())} },
      manifests: { ...manifests, [name]: ${JSON.stringify(manifestOf("acme/x"))} },
    }), new AbortController().signal);
  }`;

test("four processes commit at once and none of their changes is lost", async () => {
  using store = temporaryStore();
  const running = ["a", "b", "c", "d"].map((prefix) => startModule(committer(store.user, prefix, "10")));
  expect(await Promise.all(running.map(({ ended }) => ended))).toEqual(running.map(() => ({ code: 0, output: "" })));
  const { generation, extensions } = readGeneration(store.user);
  expect([generation, extensions.names().length]).toEqual([40, 40]);
});

test("two commits of one process wait for each other", async () => {
  using store = temporaryStore();
  const order: string[] = [];
  const work = (name: string) =>
    exclusively(
      store.user.folder,
      async () => {
        order.push(`${name} begins`);
        await new Promise((resolve) => setTimeout(resolve, 5));
        order.push(`${name} ends`);
      },
      signal(),
    );
  await Promise.all([work("a"), work("b")]);
  expect([order.length, order[0]?.split(" ")[0] === order[1]?.split(" ")[0]]).toEqual([4, true]);
});

test("a process killed at any moment leaves one whole generation, and the next commit is not held up", async () => {
  using store = temporaryStore();
  for (let round = 0; round < 12; round += 1) {
    const { ended, kill } = startModule(committer(store.user, "k", "Infinity"));
    while (!existsSync(join(store.user.folder, "claw.lock"))) await new Promise((resolve) => setTimeout(resolve, 2));
    await new Promise((resolve) => setTimeout(resolve, 60 + 7 * round));
    kill();
    await ended;
    const { extensions, manifests } = readGeneration(store.user);
    expect([...extensions.names()].sort()).toEqual([...manifests.names()].sort());
  }
  const before = readGeneration(store.user).generation;
  await resultOf(`${committer(store.user, "last", "1")} console.log("1");`);
  expect(readGeneration(store.user).generation).toBe(before + 1);
});

test("a lock of a process that is gone is removed by one of those that wait, and only by one", async () => {
  using store = temporaryStore();
  await resultOf(`${committer(store.user, "first", "1")} console.log("1");`);
  for (let round = 0; round < 5; round += 1) {
    // No process starts at tick 1 but the first of the machine.
    writeFileSync(join(store.user.folder, "commit.lock"), `${process.pid}:1:dead-${round}`, { flag: "wx" });
    const running = ["a", "b", "c"].map((prefix) => startModule(committer(store.user, `${prefix}${round}`, "3")));
    expect(await Promise.all(running.map(({ ended }) => ended))).toEqual(running.map(() => ({ code: 0, output: "" })));
  }
  expect(readGeneration(store.user).generation).toBe(1 + 5 * 9);
  expect(readdirSync(store.user.folder).filter((name) => name.startsWith("commit.lock"))).toEqual([]);
});

test("who was to remove a dead lock and died of it stops nobody", async () => {
  using store = temporaryStore();
  mkdirSync(store.user.folder);
  writeFileSync(join(store.user.folder, "commit.lock"), `${process.pid}:1:one`);
  writeFileSync(join(store.user.folder, "commit.lock.one"), `${process.pid}:1:two`);
  writeFileSync(join(store.user.folder, "commit.lock.one.two"), `${process.pid}:1:three`);
  expect(await exclusively(store.user.folder, async () => "done", signal())).toBe("done");
  expect(readdirSync(store.user.folder).filter((name) => name.startsWith("commit.lock"))).toEqual([]);
});

test("a lock that is held for too long is refused with its holder's number", async () => {
  using store = temporaryStore();
  await exclusively(
    store.user.folder,
    async () => {
      const waiting = exclusively(store.user.folder, async () => "never", signal(), 30);
      const error: unknown = await waiting.catch((thrown: unknown) => thrown);
      expect(ClawError.is(error, "E_LOCKED") && [error.data, error.retryable]).toEqual([{ pid: process.pid }, true]);
    },
    signal(),
  );
});

test("waiting ends with the signal", async () => {
  using store = temporaryStore();
  await exclusively(
    store.user.folder,
    async () => {
      const reason = new Error("enough");
      await expect(exclusively(store.user.folder, async () => "never", AbortSignal.abort(reason))).rejects.toBe(reason);
    },
    signal(),
  );
});

test("a staging folder is its process's while that runs, and nobody's after", async () => {
  using store = temporaryStore();
  const mine = await openStaging(store.user.folder);
  expect(isStagingInUse(mine.split("/").at(-1) ?? "")).toBe(true);
  const theirs = await resultOf(
    `const { openStaging } = await import("$package/exclusive.ts"); console.log(JSON.stringify(await openStaging(${JSON.stringify(store.user.folder)})));`,
  );
  expect(isStagingInUse(String(theirs).split("/").at(-1) ?? "")).toBe(false);
  expect(["", "x", "12", `${process.pid}-1-abc`].filter(isStagingInUse)).toEqual([]);
});
