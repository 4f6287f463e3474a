import { appendFileSync, existsSync, readFileSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ClawError, type LogEntry } from "@claw/kernel";
import { codeOf, firstEntry, noteEntry, readAll } from "@claw/testing/conformance";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readLog } from "../src/read.ts";
import { session, sessionsFolder, startWriter, workspace, type Folder } from "./folder.ts";

const first = firstEntry(session, { workspace });

async function written(folder: Folder, entries: readonly LogEntry[]): Promise<Buffer> {
  const store = folder.store();
  await store.create(first);
  for (const entry of entries) await store.append(session, entry);
  await store.close(session);
  return readFileSync(folder.log);
}

const texts = ["one", "line\u2028separator \u{1f600} é", "", "last\nwith a line feed"];

test("a log cut at any byte reads as a beginning of what was written, and what is left out is reported", async () => {
  using folder = sessionsFolder();
  const all = [first, ...texts.map((text, index) => noteEntry(index + 1, text))];
  const bytes = await written(folder, all.slice(1));
  const ends = [...bytes.entries()].filter(([, byte]) => byte === 0x0a).map(([index]) => index);
  const store = folder.store();
  for (let length = 0; length <= bytes.length; length += 1) {
    writeFileSync(folder.log, bytes.subarray(0, length));
    const torn: string[] = [];
    const whole = ends.filter((end) => end <= length).length;
    const isAtEnd = length === 0 || ends.includes(length) || ends.includes(length - 1);
    expect([length, await readAll(store, session, (message) => torn.push(message))]).toEqual([length, all.slice(0, whole)]);
    expect([length, torn.length]).toEqual([length, isAtEnd ? 0 : 1]);
  }
});

test("a log cut at any byte can be gone on with: nothing whole is lost, and what was torn is kept beside it", async () => {
  using folder = sessionsFolder();
  const all = [first, ...texts.map((text, index) => noteEntry(index + 1, text))];
  const bytes = await written(folder, all.slice(1));
  const ends = [...bytes.entries()].filter(([, byte]) => byte === 0x0a).map(([index]) => index);
  const torn = folder.log.replace(".jsonl", ".torn");
  for (let length = 0; length <= bytes.length; length += 1) {
    rmSync(torn, { force: true });
    writeFileSync(folder.log, bytes.subarray(0, length));
    const whole = ends.filter((end) => end <= length).length;
    const store = folder.store();
    if (whole === 0) {
      expect([length, await codeOf(() => store.open(session))]).toEqual([length, "SESSION_DAMAGED"]);
      continue;
    }
    await store.open(session);
    await store.append(session, noteEntry(whole, "on"));
    const cut = bytes.subarray((ends[whole - 1] ?? 0) + 1, length);
    const reports: string[] = [];
    expect([length, await readAll(store, session, (message) => reports.push(message))]).toEqual([length, [...all.slice(0, whole), noteEntry(whole, "on")]]);
    expect([length, existsSync(torn) ? readFileSync(torn) : undefined, reports.length]).toEqual(
      cut.length === 0 ? [length, undefined, 0] : [length, Buffer.concat([cut, Buffer.from("\n")]), 1],
    );
    await store.close(session);
  }
});

test("a last line of garbage, with a line feed or not, is torn and not damage", async () => {
  for (const tail of [Buffer.alloc(5000), Buffer.from("{\n"), Buffer.from([0xff, 0xfe, 0x0a]), Buffer.from('{"seq":2,"at":"\n'), Buffer.from("\n")]) {
    using folder = sessionsFolder();
    const bytes = await written(folder, [noteEntry(1, "one")]);
    appendFileSync(folder.log, tail);
    const store = folder.store();
    expect(await readAll(store, session)).toEqual([first, noteEntry(1, "one")]);
    await store.open(session);
    expect(readFileSync(folder.log)).toEqual(bytes);
    await store.append(session, noteEntry(2, "two"));
    expect(await readAll(store, session)).toEqual([first, noteEntry(1, "one"), noteEntry(2, "two")]);
  }
});

