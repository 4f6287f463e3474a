import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { codeOf, readAll } from "@claw/testing/conformance";
import { expect, test } from "vitest";
import { session, sessionsFolder, startWriter } from "./folder.ts";

const place = (root: string, suffix: string): string => join(root, "w", session + suffix);

test("after kill -9 at any moment every acknowledged entry is there, and the next process goes on", async () => {
  for (let round = 0; round < 6; round += 1) {
    using folder = sessionsFolder();
    await using writer = startWriter([folder.root, session, "loop", String(round * 4000)]);
    let acknowledged = 0;
    expect(await writer.line()).toBe("open");
    for (const stop = 3 + round * 17; acknowledged < stop;) acknowledged = Number(await writer.line());
    await writer.kill();
    for (let line = await writer.line(); line !== undefined; line = await writer.line()) acknowledged = Number(line);

    const store = folder.store();
    await store.open(session);
    const entries = await readAll(store, session);
    expect(entries.length).toBeGreaterThanOrEqual(acknowledged + 1);
    expect(entries.map(({ seq }) => seq)).toEqual(entries.map((_entry, index) => index));
    await store.append(session, { seq: entries.length, at: "", type: "turn-end", reason: "done" });
  }
});

test("a second process may read a session and not write it, and is told who does", async () => {
  using folder = sessionsFolder();
  await using holder = startWriter([folder.root, session, "hold"]);
  expect(await holder.line()).toBe("open");
  const store = folder.store();
  const failure = store.open(session);
  await expect(failure).rejects.toMatchObject({
    code: "SESSION_LOCKED",
    data: { session, pid: holder.pid },
    message: `session ${session} is in use by process ${holder.pid} on ${hostname()}`,
  });
  await expect(failure).rejects.toMatchObject({ fix: expect.stringContaining("--fork-session") });
  expect((await readAll(store, session)).length).toBe(1);
  await holder.finish();
  expect(await codeOf(() => store.open(session))).toBe("worked");
});

test("a lock of a process that is gone, or of another that has its number now, is no lock", async () => {
  using folder = sessionsFolder();
  {
    await using holder = startWriter([folder.root, session, "hold"]);
    await holder.line();
  }
  const left = JSON.parse(readFileSync(place(folder.root, ".lock"), "utf8")) as object;
  const store = folder.store();
  for (const lock of [left, { ...left, pid: process.pid }, { pid: 2 ** 22 + 1, host: hostname() }]) {
    writeFileSync(place(folder.root, ".lock"), JSON.stringify(lock));
    expect(await codeOf(() => store.open(session))).toBe("worked");
    await store.close(session);
  }
});

test("a lock of another machine, or one without a readable holder, is respected; an old unreadable one is not", async () => {
  using folder = sessionsFolder();
  {
    await using holder = startWriter([folder.root, session, "hold"]);
    await holder.line();
  }
  const lock = place(folder.root, ".lock");
  for (const text of [JSON.stringify({ pid: 1, host: "elsewhere" }), "", "{", "null", '{"pid":-1,"host":"x"}']) {
    writeFileSync(lock, text);
    expect([text, await codeOf(() => folder.store().open(session))]).toEqual([text, "SESSION_LOCKED"]);
  }
  writeFileSync(lock, "");
  expect(await codeOf(() => folder.store({ now: () => Date.now() + 60_000 }).open(session))).toBe("worked");
});

test("of many processes that find a dead one's lock, exactly one gets the session", async () => {
  using folder = sessionsFolder();
  {
    await using dead = startWriter([folder.root, session, "hold"]);
    await dead.line();
  }
  const contenders = Array.from({ length: 6 }, () => startWriter([folder.root, session, "hold-open"]));
  try {
    const said = await Promise.all(contenders.map((one) => one.line()));
    expect(said.filter((line) => line === "open").length).toBe(1);
    expect(said.filter((line) => line?.startsWith("SESSION_LOCKED")).length).toBe(5);
  } finally {
    await Promise.all(contenders.map((one) => one.kill()));
  }
});
