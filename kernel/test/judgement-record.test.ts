import { allow, ask, deny, type Containment, type ToolCall } from "@claw/kernel";
import { testKernel } from "@claw/testing";
import { expect, test } from "vitest";
import { tapExtension, toolExtension } from "./fixtures.ts";

const wall: Containment = { type: "contained", hosts: ["x.example"], writable: ["/w"], readable: [], required: true };
const free: Containment = { type: "free" };

/** What the tool was told of its reach, and what was logged of the judgement. */
async function judgedBy(answers: readonly (readonly [string, () => unknown])[], answer?: string) {
  const seen: (Containment | undefined)[] = [];
  await using claw = await testKernel({
    extensions: [
      ...answers.map(([name, decide]) => tapExtension(name, "PreToolUse", "decide", async () => decide())),
      toolExtension("runner", async (_input, call) => (seen.push((call as ToolCall).containment), "done"), { effect: "execute", input: {} }),
    ],
    script: [{ calls: [{ name: "runner" }] }, "done"],
    ...(answer === undefined ? {} : { asker: { ask: async () => ({ id: answer }) } }),
  });
  const events = await claw.prompt(await claw.open(), "go");
  return { seen, judged: events.flatMap((event) => (event.type === "judged" ? [event] : [])) };
}

test("how far a call's programs may reach comes with the judgement, to the log and to the tool", async () => {
  const { seen, judged } = await judgedBy([["one", () => allow("fine", { containment: wall, details: { rule: "x" } })]]);
  expect(seen).toEqual([wall]);
  expect(judged).toMatchObject([{ verdict: "allow", decidedBy: "test/one", reason: "fine", containment: wall, opinions: [{ details: { rule: "x" } }] }]);
});

test("what a judgement cost is logged with it, and counts for the run's limits", async () => {
  const spent = [{ model: "a/small", usage: { inputTokens: 1_000, outputTokens: 50, costUsd: 0.25 } }];
  const { judged } = await judgedBy([["one", () => allow("fine", { spent })]]);
  expect(judged[0]?.opinions[0]?.spent).toEqual(spent);
  await using claw = await testKernel({
    extensions: [tapExtension("one", "PreToolUse", "decide", async () => deny("no", undefined, spent)), toolExtension("runner", async () => "done")],
    script: [{ calls: [{ name: "runner" }] }, "done"],
    limits: { tokens: 1_050 },
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect(events.at(-1)).toMatchObject({ type: "turn-end", reason: "limit", limit: "tokens" });
});

test.each([[7], [[7]], [[{ model: "a/small" }]], [[{ model: 1, usage: {} }]]])("a spending that is none, %j, is an answer that is none", async (spent) => {
  const { seen, judged } = await judgedBy([["one", () => allow("fine", { spent: spent as never })]]);
  expect([seen, judged[0]?.verdict]).toEqual([[], "deny"]);
});

test("what one wall denies the other does too, whoever speaks last; a denial that is none is an answer that is none", async () => {
  const denying = (read: readonly string[], write: readonly string[]): Containment => ({ ...wall, denied: { read, write } });
  const { seen, judged } = await judgedBy([
    ["one", () => allow("a", { containment: denying(["/w/a"], []) })],
    ["two", () => allow("b", { containment: denying([], ["/w/b"]) })],
    ["three", () => allow("c", { containment: { ...wall, hosts: [] } })],
  ]);
  const held = { ...wall, hosts: [], denied: { read: ["/w/a"], write: ["/w/b"] } };
  expect([seen, judged]).toMatchObject([[held], [{ containment: held }]]);
  for (const denied of [{ read: ["/w/a"] }, { read: "/w/a", write: [] }, ["/w/a"], null])
    expect((await judgedBy([["one", () => allow("a", { containment: { ...wall, denied } as never })]])).seen).toEqual([]);
});

test("a wall goes before none, whoever speaks last", async () => {
  expect(
    (
      await judgedBy([
        ["one", () => allow("a", { containment: wall })],
        ["two", () => allow("b", { containment: free })],
      ])
    ).seen,
  ).toEqual([wall]);
  expect(
    (
      await judgedBy([
        ["one", () => allow("a", { containment: free })],
        ["two", () => allow("b", { containment: wall })],
      ])
    ).seen,
  ).toEqual([wall]);
});

test("what the person allows reaches as far as the question said", async () => {
  const { seen, judged } = await judgedBy([["one", () => ask("may it?", undefined, { containment: free })]], "allow-once");
  expect([seen, judged[0]?.decidedBy, judged[0]?.containment]).toEqual([[free], "person", free]);
});

test("a denied call has no reach, and its details are kept", async () => {
  const { seen, judged } = await judgedBy([["one", () => deny("no", { rule: "Bash(rm *)" })]]);
  expect([seen, judged[0]?.verdict, judged[0]?.decidedBy, judged[0]?.containment, judged[0]?.opinions[0]?.details]).toEqual([
    [],
    "deny",
    "test/one",
    undefined,
    { rule: "Bash(rm *)" },
  ]);
});

test.each([
  [{ type: "free", hosts: [] }, free],
  [
    { ...wall, hosts: "any", extra: 1 },
    { ...wall, hosts: "any" },
  ],
  [
    { ...wall, onlyReads: true },
    { ...wall, onlyReads: true },
  ],
  [{ ...wall, onlyReads: false }, wall],
])("a reach is read for what it may hold alone: %j", async (given, kept) => {
  expect((await judgedBy([["one", () => ({ action: "allow", reason: "x", containment: given })]])).seen).toEqual([kept]);
});

test.each([
  null,
  "free",
  { type: "wide" },
  { type: "contained" },
  { ...wall, hosts: "all" },
  { ...wall, writable: [1] },
  { ...wall, required: "no" },
  { ...wall, onlyReads: "yes" },
])("a reach that is none is a fault of its author, and asks: %j", async (given) => {
  const { seen, judged } = await judgedBy([["one", () => ({ action: "allow", reason: "x", containment: given })]]);
  expect([seen, judged[0]?.verdict]).toEqual([[], "deny"]);
});

test("details that are no data, or too much of it, are left out and decide nothing", async () => {
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  const { judged } = await judgedBy([
    ["one", () => allow("a", { details: circle })],
    ["two", () => allow("b", { details: { text: "x".repeat(200_000) } })],
  ]);
  expect(judged[0]?.opinions.map(({ details }) => details)).toEqual([undefined, { leftOut: "more than 100000 characters" }]);
});
