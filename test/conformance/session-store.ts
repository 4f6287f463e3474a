import { randomUUID } from "node:crypto";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { ClawError, type ErrorCode, type LogEntry, type SessionEntry, type SessionStore } from "@claw/kernel";
import { describe, expect, test } from "vitest";

export interface SessionStoreSubject extends AsyncDisposable {
  readonly store: SessionStore;
}

type First = SessionEntry & { readonly seq: 0; readonly at: string };

/** A session's entry 0, for tests of stores. */
export const firstEntry = (id: string, more: Partial<First> = {}): First => ({
  seq: 0,
  at: "2026-11-22T08:00:00.000Z",
  type: "session",
  version: 1,
  id,
  cwd: "/home/ada/project",
  workspace: "00112233aabbccdd",
  claw: "1.0.0",
  ...more,
});

/** An entry with a text, for tests of stores. */
export const noteEntry = (seq: number, text: string, at: string = `2026-11-22T08:00:00.${String(seq).padStart(3, "0")}Z`): LogEntry => ({
  seq,
  at,
  type: "note",
  text,
  author: "test",
});

/** What a call ends with: the code of its error, or that it worked. */
export const codeOf = async (work: () => Promise<unknown>): Promise<ErrorCode | "worked"> => {
  try {
    await work();
    return "worked";
  } catch (error) {
    if (ClawError.is(error)) return error.code;
    throw error;
  }
};

/** Everything a log holds. */
export async function readAll(store: SessionStore, session: string, onTorn?: (message: string) => void): Promise<readonly LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of store.read(session, onTorn)) entries.push(entry);
  return entries;
}

const idAt = (number: number): string => `0190aaaa-0000-7000-8000-${String(number).padStart(12, "0")}`;

const at = (second: number): string => `2026-11-22T09:00:${String(second).padStart(2, "0")}.000Z`;

/** One of every entry, and what a log of a newer claw could hold. */
const everyEntry: readonly LogEntry[] = [
  {
    seq: 1,
    at: at(1),
    type: "prompt",
    content: [{ type: "text", text: "line one\u2028still line one\r\nline two \ud83d\ude00 \u0000 \ufeff" }],
    source: "person",
  },
  { seq: 2, at: at(2), type: "changed", key: "model", value: { deep: [1, null, "x"] }, author: "person" },
  {
    seq: 3,
    at: at(3),
    type: "reply",
    content: [
      { type: "reasoning", text: "", luggage: { anthropic: { signature: "s+/=" } } },
      { type: "tool-call", id: "c1", name: "bash", input: { command: "ls" } },
    ],
    model: "p/m",
    ms: 3,
    usage: { inputTokens: 1, outputTokens: 2 },
    reason: "tool-calls",
  },
  {
    seq: 4,
    at: at(4),
    type: "judged",
    call: "c1",
    tool: "bash",
    input: { command: "ls" },
    verdict: "allow",
    opinions: [{ author: "a/b", stage: "decide", decision: "allow", reason: "harmless" }],
    answer: "allow-once",
  },
  {
    seq: 5,
    at: at(5),
    type: "tool-result",
    call: "c1",
    tool: "bash",
    content: [{ type: "image", mediaType: "image/png", data: "AAAA" }],
    outcome: "ok",
    ms: 1,
    details: { exit: 0 },
  },
  { seq: 6, at: at(6), type: "note", text: "n", author: "a/b" },
  { seq: 7, at: at(7), type: "compacted", through: 3, summary: "s", trigger: "auto", tokensBefore: 9, tokensAfter: 1 },
  { seq: 8, at: at(8), type: "fault", extension: "a/b", where: "PreToolUse", code: "EXTENSION_FAILED", message: "m" },
  { seq: 9, at: at(9), type: "turn-end", reason: "done" },
  { seq: 10, at: at(10), type: "from-the-future", more: true } as unknown as LogEntry,
];

