import type { CompactionInput, LogEntry, TurnEvent } from "@claw/kernel";
import { history } from "@claw/kernel/host";
import { testKernel } from "@claw/testing";
import { expect, test } from "vitest";
import { errorOf, kindsOf, tapExtension, toolExtension } from "./fixtures.ts";

const long = "a text that is long enough to be worth a summary, ".repeat(4);
const faults = (events: readonly TurnEvent[]) => events.flatMap((event) => (event.type === "fault" ? [[event.where, event.code]] : []));

/** A kernel with a compactor that is always due and answers what is given; its session has had a turn with a call. */
async function kernelWith(compact: (input: CompactionInput) => unknown, due: () => boolean = () => true) {
  let begun = false;
  const compactor = { due: () => begun && due(), compact: async (input: CompactionInput) => compact(input) };
  const claw = await testKernel({
    services: { compactor },
    extensions: [toolExtension("reader", async () => long)],
    script: [{ text: long, calls: [{ name: "reader" }] }, long, "after", "and after that"],
  });
  const session = await claw.open();
  await claw.prompt(session, long);
  begun = true;
  return { claw, session };
}

const sound = { summary: "what went before", through: 3, tokensBefore: 200, tokensAfter: 10 };

test("a sound compaction is kept", async () => {
  const { claw, session } = await kernelWith(() => ({ ...sound, through: 5 }));
  await using _ = claw;
  expect(kindsOf(await claw.prompt(session, "go"))).toEqual(["prompt", "compacted", "reply", "turn-end"]);
});

test.each<readonly [string, unknown]>([
  ["no object", "short"],
  ["no summary", { ...sound, through: 5, summary: undefined }],
  ["an empty summary", { ...sound, through: 5, summary: " \n" }],
  ["a place beyond the log", { ...sound, through: 99 }],
  ["a place before the log", { ...sound, through: -1 }],
  ["a place that is no number", { ...sound, through: "5" }],
  ["half a place", { ...sound, through: 4.5 }],
  ["a place between a call and its result", { ...sound, through: 2 }],
  ["a summary longer than what it stands for", { ...sound, through: 5, summary: long.repeat(9) }],
  ["numbers that say it grew", { ...sound, through: 5, tokensBefore: 10, tokensAfter: 200 }],
  ["numbers that are none", { ...sound, through: 5, tokensAfter: Number.NaN }],
])("a compaction with %s is refused: the turn goes on without it, and says so once", async (_name, answer) => {
  const { claw, session } = await kernelWith(() => answer);
  await using _ = claw;
  const events = await claw.prompt(session, "go");
  expect([kindsOf(events), faults(events)]).toEqual([["prompt", "fault", "reply", "turn-end"], [["compact", "EXTENSION_FAILED"]]]);
  expect(claw.model.requests.at(-1)?.messages.length).toBe(5);
});

test("a refused compaction that the person asked for is an error", async () => {
  const { claw, session } = await kernelWith(() => ({ ...sound, through: 99 }));
  await using _ = claw;
  expect(await errorOf(Array.fromAsync(claw.kernel.client.compact(session, undefined, new AbortController().signal)))).toMatchObject({
    code: "EXTENSION_FAILED",
  });
});

test("a compactor that breaks is asked once a turn, and the turn goes on", async () => {
  let asked = 0;
  const { claw, session } = await kernelWith(() => {
    throw new Error(`broken ${(asked += 1)}`);
  });
  await using _ = claw;
  await using again = await testKernel({
    services: {
      compactor: {
        due: () => true,
        compact: async () => {
          asked += 1;
          throw new Error("broken");
        },
      },
    },
    extensions: [toolExtension("reader", async () => "read")],
    script: [{ calls: [{ name: "reader" }] }, { calls: [{ name: "reader" }] }, "done"],
  });
  asked = 0;
  expect(faults(await again.prompt(await again.open(), "go"))).toEqual([["compact", "EXTENSION_FAILED"]]);
  expect(asked).toBe(1);
  expect(kindsOf(await claw.prompt(session, "go"))).toEqual(["prompt", "fault", "reply", "turn-end"]);
});

test("a compactor whose `due` breaks is a fault and not the end of the turn", async () => {
  const { claw, session } = await kernelWith(
    () => sound,
    () => {
      throw new Error("no idea");
    },
  );
  await using _ = claw;
  expect(kindsOf(await claw.prompt(session, "go"))).toEqual(["prompt", "fault", "reply", "turn-end"]);
});

test("a compactor that changes the entries it is handed changes nothing", async () => {
  const { claw, session } = await kernelWith(({ entries }) => {
    (entries as LogEntry[]).length = 0;
    return undefined;
  });
  await using _ = claw;
  await claw.prompt(session, "go");
  expect(claw.model.requests.at(-1)?.messages.length).toBe(5);
  expect(claw.kernel.client.entries(session).length).toBeGreaterThan(6);
});

test("a PostCompact observer hears what became of it", async () => {
  const heard: unknown[] = [];
  const compactor = { due: () => true, compact: async ({ entries }: CompactionInput) => ({ ...sound, through: entries.at(-1)?.seq ?? 0 }) };
  await using claw = await testKernel({
    services: { compactor },
    extensions: [tapExtension("watch", "PostCompact", "observe", async (event: never) => void heard.push(event))],
    script: ["done"],
  });
  const session = await claw.open();
  await claw.prompt(session, long);
  expect(heard).toEqual([{ session, cwd: claw.cwd, trigger: "auto", tokens: expect.any(Number), summary: sound.summary, tokensAfter: 10 }]);
});

test("a log with an empty summary or foreign blocks in it still folds to something a provider accepts", () => {
  const entries = [
    {
      type: "prompt",
      content: [
        { type: "tool-call", id: "x", name: "y", input: {} },
        { type: "tool-result", call: "x", content: [] },
        { type: "text", text: "go" },
      ],
      source: "person",
    },
    {
      type: "reply",
      content: [
        { type: "text", text: "a" },
        { type: "tool-result", call: "a", content: [] },
        { type: "image", mediaType: "image/png", data: "" },
      ],
      model: "m",
      ms: 1,
    },
    { type: "compacted", through: 0, summary: " ", trigger: "auto", tokensBefore: 2, tokensAfter: 1 },
  ].map((one, seq) => ({ seq, at: "", ...one })) as unknown as readonly LogEntry[];
  expect(history(entries.slice(0, 2))).toEqual([
    { role: "user", content: [{ type: "text", text: "go" }] },
    { role: "assistant", content: [{ type: "text", text: "a" }] },
  ]);
  expect(history(entries)).toEqual([
    { role: "user", content: [{ type: "text", text: "(what went before was left out)" }] },
    { role: "assistant", content: [{ type: "text", text: "a" }] },
  ]);
});
