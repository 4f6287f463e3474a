import { type TurnEvent, allow, block, rewrite } from "@claw/kernel";
import { testKernel } from "@claw/testing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { tapExtension, toolExtension } from "./fixtures.ts";

/** What a tool does when it is run. */
const behaviours = ["answers", "fails", "throws", "throws nonsense", "answers nonsense"] as const;
type Behaviour = (typeof behaviours)[number];

const tap = fc.record({
  stage: fc.constantFrom("guard" as const, "rewrite" as const, "decide" as const),
  answer: fc.constantFrom("nothing", "answers", "throws", "nonsense"),
  on: fc.integer({ min: 0, max: 3 }),
});
const call = fc.record({
  tool: fc.constantFrom("reader", "writer", "missing"),
  value: fc.integer({ min: 0, max: 3 }),
  behaviour: fc.constantFrom(...behaviours),
});

interface Seen {
  readonly ran: { readonly id: string; readonly value: unknown }[];
  readonly guarded: { readonly id: string; readonly value: unknown }[];
  readonly post: string[];
  readonly failure: string[];
}

type AnyEvent = { readonly call: { readonly id: string; readonly input: { readonly value: number } } };

/** Taps as generated, and two that only watch. */
function extensions(taps: readonly { readonly stage: "guard" | "rewrite" | "decide"; readonly answer: string; readonly on: number }[], seen: Seen) {
  const odd = taps.map(({ stage, answer, on }, index) =>
    tapExtension(`tap-${index}`, "PreToolUse", stage, async (event: never) => {
      const { input } = (event as AnyEvent).call;
      if (stage === "guard") seen.guarded.push({ id: (event as AnyEvent).call.id, value: input.value });
      if (input.value !== on || answer === "nothing") return undefined;
      if (answer === "throws") throw new Error("a tap broke");
      if (answer === "nonsense") return { action: "approve" };
      return stage === "guard" ? block("no") : stage === "rewrite" ? rewrite({ ...input, value: (on + 1) % 4 }) : allow("yes");
    }),
  );
  const run = (tool: string) =>
    toolExtension(
      tool,
      async (input) => {
        seen.ran.push({ id: input["id"] as string, value: input["value"] });
        switch (input["behaviour"] as Behaviour) {
          case "answers":
            return "done";
          case "fails":
            return { content: [{ type: "text", text: "failed" }], failed: true };
          case "throws":
            throw new Error("broken");
          case "throws nonsense":
            throw null;
          case "answers nonsense":
            return 42;
          default:
            return undefined;
        }
      },
      { effect: tool === "reader" ? "read" : "write" },
    );
  return [
    ...odd,
    run("reader"),
    run("writer"),
    tapExtension(
      "watch-guard",
      "PreToolUse",
      "guard",
      async (event: never) => void seen.guarded.push({ id: `last ${(event as AnyEvent).call.id}`, value: (event as AnyEvent).call.input.value }),
    ),
    tapExtension("watch-post", "PostToolUse", "observe", async (event: never) => void seen.post.push((event as AnyEvent).call.id)),
    tapExtension("watch-failure", "PostToolUseFailure", "observe", async (event: never) => void seen.failure.push((event as AnyEvent).call.id)),
  ];
}

test("what was judged is what runs, every guard saw it, and every call that ran settles exactly once", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(tap, { maxLength: 4 }), fc.array(call, { minLength: 1, maxLength: 4 }), async (taps, calls) => {
      const seen: Seen = { ran: [], guarded: [], post: [], failure: [] };
      await using claw = await testKernel({
        extensions: extensions(taps, seen),
        script: [
          { calls: calls.map(({ tool, value, behaviour }, index) => ({ name: tool, id: `c${index}`, input: { id: `c${index}`, value, behaviour } })) },
          "done",
        ],
      });
      const events = await claw.prompt(await claw.open(), "go");
      const judged = new Map(events.flatMap((event) => (event.type === "judged" ? [[event.call, event] as const] : [])));
      const results = events.flatMap((event: TurnEvent) => (event.type === "tool-result" ? [event] : []));

      // One result a call, in the model's order.
      expect(results.map((result) => result.call)).toEqual(calls.map((_call, index) => `c${index}`));
      for (const { id, value } of seen.ran) {
        // It ran with the input that was judged, and the last guard in line saw just that input.
        expect(judged.get(id)).toMatchObject({ verdict: "allow", input: { value } });
        expect(seen.guarded.filter((one) => one.id === `last ${id}`).at(-1)).toEqual({ id: `last ${id}`, value });
      }
      for (const { call: id, outcome } of results) {
        const ran = seen.ran.some((one) => one.id === id);
        // One that was allowed fails without running when the calls beside it have just got its extension suspended.
        const attempted = judged.get(id)?.verdict === "allow";
        expect(seen.post.filter((one) => one === id)).toEqual(outcome === "ok" ? [id] : []);
        expect(seen.failure.filter((one) => one === id)).toEqual(attempted && outcome !== "ok" ? [id] : []);
        expect(attempted || !ran).toBe(true);
        expect(ran || outcome !== "ok").toBe(true);
      }
    }),
    { numRuns: 120 },
  );
});

test("a rewrite cannot slip past a guard", async () => {
  const seen: unknown[] = [];
  await using claw = await testKernel({
    extensions: [
      tapExtension("no-two", "PreToolUse", "guard", async (event: never) =>
        (event as AnyEvent).call.input.value === 2 ? block("two is forbidden") : undefined,
      ),
      tapExtension("make-two", "PreToolUse", "rewrite", async (event: never) => rewrite({ ...(event as AnyEvent).call.input, value: 2 })),
      toolExtension("reader", async (input) => String(seen.push(input))),
    ],
    script: [{ calls: [{ name: "reader", input: { value: 1 } }] }, "done"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect(events.find((event) => event.type === "judged")).toMatchObject({
    verdict: "deny",
    input: { value: 2 },
    opinions: [
      { author: "test/make-two", decision: "rewrite" },
      { author: "test/no-two", decision: "block", reason: "two is forbidden" },
    ],
  });
  expect(seen).toEqual([]);
});

test("a recovered failure fires both events and the model sees the recovery", async () => {
  const fired: string[] = [];
  await using claw = await testKernel({
    extensions: [
      toolExtension("reader", async () => ({ content: [{ type: "text", text: "broken" }], failed: true })),
      tapExtension("mend", "PostToolUseFailure", "rewrite", async () => rewrite({ content: [{ type: "text", text: "mended" }] })),
      tapExtension("watch-failure", "PostToolUseFailure", "observe", async () => void fired.push("failure")),
      tapExtension("watch-post", "PostToolUse", "observe", async () => void fired.push("post")),
    ],
    script: [{ calls: [{ name: "reader" }] }, "done"],
  });
  const events = await claw.prompt(await claw.open(), "go");
  expect(events.find((event) => event.type === "tool-result")).toMatchObject({ outcome: "ok", content: [{ type: "text", text: "mended" }] });
  expect(fired).toEqual(["failure", "post"]);
});
