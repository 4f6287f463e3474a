import { SessionStoreService, type EntryBody, type SessionStore, type ViewNode } from "@claw/kernel";
import { load, type Loaded } from "@claw/testing";
import { expect, test } from "vitest";
import type { DecisionRecord } from "../src/decision-record.ts";
import extension from "../src/index.ts";

const session = "01890000-0000-7000-8000-000000000001";
const judged = (call: string, command: string, more: object = {}): EntryBody =>
  ({
    type: "judged",
    call,
    tool: "bash",
    input: { command },
    verdict: "deny",
    opinions: [],
    reason: "denied by rule Bash(rm *)",
    decidedBy: "claw/permissions",
    ...more,
  }) as EntryBody;

const record: DecisionRecord = {
  mode: "auto",
  modeSource: "flag",
  class: "network",
  sandbox: { state: "active", backend: "bwrap" },
  parts: [
    {
      text: "npm install",
      pos: 0,
      end: 11,
      class: "network",
      decision: "ask",
      step: "mode",
      reason: "it wants to reach registry.npmjs.org",
      why: ["npm install asks hosts"],
      hosts: ["registry.npmjs.org"],
      reads: [],
      writes: ["/w/node_modules"],
      rule: { text: "Bash(npm *)", decision: "ask", source: "settings.json:4" },
      tried: 2,
    },
    {
      text: "rm x",
      pos: 15,
      end: 19,
      class: "destructive",
      decision: "deny",
      step: "deny",
      reason: "denied by rule Bash(rm *)",
      why: [],
      hosts: [],
      reads: [],
      writes: [],
      rule: { text: "Bash(rm *)", decision: "deny", source: "settings.json:3" },
      tried: 1,
    },
  ],
  tried: [
    { text: "Bash(rm *)", decision: "deny", source: "settings.json:3" },
    { text: "Bash(npm *)", decision: "ask", source: "settings.json:4" },
  ],
  voices: [{ author: "paths", decision: "ask", reason: "it writes" }],
};

async function withLog(...entries: readonly EntryBody[]): Promise<Loaded> {
  const claw = await load(extension);
  const store: SessionStore = claw.service(SessionStoreService);
  const all = [{ type: "session", version: 1, id: session, cwd: claw.cwd, workspace: "0123456789abcdef", claw: "1.0.0" } as const, ...entries];
  for (const [seq, entry] of all.entries()) {
    const whole = { ...entry, seq, at: "2026-11-23T08:00:00.000Z" };
    if (whole.type === "session") await store.create({ ...whole, seq: 0 });
    else await store.append(session, whole);
  }
  return claw;
}

const textOf = (nodes: readonly ViewNode[]): string =>
  nodes
    .map((node) => (node.type === "table" ? [node.columns, ...node.rows].map((row) => row.join(" | ")).join("\n") : "text" in node ? node.text : ""))
    .join("\n");

test("the last call's decision is told part by part, with every rule that was tried and where it stands", async () => {
  await using claw = await withLog(
    judged("call_a", "ls"),
    judged("call_b", "npm install", {
      opinions: [{ author: "claw/permissions", stage: "decide", decision: "ask", reason: "it wants out", details: record }],
      verdict: "allow",
      decidedBy: "person",
      answer: "allow-once",
      containment: { type: "contained", hosts: ["registry.npmjs.org"], writable: [], readable: [], required: false },
    }),
  );
  const { shown, code } = await claw.command("why", []);
  const text = textOf(shown);
  expect(code).toBe(0);
  for (const said of [
    "bash: npm install",
    "allowed by the person (allow-once)",
    "mode: auto (flag)",
    "sandbox: active, bwrap",
    "inside the sandbox: registry.npmjs.org",
    "1. npm install",
    "ask at step mode: it wants to reach registry.npmjs.org",
    "class: network (npm install asks hosts)",
    "writes: /w/node_modules",
    "Bash(rm *) | deny | settings.json:3 | 1, 2",
    "Bash(npm *) | ask | settings.json:4 | 1",
    "paths | classifier | ask | it writes",
  ])
    expect(text).toContain(said);
});

test("a call is found by its id, the beginning of one, or the number of its entry", async () => {
  await using claw = await withLog(judged("call_abc", "first"), judged("call_abd", "second"), judged("other", "third"));
  for (const [named, command] of [
    ["call_abc", "first"],
    ["call_abd", "second"],
    ["oth", "third"],
    ["2", "second"],
    ["last", "third"],
  ] as const)
    expect(textOf((await claw.command("why", [named])).shown)).toContain(`bash: ${command}`);
  await expect(claw.command("why", ["call_"])).rejects.toMatchObject({ code: "USAGE", message: expect.stringContaining("call_abc, call_abd") });
  await expect(claw.command("why", ["nothing"])).rejects.toMatchObject({ code: "USAGE", fix: "claw why --all lists them" });
  await expect(claw.command("why", ["a", "b"])).rejects.toMatchObject({ code: "USAGE" });
  await expect(claw.command("why", ["--nonsense"])).rejects.toMatchObject({ code: "USAGE" });
});

test("as JSON a decision is the entry and the record, one a line", async () => {
  await using claw = await withLog(
    judged("call_a", "ls", { opinions: [{ author: "x", stage: "decide", decision: "deny", reason: "r", details: record }] }),
    judged("call_b", "rm x"),
  );
  const { emitted } = await claw.command("why", ["--all"], { json: true });
  expect(emitted).toMatchObject([
    { type: "decision", session, call: "call_a", verdict: "deny", record },
    { type: "decision", session, call: "call_b", reason: "denied by rule Bash(rm *)", record: {} },
  ]);
});

test("a session that judged nothing says so", async () => {
  await using claw = await withLog();
  expect((await claw.command("why", [])).shown).toMatchObject([{ type: "status", text: `session ${session} has judged no call` }]);
  expect((await claw.command("why", ["--all"])).shown).toMatchObject([{ type: "status", text: `session ${session} has judged no call` }]);
});
