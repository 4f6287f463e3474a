import { tmpdir } from "node:os";
import { type LogEntry, type Message, type Models, type TurnEvent, defineExtension, structuredOutput } from "@claw/kernel";
import { type Manifest, history } from "@claw/kernel/host";
import { memoryStore, scriptedModel } from "@claw/testing";
import { describe, expect, test } from "vitest";
import compactionManifest from "../../extensions/compaction/extension.json" with { type: "json" };
import compaction from "../../extensions/compaction/src/index.ts";
import { embedded, never, program, text } from "./program.ts";

const manifestOf = (name: string, more: Partial<Manifest>): Manifest => ({
  name,
  version: "1.0.0",
  engines: { claw: "^1.0.0" },
  main: "./dist/index.mjs",
  permissions: {},
  ...more,
});

/** Need 5: what a tool is, and what it does, apart. The executor gets folder, signal, progress and a place for long output; it prints nothing. */
const dice = embedded(
  manifestOf("acme/dice", {
    provides: {
      tool: {
        roll: {
          description: "Rolls a die",
          effect: "none",
          input: { type: "object", properties: { sides: { type: "integer", minimum: 2 } }, required: ["sides"], additionalProperties: false },
        },
      },
    },
  }),
  defineExtension((claw) => {
    claw.provide({ kind: "slot", id: "tool" } as never, "roll", (async (input: { readonly sides: number }, call: { readonly cwd: string }) => {
      if (input.sides > 100) return { failed: true, content: [text("no such die")], details: { asked: input.sides } };
      return { content: [text(`4 of ${input.sides}`)], details: { folder: call.cwd } };
    }) as never);
  }),
);

const all = async (events: AsyncIterable<TurnEvent>): Promise<readonly TurnEvent[]> => Array.fromAsync(events);
const where = (folder: string) => ({ cwd: folder, workspace: "0123456789abcdef", roots: [folder] });

describe("need 4: messages are JSON, and nothing is lost in it", () => {
  test("thinking, images and blocks that nobody knows come back as they were", () => {
    const messages: readonly Message[] = [
      { role: "user", content: [text("look"), { type: "image", mediaType: "image/png", data: "aWNvbg==" }] },
      {
        role: "assistant",
        content: [
          { type: "reasoning", text: "hm", luggage: { anthropic: { signature: "s", model: "m" } } },
          { type: "unknown", luggage: { anthropic: { type: "redacted_thinking", data: "…", model: "m" } } },
          { type: "tool-call", id: "a", name: "roll", input: { sides: 6 } },
        ],
      },
    ];
    expect(JSON.parse(JSON.stringify(messages))).toEqual(messages);
  });
});

describe("need 5: tools", () => {
  test("results are structured, and what a failing tool said is kept", async () => {
    const { models, requests } = scriptedModel([
      {
        calls: [
          { name: "roll", input: { sides: 6 } },
          { name: "roll", input: { sides: 101 } },
        ],
      },
      "done",
    ]);
    await using one = program({ extensions: [dice], services: { models } });
    const session = await one.kernel.client.open(where(one.folder));
    const events = await all(one.kernel.client.prompt(session, [text("roll")], never()));
    expect(events.flatMap((event) => (event.type === "tool-result" ? [[event.outcome, event.details]] : []))).toEqual([
      ["ok", { folder: one.folder }],
      ["failed", { asked: 101 }],
    ]);
    expect(requests[1]?.messages.at(-1)?.content).toMatchObject([{ content: [text("4 of 6")] }, { failed: true, content: [text("no such die")] }]);
  });
});

