import { appendFileSync, existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ClawError, SessionStoreService, type SessionStore } from "@claw/kernel";
import { load } from "@claw/testing";
import { firstEntry, noteEntry, readAll } from "@claw/testing/conformance";
import { expect, test } from "vitest";
import extension from "../src/index.ts";
import { session, sessionsFolder } from "./folder.ts";

// The workspace of the harness's calls.
const workspace = "0123456789abcdef";

async function begin(store: SessionStore): Promise<void> {
  await store.create(firstEntry(session, { workspace }));
  await store.append(session, { seq: 1, at: "2026-11-22T09:00:01.000Z", type: "prompt", content: [{ type: "text", text: "Fix it" }], source: "person" });
  await store.append(session, { seq: 2, at: "2026-11-22T09:00:02.000Z", type: "reply", content: [{ type: "text", text: "Done." }], model: "p/m", ms: 1 });
  await store.append(session, { seq: 3, at: "2026-11-22T09:00:03.000Z", type: "turn-end", reason: "done" });
  await store.close(session);
}

const logIn = (state: string): string => join(state, "sessions", workspace, `${session}.jsonl`);

test("claw session list shows this folder's sessions, and --all every folder's", async () => {
  await using claw = await load(extension);
  const store = claw.service(SessionStoreService);
  expect(await claw.command("session", [])).toEqual({
    code: 0,
    emitted: [],
    shown: [{ type: "status", level: "info", text: "there are no sessions of this folder yet; --all lists every folder's" }],
  });
  await begin(store);
  await store.create(firstEntry("0190bbbb-0000-7000-8000-000000000002", { workspace: "ffff", cwd: "/other" }));
  expect((await claw.command("session", ["list"])).shown).toEqual([
    { type: "table", columns: ["session", "last used", "entries", "title"], rows: [[session, "2026-11-22T09:00:03.000Z", "4", "Fix it"]] },
  ]);
  expect((await claw.command("session", ["list", "--all"])).shown).toEqual([
    {
      type: "table",
      columns: ["session", "last used", "entries", "title", "folder"],
      rows: [
        [session, "2026-11-22T09:00:03.000Z", "4", "Fix it", "/home/ada/project"],
        ["0190bbbb-0000-7000-8000-000000000002", "2026-11-22T08:00:00.000Z", "1", "", "/other"],
      ],
    },
  ]);
  expect((await claw.command("session", ["list"], { json: true })).emitted).toEqual([
    { session, at: "2026-11-22T09:00:03.000Z", title: "Fix it", cwd: "/home/ada/project", entries: 4 },
  ]);
});

test("claw session show shows the conversation, or its entries as they are stored", async () => {
  await using claw = await load(extension);
  await begin(claw.service(SessionStoreService));
  expect((await claw.command("session", ["show", "latest"])).shown).toEqual([
    { type: "status", level: "info", text: `${session} · 2026-11-22T08:00:00.000Z · /home/ada/project` },
    { type: "markdown", text: "**> Fix it**" },
    { type: "markdown", text: "Done." },
  ]);
  const entries = await readAll(claw.service(SessionStoreService), session);
  expect((await claw.command("session", ["show", session, "--json"])).emitted).toEqual(entries);
  expect((await claw.command("session", ["show", session.slice(0, 6), "--limit", "2"], { json: true })).emitted).toEqual(entries.slice(2));
  expect((await claw.command("session", ["show", session, "--until=1"], { json: true })).emitted).toEqual(entries.slice(0, 2));
});

test("claw session show shows what stands before a damaged line, and says where to fork", async () => {
  await using claw = await load(extension);
  await begin(claw.service(SessionStoreService));
  const log = logIn(claw.test.host.folders.state);
  const lines = readFileSync(log, "utf8").split("\n");
  writeFileSync(log, lines.with(2, "{broken").join("\n"));
  await expect(claw.command("session", ["show", session])).rejects.toMatchObject({
    code: "SESSION_DAMAGED",
    data: { line: 3 },
    fix: expect.stringContaining(`claw session fork ${session} --at 1`),
  });
  expect((await claw.command("session", ["show", session, "--until", "1"], { json: true })).emitted.length).toBe(2);
});

test("claw session fork begins a session that refers to its parent, and copies nothing", async () => {
  await using claw = await load(extension);
  const store = claw.service(SessionStoreService);
  await begin(store);
  const whole = await claw.command("session", ["fork", "latest"], { json: true });
  const [{ session: fork }] = whole.emitted as [{ readonly session: string }];
  expect(whole).toEqual({ code: 0, shown: [], emitted: [{ session: fork, forkOf: session }] });
  expect(await readAll(store, fork)).toEqual([expect.objectContaining({ seq: 0, id: fork, parent: { session, seq: 3 } })]);
  const { shown } = await claw.command("session", ["fork", session, "--at", "1"]);
  const [node] = shown;
  if (node?.type !== "code") throw new Error("no id was shown");
  expect(await readAll(store, node.text)).toEqual([expect.objectContaining({ id: node.text, parent: { session, seq: 1 } })]);
  // Nobody holds the forks any more.
  await store.open(fork);
  await store.open(node.text);
});

