import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { SessionSummary } from "@claw/kernel";
import { codeOf, firstEntry, noteEntry, readAll } from "@claw/testing/conformance";
import { expect, test } from "vitest";
import type { DiskStore } from "../src/store.ts";
import { session, sessionsFolder, workspace } from "./folder.ts";

const first = firstEntry(session, { workspace });

async function listed(store: DiskStore, of?: string): Promise<readonly SessionSummary[]> {
  const summaries: SessionSummary[] = [];
  for await (const summary of store.list(of)) summaries.push(summary);
  return summaries;
}

test("a path means the log at it, inside the folder of sessions or outside, and it can be gone on with", async () => {
  using folder = sessionsFolder();
  const writer = folder.store();
  await writer.create(first);
  await writer.append(session, noteEntry(1, "one"));
  await writer.close(session);
  expect(await folder.store().find(folder.log, workspace)).toBe(session);

  const copy = join(folder.root, "copy of a session.jsonl");
  copyFileSync(folder.log, copy);
  const store = folder.store({ root: join(folder.root, "other") });
  expect(await store.find(copy, workspace)).toBe(session);
  await store.open(session);
  await store.append(session, noteEntry(2, "two"));
  expect((await readAll(store, session)).length).toBe(3);
  expect(store.scratch(session)).toBe(join(folder.root, "copy of a session"));
  expect(readFileSync(folder.log, "utf8").split("\n").length).toBe(3);
});

test("a path to something else is an error that says what it is", async () => {
  using folder = sessionsFolder();
  const store = folder.store();
  for (const [name, text] of [
    ["empty.jsonl", ""],
    ["text.jsonl", "hello\nworld\n"],
    ["other.jsonl", '{"type":"user"}\n{"type":"assistant"}\n'],
  ] as const) {
    const path = join(folder.root, name);
    writeFileSync(path, text);
    expect([name, await codeOf(() => store.find(path, workspace))]).toEqual([name, "SESSION_DAMAGED"]);
  }
  expect(await codeOf(() => store.find(join(folder.root, "missing.jsonl"), workspace))).toBe("SESSION_NOT_FOUND");
  expect(await codeOf(() => store.find(`${folder.root}/`, workspace))).toBe("SESSION_NOT_FOUND");
});

test("an ambiguous beginning names the sessions it could mean", async () => {
  using folder = sessionsFolder();
  const store = folder.store();
  for (let number = 1; number <= 7; number += 1) await store.create(firstEntry(`0190aaaa-0000-7000-8000-00000000000${number}`, { workspace }));
  await expect(store.find("0190", workspace)).rejects.toMatchObject({
    code: "SESSION_NOT_FOUND",
    fix: "give more of the id",
    message: expect.stringMatching(/^0190 is the beginning of 7 sessions: (0190aaaa-0000-7000-8000-00000000000\d, ){5}and 2 more$/),
  });
});

test("a name that is no file's name is refused, whatever it would reach", async () => {
  using folder = sessionsFolder();
  const store = folder.store();
  for (const id of ["../x", "a/b", "", ".hidden", "a\u0000b", "x".repeat(200), "a.jsonl"]) {
    expect([id, await codeOf(() => store.create(firstEntry(id, { workspace })))]).toEqual([id, "USAGE"]);
    expect([id, await codeOf(() => store.open(id))]).toEqual([id, "SESSION_NOT_FOUND"]);
  }
  expect(await codeOf(() => store.create(firstEntry(session, { workspace: "../up" })))).toBe("USAGE");
});

test("the newest session is the one with the newest entry, not the newest file", async () => {
  using folder = sessionsFolder();
  const store = folder.store();
  const [one, two] = ["0190aaaa-0000-7000-8000-000000000001", "0190aaaa-0000-7000-8000-000000000002"] as const;
  await store.create(firstEntry(one, { workspace, at: "2026-11-22T10:00:00.000Z" }));
  await store.create(firstEntry(two, { workspace, at: "2026-11-22T09:00:00.000Z" }));
  await store.append(two, noteEntry(1, "written last", "2026-11-22T09:30:00.000Z"));
  expect(await store.find("latest", workspace)).toBe(one);
  await store.append(two, noteEntry(2, "and again", "2026-11-22T10:00:00.000Z"));
  expect(await store.find("LATEST", workspace)).toBe(two);
});

test("a session is listed whatever became of its log, and is never the newest then", async () => {
  using folder = sessionsFolder();
  const store = folder.store();
  await store.create(first);
  const beside = (name: string): string => join(folder.root, workspace, name);
  writeFileSync(beside("empty.jsonl"), "");
  writeFileSync(beside("broken.jsonl"), "{\n{\n");
  mkdirSync(beside("folder.jsonl"));
  writeFileSync(beside("notes.txt"), "");
  expect((await listed(store, workspace)).map(({ session: id, title, entries }) => [id, title, entries]).sort()).toEqual([
    [session, "", 1],
    ["broken", "(damaged)", 0],
    ["empty", "(empty)", 0],
    ["folder", "(EISDIR)", 0],
  ]);
  expect(await store.find("latest", workspace)).toBe(session);
});

test("a list reads the ends of a log: a long middle and a torn end change nothing", async () => {
  using folder = sessionsFolder();
  const store = folder.store();
  await store.create(first);
  await store.append(session, { seq: 1, at: first.at, type: "changed", key: "system-prompt", value: "s".repeat(100_000), author: "system-prompt" });
  await store.append(session, {
    seq: 2,
    at: first.at,
    type: "prompt",
    content: [{ type: "text", text: `A very \u001b[31mlong prompt${" x".repeat(100)}` }],
    source: "person",
  });
  for (let seq = 3; seq < 10; seq += 1) await store.append(session, noteEntry(seq, "m".repeat(300_000)));
  await store.close(session);
  const expected = { session, at: noteEntry(9, "").at, title: `${"A very  [31mlong prompt".padEnd(79, " x")}…`, cwd: first.cwd, entries: 10 };
  expect(await listed(store, workspace)).toEqual([expected]);
  writeFileSync(folder.log, '{"seq":10,"at":"2027', { flag: "a" });
  expect(await listed(store, workspace)).toEqual([expected]);
});

test("a fork without a prompt of its own says what it is a fork of", async () => {
  using folder = sessionsFolder();
  const store = folder.store();
  await store.create(firstEntry(session, { workspace, parent: { session: "0190ffff", seq: 3 } }));
  expect((await listed(store)).map(({ title, parent }) => [title, parent])).toEqual([["fork of 0190ffff", { session: "0190ffff", seq: 3 }]]);
});