/** The contract of `session-store` as tests. Every implementation passes them. */
export function sessionStoreConformance(name: string, make: () => Promise<SessionStoreSubject>): void {
  describe(`${name} is a session store`, () => {
    test("every entry comes back as it was appended, those of unknown type too", async () => {
      await using subject = await make();
      const { store } = subject;
      const first = firstEntry(idAt(1), { parent: { session: idAt(9), seq: 4 } });
      await store.create(first);
      for (const entry of everyEntry) await store.append(first.id, entry);
      expect(await readAll(store, first.id)).toEqual([first, ...everyEntry]);
    });

    test("what append has resolved for is read at once, while the session is open", async () => {
      await using subject = await make();
      const { store } = subject;
      await store.create(firstEntry(idAt(1)));
      for (let seq = 1; seq < 20; seq += 1) {
        await store.append(idAt(1), noteEntry(seq, `number ${seq}`));
        expect((await readAll(store, idAt(1))).at(-1)).toEqual(noteEntry(seq, `number ${seq}`));
      }
    });

    test("a session has one writer, until it closes", async () => {
      await using subject = await make();
      const { store } = subject;
      await store.create(firstEntry(idAt(1)));
      expect(await codeOf(() => store.open(idAt(1)))).toBe("SESSION_LOCKED");
      await store.close(idAt(1));
      expect(await codeOf(() => store.append(idAt(1), noteEntry(1, "late")))).toBe("SESSION_WRITE_FAILED");
      await store.open(idAt(1));
      await store.append(idAt(1), noteEntry(1, "on"));
      expect(await codeOf(() => store.open(idAt(1)))).toBe("SESSION_LOCKED");
      expect(await readAll(store, idAt(1))).toEqual([firstEntry(idAt(1)), noteEntry(1, "on")]);
    });

    test("an entry that is not the next one is refused, and the log stays whole", async () => {
      await using subject = await make();
      const { store } = subject;
      await store.create(firstEntry(idAt(1)));
      for (const seq of [0, 2]) expect(await codeOf(() => store.append(idAt(1), noteEntry(seq, "out of order")))).toBe("SESSION_WRITE_FAILED");
      await store.append(idAt(1), noteEntry(1, "in order"));
      expect(await readAll(store, idAt(1))).toEqual([firstEntry(idAt(1)), noteEntry(1, "in order")]);
    });

    test("an id is taken once", async () => {
      await using subject = await make();
      await subject.store.create(firstEntry(idAt(1)));
      await expect(subject.store.create(firstEntry(idAt(1)))).rejects.toSatisfy((error) => ClawError.is(error));
      expect(await readAll(subject.store, idAt(1))).toEqual([firstEntry(idAt(1))]);
    });

    test("a session that is not there is not found", async () => {
      await using subject = await make();
      const { store } = subject;
      expect(await codeOf(() => store.open(idAt(1)))).toBe("SESSION_NOT_FOUND");
      expect(await codeOf(() => readAll(store, idAt(1)))).toBe("SESSION_NOT_FOUND");
      for (const reference of [idAt(1), "0190", "latest", "last", "", "../../no/such.jsonl"]) {
        expect(await codeOf(() => store.find(reference, "00112233aabbccdd"))).toBe("SESSION_NOT_FOUND");
      }
    });

    test("sessions are listed by their last entry, newest first, of one workspace or of all", async () => {
      await using subject = await make();
      const { store } = subject;
      await store.create(firstEntry(idAt(1), { cwd: "/one" }));
      await store.append(idAt(1), { seq: 1, at: at(30), type: "prompt", content: [{ type: "text", text: "\n  Fix the build  \nplease" }], source: "person" });
      await store.create(firstEntry(idAt(2), { cwd: "/two", at: at(20), parent: { session: idAt(1), seq: 1 } }));
      await store.append(idAt(2), { seq: 1, at: at(21), type: "prompt", content: [{ type: "text", text: "Second" }], source: "person" });
      await store.create(firstEntry(idAt(3), { cwd: "/three", workspace: "ffff000011112222", at: at(21) }));
      await store.append(idAt(3), { seq: 1, at: at(21), type: "prompt", content: [{ type: "text", text: "Third" }], source: "person" });
      const one = { session: idAt(1), at: at(30), title: "Fix the build", cwd: "/one", entries: 2 };
      const two = { session: idAt(2), at: at(21), title: "Second", cwd: "/two", entries: 2, parent: { session: idAt(1), seq: 1 } };
      const three = { session: idAt(3), at: at(21), title: "Third", cwd: "/three", entries: 2 };
      expect(await listed(store, "00112233aabbccdd")).toEqual([one, two]);
      expect(await listed(store, undefined)).toEqual([one, three, two]);
      expect(await listed(store, "0000000000000000")).toEqual([]);
    });

    test("a title that was given stands before the first prompt", async () => {
      await using subject = await make();
      const { store } = subject;
      await store.create(firstEntry(idAt(1)));
      await store.append(idAt(1), { seq: 1, at: at(1), type: "prompt", content: [{ type: "text", text: "a prompt" }], source: "person" });
      for (const [seq, title] of [
        [2, "first title"],
        [3, "second title"],
      ] as const)
        await store.append(idAt(1), { seq, at: at(seq), type: "changed", key: "title", value: title, author: "person" });
      await store.append(idAt(1), noteEntry(4, "more", at(4)));
      expect((await listed(store, undefined)).map(({ title }) => title)).toEqual(["second title"]);
    });

    test("a reference is an id, its only beginning, or the newest of the workspace", async () => {
      await using subject = await make();
      const { store } = subject;
      const ids = ["0190aaaa-0000-7000-8000-000000000001", "0190aaab-0000-7000-8000-000000000002", "0190bbbb-0000-7000-8000-000000000003"] as const;
      await store.create(firstEntry(ids[0], { at: at(5) }));
      await store.create(firstEntry(ids[1], { at: at(9) }));
      await store.create(firstEntry(ids[2], { at: at(10), workspace: "ffff000011112222" }));
      const find = (reference: string): Promise<string> => store.find(reference, "00112233aabbccdd");
      expect(await find(ids[0])).toBe(ids[0]);
      expect(await find("0190aaab")).toBe(ids[1]);
      expect(await find("latest")).toBe(ids[1]);
      expect(await find("last")).toBe(ids[1]);
      expect(await find(ids[2])).toBe(ids[2]);
      expect(await codeOf(() => find("0190aaa"))).toBe("SESSION_NOT_FOUND");
      await expect(find("0190aaa")).rejects.toThrow(ids[0]);
    });

    test("spilled output gets a file of its own, in the session's folder, whatever name is wished", async () => {
      await using subject = await make();
      const { store } = subject;
      await store.create(firstEntry(idAt(1)));
      const scratch = store.scratch(idAt(1));
      const paths = new Set<string>();
      for (const wish of ["bash.txt", "bash.txt", "../../escape.txt", "/etc/passwd", "..", "", "a\u0000b", "x".repeat(500)]) {
        await using spill = await store.spill(idAt(1), wish);
        await spill.write(Buffer.from("one\n"));
        await spill.write(new Uint8Array([0xff, 0x00]));
        expect([dirname(spill.path), [...readFileSync(spill.path)]]).toEqual([scratch, [...Buffer.from("one\n"), 0xff, 0x00]]);
        if (process.platform !== "win32") expect(statSync(spill.path).mode & 0o777).toBe(0o600);
        paths.add(spill.path);
      }
      expect(paths.size).toBe(8);
      expect([...paths].every((path) => existsSync(path))).toBe(true);
    });

    test("two sessions do not disturb one another", async () => {
      await using subject = await make();
      const { store } = subject;
      const ids = [randomUUID(), randomUUID(), randomUUID()];
      await Promise.all(
        ids.map(async (id) => {
          await store.create(firstEntry(id));
          for (let seq = 1; seq <= 30; seq += 1) await store.append(id, noteEntry(seq, `${id} ${seq}`));
        }),
      );
      for (const id of ids) {
        expect(await readAll(store, id)).toEqual([firstEntry(id), ...Array.from({ length: 30 }, (_, index) => noteEntry(index + 1, `${id} ${index + 1}`))]);
      }
    });
  });
}

async function listed(store: SessionStore, workspace: string | undefined) {
  const summaries = [];
  for await (const summary of store.list(workspace)) summaries.push(summary);
  return summaries;
}