test("claw session resume and path say the line and the file", async () => {
  await using claw = await load(extension);
  await begin(claw.service(SessionStoreService));
  expect((await claw.command("session", ["resume", "latest"])).shown).toEqual([{ type: "code", text: `claw --resume ${session}`, language: "sh" }]);
  expect((await claw.command("session", ["path", "0190"])).shown).toEqual([{ type: "code", text: logIn(claw.test.host.folders.state) }]);
});

test("claw session fsck tells whole, torn and damaged logs apart, and changes none", async () => {
  await using claw = await load(extension);
  const store = claw.service(SessionStoreService);
  await begin(store);
  const log = logIn(claw.test.host.folders.state);
  expect(await claw.command("session", ["fsck", session])).toEqual({
    code: 0,
    emitted: [],
    shown: [{ type: "status", level: "info", text: "4 entries; every line is whole" }],
  });
  appendFileSync(log, "{torn");
  const before = readFileSync(log);
  expect((await claw.command("session", ["fsck", session])).shown).toEqual([
    { type: "status", level: "warning", text: `4 entries; session ${session}: the last line (5 bytes) was cut off and is left out` },
  ]);
  expect(readFileSync(log)).toEqual(before);
  appendFileSync(log, "\n{}\n");
  const damaged = await claw.command("session", ["fsck", session], { json: true });
  expect([damaged.code, damaged.emitted]).toEqual([
    11,
    [expect.objectContaining({ session, entries: 4, inUse: false, damaged: { line: 5, message: `line 5 of session ${session} is no JSON` } })],
  ]);
});

test("wrong usage is an error with the list of verbs", async () => {
  await using claw = await load(extension);
  await begin(claw.service(SessionStoreService));
  const cases: readonly (readonly [argv: readonly string[], message: string])[] = [
    [["remove"], 'session has no verb "remove"'],
    [["toString"], 'session has no verb "toString"'],
    [["show"], "session show needs the id of a session, its beginning, latest or a path"],
    [["show", "latest", "more"], 'session show was given too much: "more"'],
    [["list", "more"], 'session list was given too much: "more"'],
    [["fork", "latest", "--at", "x"], '--at needs a number from 0, not "x"'],
    [["show", "latest", "--limit=-1"], '--limit needs a number from 0, not "-1"'],
    [["list", "--frob"], "session: Unknown option '--frob'"],
  ];
  for (const [argv, message] of cases) {
    const error = await claw.command("session", argv).catch((reason: unknown) => reason);
    expect([argv, ClawError.is(error, "USAGE") && [error.message, error.data.hint?.split("\n").length]]).toEqual([argv, [message, 6]]);
  }
});

test("a torn end is reported to who resumes the session, as a fault in its log", async () => {
  await using claw = await load(extension);
  await begin(claw.service(SessionStoreService));
  appendFileSync(logIn(claw.test.host.folders.state), '{"seq":4,"at":"2026');
  const id = await claw.test.open({ resume: "latest" });
  expect(claw.test.kernel.client.entries(id).at(-1)).toMatchObject({
    seq: 4,
    type: "fault",
    code: "SESSION_DAMAGED",
    message: expect.stringContaining("(19 bytes) was cut off; it is kept in"),
  });
});

test("without persistence nothing is written, and a stored session can still be gone on with", async () => {
  await using claw = await load(extension, { config: { persist: false } });
  const store = claw.service(SessionStoreService);
  const { state, cache } = claw.test.host.folders;
  await begin(store);
  {
    await store.open(session);
    await using spill = await store.spill(session, "out");
    expect([spill.path, existsSync(spill.path)]).toEqual([join(cache, "scratch", session, "out"), true]);
  }
  await store.close(session);
  expect([existsSync(join(cache, "scratch", session)), existsSync(join(state, "sessions"))]).toEqual([false, false]);
  expect((await readAll(store, session)).length).toBe(4);
});

test("without persistence a stored session is gone on with in memory, and its file stays as it was", async () => {
  using folder = sessionsFolder();
  const { root: sessionDir } = folder;
  {
    await using claw = await load(extension, { config: { sessionDir } });
    await begin(claw.service(SessionStoreService));
  }
  const log = join(sessionDir, workspace, `${session}.jsonl`);
  const before = readFileSync(log, "utf8");
  await using claw = await load(extension, { config: { sessionDir, persist: false } });
  const store = claw.service(SessionStoreService);
  expect(await store.find("latest", workspace)).toBe(session);
  await store.open(session);
  await store.append(session, noteEntry(4, "in memory"));
  expect((await readAll(store, session)).at(-1)).toEqual(noteEntry(4, "in memory"));
  expect(readFileSync(log, "utf8")).toBe(before);
  expect(readdirSync(join(sessionDir, workspace))).toEqual([`${session}.jsonl`]);
});