test("a line damaged in the middle names its number and the entry to fork from, after all entries before it", async () => {
  const damage = (line: number, text: string) => (lines: string[]) => lines.with(line, text);
  const cases: readonly (readonly [change: (lines: string[]) => string[], line: number, message: string])[] = [
    [damage(2, "{broken"), 3, "is no JSON"],
    [damage(2, '"text"'), 3, "is no JSON object"],
    [damage(2, "[]"), 3, "is no JSON object"],
    [damage(2, '{"seq":2}'), 3, "is no entry of a log"],
    [damage(2, JSON.stringify(noteEntry(7, "x"))), 3, "has number 7 where 2 is due"],
    [damage(2, '{"seq":2,"at":"","type":"reply","model":"m","content":[{}]}'), 3, 'has no proper "content"'],
    [damage(2, '{"seq":2,"at":"","type":"prompt"}'), 3, 'has no proper "content"'],
    [(lines) => lines.toSpliced(2, 1), 3, "has number 3 where 2 is due"],
    [(lines) => [...lines.slice(0, 3), ...lines.slice(2)], 4, "has number 2 where 3 is due"],
    [damage(0, JSON.stringify({ ...first, version: 2 })), 1, "was written by a newer claw"],
    [damage(0, JSON.stringify(noteEntry(0, "x"))), 1, "does not begin a session"],
  ];
  for (const [change, line, message] of cases) {
    using folder = sessionsFolder();
    const bytes = await written(
      folder,
      [1, 2, 3, 4].map((seq) => noteEntry(seq, "n")),
    );
    writeFileSync(folder.log, `${change(bytes.toString("utf8").trimEnd().split("\n")).join("\n")}\n`);
    const seen: LogEntry[] = [];
    const failure = (async () => {
      for await (const entry of folder.store().read(session)) seen.push(entry);
    })();
    await expect(failure).rejects.toMatchObject({ code: "SESSION_DAMAGED", message: `line ${line} of session ${session} ${message}`, data: { session, line } });
    expect(seen).toEqual([first, noteEntry(1, "n"), noteEntry(2, "n"), noteEntry(3, "n"), noteEntry(4, "n")].slice(0, line - 1));
    if (line > 1) await expect(failure).rejects.toMatchObject({ fix: expect.stringContaining(`claw session fork ${session} --at ${line - 2}`) });
  }
});

test("two broken lines at the end are damage, and opening changes nothing", async () => {
  using folder = sessionsFolder();
  await written(folder, [noteEntry(1, "one")]);
  appendFileSync(folder.log, "{broken\n{broken too");
  const before = readFileSync(folder.log);
  expect(await codeOf(() => folder.store().open(session))).toBe("SESSION_DAMAGED");
  expect(readFileSync(folder.log)).toEqual(before);
});

