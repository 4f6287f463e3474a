import type { Classifier, SlotView, ToolCallView, Spending } from "@claw/kernel";
import { classifierConformance } from "@claw/testing/conformance";
import { describe, expect, test } from "vitest";
import { opinionsOf } from "../src/opinions.ts";

const view = (classifiers: Readonly<Record<string, { readonly verdicts?: unknown; readonly judge: Classifier }>>): SlotView<Classifier> => ({
  names: Object.keys(classifiers),
  owner: (name) => `test/${name}`,
  about: (name) => (classifiers[name]?.verdicts === undefined ? {} : { verdicts: classifiers[name].verdicts }),
  get: async (name) => classifiers[name]?.judge,
});
const call: ToolCallView = {
  id: "call-1",
  session: "session-1",
  cwd: "/w",
  roots: ["/w"],
  tool: "bash",
  effect: "execute",
  input: { command: "npm test" },
  paths: [],
};
const says =
  (decision: "allow" | "ask" | "deny"): Classifier =>
  async () => ({ decision, reason: "because" });
const never: Classifier = () => new Promise(() => undefined);
const hearing = (classifiers: SlotView<Classifier>, signal = new AbortController().signal, timeoutMs = 1_000) => ({
  classifiers,
  call,
  signal,
  timeoutMs,
  mayLoosen: () => true,
  spent: () => undefined,
});

describe("who is heard when", () => {
  const classifiers = view({
    guard: { verdicts: ["ask", "deny"], judge: says("deny") },
    judge: { verdicts: ["allow", "deny"], judge: says("allow") },
    silent: { verdicts: ["ask"], judge: async () => undefined },
    undeclared: { judge: says("allow") },
    odd: { verdicts: "allow", judge: says("allow") },
  });

  test("those that only restrict; an allow of theirs is no opinion", async () => {
    expect(await opinionsOf("restricting", hearing(classifiers))).toEqual([{ author: "guard", decision: "deny", reason: "because" }]);
  });

  test("those that may allow", async () => {
    expect(await opinionsOf("allowing", hearing(classifiers))).toEqual([{ author: "judge", decision: "allow", reason: "because" }]);
  });
});

test("what models were asked for is told, also by one whose opinion does not count", async () => {
  const spent = { model: "a/small", usage: { inputTokens: 1_000, outputTokens: 50, costUsd: 0.001 } };
  const judge = async () => ({ decision: "allow" as const, reason: "because", spent });
  const told: Spending[] = [];
  const listening = { ...hearing(view({ judge: { verdicts: ["ask"], judge }, odd: { verdicts: ["ask"], judge: async () => ({ spent: 7 }) as never } })) };
  await opinionsOf("restricting", { ...listening, spent: (one) => told.push(one) });
  expect(told).toEqual([spent]);
});

test("one whose extension is not trusted to loosen is heard on every call, and its allow is no opinion", async () => {
  const classifiers = view({ stranger: { verdicts: ["allow", "deny"], judge: says("allow") }, strict: { verdicts: ["allow", "deny"], judge: says("deny") } });
  const untrusted = { ...hearing(classifiers), mayLoosen: (extension: string) => extension.startsWith("claw/") };
  expect(await opinionsOf("allowing", untrusted)).toEqual([]);
  expect(await opinionsOf("restricting", untrusted)).toEqual([{ author: "strict", decision: "deny", reason: "because" }]);
});

test("one that hangs has asked once its time is over, and the others are heard", async () => {
  const classifiers = view({ hung: { verdicts: ["deny"], judge: never }, guard: { verdicts: ["deny"], judge: says("deny") } });
  expect(await opinionsOf("restricting", hearing(classifiers, undefined, 5))).toEqual([
    { author: "hung", decision: "ask", reason: "it failed: it took longer than 5 ms" },
    { author: "guard", decision: "deny", reason: "because" },
  ]);
});

test("one that cannot be woken has asked", async () => {
  const classifiers: SlotView<Classifier> = {
    names: ["broken"],
    owner: () => "test/classifier",
    about: () => ({ verdicts: ["ask"] }),
    get: async () => Promise.reject(new Error("it is suspended")),
  };
  expect(await opinionsOf("restricting", hearing(classifiers))).toEqual([{ author: "broken", decision: "ask", reason: "it failed: it is suspended" }]);
});

test("an abort ends the hearing with its reason, and reaches whoever is heard", async () => {
  const controller = new AbortController();
  const reason = new Error("enough");
  const { promise: heard, resolve } = Promise.withResolvers<unknown>();
  const { promise: began, resolve: begin } = Promise.withResolvers<void>();
  const slow: Classifier = (_call, signal) => {
    signal.addEventListener("abort", () => resolve(signal.reason));
    begin();
    return new Promise(() => undefined);
  };
  const waiting = opinionsOf("restricting", hearing(view({ slow: { verdicts: ["deny"], judge: slow } }), controller.signal));
  await began;
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  expect(await heard).toBe(reason);
});

/** The example of the author's guide. */
const protectedPaths: Classifier = async ({ effect, paths }) => {
  if (effect === "none" || effect === "read") return undefined;
  const path = paths.find((one) => one.startsWith("/etc/"));
  return path === undefined ? undefined : { decision: "ask", reason: `${path} is protected` };
};

classifierConformance({
  name: "protected-paths",
  verdicts: ["ask"],
  open: async () => ({ classifier: protectedPaths, [Symbol.asyncDispose]: async () => undefined }),
  known: [
    { call: { effect: "write", paths: ["/etc/hosts"] }, decision: "ask" },
    { call: { effect: "read", paths: ["/etc/hosts"] }, decision: undefined },
  ],
});