describe("need 6: the loop, step by step", () => {
  const ask = embedded(
    manifestOf("acme/careful", { hooks: { PreToolUse: { decide: {} } } }),
    defineExtension((claw) => claw.on("PreToolUse" as never, "decide" as never, (async () => ({ action: "ask", reason: "a die is chance" })) as never)),
  );

  test("asks with the whole input, and goes by the answer", async () => {
    const { models } = scriptedModel([{ calls: [{ name: "roll", input: { sides: 6 } }] }, "as you like"]);
    const asked: unknown[] = [];
    await using one = program({
      extensions: [dice, ask],
      services: { models },
      asker: { ask: async ({ call, options }) => (asked.push(call?.input), { id: options.find(({ kind }) => kind === "reject-once")?.id ?? "" }) },
    });
    const session = await one.kernel.client.open(where(one.folder));
    const events = await all(one.kernel.client.prompt(session, [text("roll")], never()));
    expect([asked, events.flatMap((event) => (event.type === "tool-result" ? [event.outcome] : []))]).toEqual([[{ sides: 6 }], ["denied"]]);
  });

  test("takes a prompt into a turn that runs, and stops at its limits", async () => {
    const { models, requests } = scriptedModel([
      { calls: [{ name: "roll", input: { sides: 6 } }] },
      { calls: [{ name: "roll", input: { sides: 6 } }] },
      "never asked",
    ]);
    await using one = program({ extensions: [dice], services: { models }, limits: { steps: 2 } });
    const { client } = one.kernel;
    const session = await client.open(where(one.folder));
    const events: TurnEvent[] = [];
    for await (const event of client.prompt(session, [text("roll")], never())) {
      events.push(event);
      if (events.filter(({ type }) => type === "reply").length === 1 && event.type === "reply") void all(client.prompt(session, [text("twice!")], never()));
    }
    expect(events.at(-1)).toMatchObject({ type: "turn-end", reason: "limit", limit: "steps" });
    expect(requests[1]?.messages.at(-1)?.content.at(-1)).toEqual(text("twice!"));
  });

  test("goes on after a crash in the middle of a turn's tools, and plays the same log to the same history", async () => {
    const store = memoryStore(tmpdir());
    const first = scriptedModel([
      {
        calls: [
          { name: "roll", input: { sides: 6 } },
          { name: "roll", input: { sides: 8 } },
        ],
      },
    ]);
    let log: readonly LogEntry[] = [];
    let session = "";
    {
      await using one = program({ extensions: [dice], services: { models: first.models, "session-store": store } });
      session = await one.kernel.client.open(where(one.folder));
      // The program leaves after the first result, as a crash would.
      for await (const event of one.kernel.client.prompt(session, [text("roll")], never())) if (event.type === "tool-result") break;
      log = one.kernel.client.entries(session);
    }
    const prefix = log.slice(0, log.findIndex(({ type }) => type === "tool-result") + 1);
    const [folded, again] = [history(prefix), history(structuredClone(prefix))];
    expect(again).toEqual(folded);
    expect(folded.at(-1)?.content.map((block) => block.type === "tool-result" && block.failed === true)).toEqual([false, true]);

    const second = scriptedModel(["on we go"]);
    await using two = program({ extensions: [dice], services: { models: second.models, "session-store": store } });
    const resumed = await two.kernel.client.open({ ...where(two.folder), resume: session });
    await all(two.kernel.client.prompt(resumed, [text("go on")], never()));
    expect(second.requests[0]?.messages.at(-1)?.content.map(({ type }) => type)).toEqual(["tool-result", "tool-result", "text"]);
  });
});

describe("need 7: a value instead of words", () => {
  test("is checked, and put right where it does not fit", async () => {
    const { models } = scriptedModel([{ calls: [{ name: "verdict", input: { safe: "perhaps" } }] }, { calls: [{ name: "verdict", input: { safe: true } }] }]);
    await using one = program({ extensions: [], services: { models } });
    const schema = { type: "object", properties: { safe: { type: "boolean" } }, required: ["safe"] };
    const request = { model: "fake/scripted", system: [], messages: [{ role: "user" as const, content: [text("is it?")] }] };
    const given = await structuredOutput({ models: await one.kernel.service<Models>("models"), request, name: "verdict", schema }, never());
    expect([given.value, given.repairs]).toEqual([{ safe: true }, 1]);
  });
});

describe("need 8: compaction by a summariser of the program's own", () => {
  test("with the program's model, and with hooks before and after", async () => {
    const long = "what was said and done, at length. ".repeat(400);
    const { models, requests } = scriptedModel([long, "a short summary", "after"]);
    const seen: string[] = [];
    const watch = embedded(
      manifestOf("acme/watch", { hooks: { PreCompact: { observe: {} }, PostCompact: { observe: {} } } }),
      defineExtension((claw) => {
        for (const event of ["PreCompact", "PostCompact"]) claw.on(event as never, "observe" as never, (async () => void seen.push(event)) as never);
      }),
    );
    await using one = program({ extensions: [embedded(compactionManifest, compaction), watch], services: { models } });
    const session = await one.kernel.client.open(where(one.folder));
    await all(one.kernel.client.prompt(session, [text(long)], never()));
    await all(one.kernel.client.compact(session, "keep the numbers", never()));
    expect([seen, JSON.stringify(requests[1]).includes("keep the numbers")]).toEqual([["PreCompact", "PostCompact"], true]);
    await all(one.kernel.client.prompt(session, [text("and?")], never()));
    expect(JSON.stringify(requests[2]?.messages)).toContain("a short summary");
  });
});

describe("need 12: sessions where the program keeps them", () => {
  test("a fork shares what was said before it, and its own turns stay its own", async () => {
    const store = memoryStore(tmpdir());
    const { models, requests } = scriptedModel(["one", "two", "three"]);
    await using one = program({ extensions: [], services: { models, "session-store": store } });
    const { client } = one.kernel;
    const session = await client.open(where(one.folder));
    await all(client.prompt(session, [text("first")], never()));
    await client.close(session);
    const fork = await client.open({ ...where(one.folder), resume: session, fork: true });
    await all(client.prompt(fork, [text("in the fork")], never()));
    await client.close(fork);
    const again = await client.open({ ...where(one.folder), resume: session });
    await all(client.prompt(again, [text("in the trunk")], never()));
    const said = requests.map(({ messages }) => messages.map(({ content }) => content.map((block) => (block.type === "text" ? block.text : "")).join("")));
    expect(said).toEqual([["first"], ["first", "one", "in the fork"], ["first", "one", "in the trunk"]]);
  });
});