test("any bytes in place of a log end in entries or in one error, never in anything else", async () => {
  using folder = sessionsFolder();
  await written(folder, []);
  const store = folder.store();
  const line = fc.oneof(
    fc.constant(JSON.stringify(first)),
    fc.json(),
    fc.string(),
    fc.integer({ min: 0, max: 9 }).map((seq) => JSON.stringify(noteEntry(seq, "n"))),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(line), fc.boolean(), async (lines, ended) => {
      writeFileSync(folder.log, lines.join("\n") + (ended ? "\n" : ""));
      const outcomes = [
        await codeOf(() => readAll(store, session)),
        await codeOf(async () => {
          await store.open(session);
          await store.close(session);
        }),
      ];
      expect(outcomes.every((outcome) => outcome === "worked" || outcome === "SESSION_DAMAGED")).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("a line longer than any entry is damage and is not read to its end", async () => {
  using folder = sessionsFolder();
  await written(folder, [noteEntry(1, "x".repeat(5000))]);
  const reading = async (): Promise<void> => {
    for await (const entry of readLog(folder.store().place(session), undefined, 1000)) expect(entry).toEqual(first);
  };
  await expect(reading()).rejects.toMatchObject({ code: "SESSION_DAMAGED", message: `line 2 of session ${session} is over 1000 bytes` });
});

test("logs, locks and spilled output are for their owner alone", async () => {
  using folder = sessionsFolder();
  const store = folder.store();
  await store.create(first);
  await using spill = await store.spill(session, "out.txt");
  const mode = (path: string): number => statSync(path).mode & 0o777;
  expect([folder.log, folder.log.replace(".jsonl", ".lock"), spill.path].map(mode)).toEqual([0o600, 0o600, 0o600]);
  expect([join(folder.root, workspace), store.scratch(session)].map(mode)).toEqual([0o700, 0o700]);
});

test("closing leaves the log and nothing else", async () => {
  using folder = sessionsFolder();
  await written(folder, [noteEntry(1, "one")]);
  expect(readdirSync(join(folder.root, workspace))).toEqual([`${session}.jsonl`]);
});

test("every fsync policy stores the same", async () => {
  for (const fsync of ["turn", "always", "never"] as const) {
    using folder = sessionsFolder();
    const store = folder.store({ fsync });
    await store.create(first);
    await store.append(session, { seq: 1, at: first.at, type: "turn-end", reason: "done" });
    expect(await readAll(store, session)).toEqual([first, { seq: 1, at: first.at, type: "turn-end", reason: "done" }]);
  }
});

test("a log deleted under a running session is said at the next entry", async () => {
  using folder = sessionsFolder();
  const store = folder.store();
  await store.create(first);
  rmSync(folder.log);
  await expect(store.append(session, noteEntry(1, "lost"))).rejects.toMatchObject({
    code: "SESSION_WRITE_FAILED",
    message: `${folder.log} was deleted while the session was running`,
  });
});

test("a folder that cannot be made is one sentence with a remedy", async () => {
  using folder = sessionsFolder();
  writeFileSync(join(folder.root, "file"), "");
  const store = folder.store({ root: join(folder.root, "file", "sessions") });
  const failure = await store.create(first).catch((error: unknown) => error);
  expect(ClawError.is(failure, "SESSION_WRITE_FAILED") && [failure.message, failure.fix]).toEqual([
    `cannot write ${join(folder.root, "file", "sessions", workspace)}: a part of its path is no folder`,
    "choose another folder with --session-dir",
  ]);
});

test("when the file can grow no further, the error says so and every whole line stays", async () => {
  using folder = sessionsFolder();
  // A limit on the size of files stands in for a full disk: the write that meets it is cut short in the same way.
  await using writer = startWriter([folder.root, session, "loop", "300"], ["/bin/sh", "-c", `trap '' XFSZ; ulimit -f 8; exec "$@"`, "sh"]);
  const said: string[] = [];
  for (let line = await writer.line(); line !== undefined; line = await writer.line()) said.push(line);
  const log = join(folder.root, "w", `${session}.jsonl`);
  expect(said.at(-1)).toBe(`SESSION_WRITE_FAILED cannot write ${log}: the file would become too large`);
  expect(readFileSync(log).at(-1)).toBe(0x0a);
  const acknowledged = said.filter((line) => /^\d+$/.test(line)).length;
  expect((await readAll(folder.store(), session)).length).toBe(acknowledged + 1);
  expect(acknowledged).toBeGreaterThan(3);
});

test("a write that was cut short is taken away before the next one", async () => {
  using folder = sessionsFolder();
  const store = folder.store();
  await store.create(first);
  appendFileSync(folder.log, '{"seq":1,"at":"20');
  await store.append(session, noteEntry(1, "whole"));
  expect(await readAll(store, session)).toEqual([first, noteEntry(1, "whole")]);
});

test("an empty log is damaged to who would go on with it, and empty to who reads it", async () => {
  using folder = sessionsFolder();
  await written(folder, []);
  truncateSync(folder.log, 0);
  expect(await readAll(folder.store(), session)).toEqual([]);
  await expect(folder.store().open(session)).rejects.toMatchObject({
    code: "SESSION_DAMAGED",
    message: `line 1 of session ${session} is missing: the log is empty`,
  });
});
