import { ClawError, type ContentBlock, type TurnEvent, block } from "@claw/kernel";
import { type TestKernel, memoryStore, testKernel } from "@claw/testing";
import { expect, test } from "vitest";
import { errorOf, kindsOf, modelsOf, serviceExtension, tapExtension, toolExtension } from "./fixtures.ts";

const say = (text: string): readonly ContentBlock[] => [{ type: "text", text }];
const signal = new AbortController().signal;
const promptsOf = (claw: TestKernel, session: string) =>
  claw.kernel.client.entries(session).flatMap((entry) => (entry.type === "prompt" ? entry.content.map((one) => one.type === "text" && one.text) : []));
const gathered = async (events: AsyncIterable<TurnEvent>): Promise<readonly TurnEvent[]> => Array.fromAsync(events);

test("two prompts at the same moment are one turn and its guest, never two turns", async () => {
  await using claw = await testKernel({ script: ["one", "two"] });
  const session = await claw.open();
  const both = await Promise.all([
    gathered(claw.kernel.client.prompt(session, say("a"), signal)),
    gathered(claw.kernel.client.prompt(session, say("b"), signal)),
  ]);
  expect([promptsOf(claw, session), both.map((events) => kindsOf(events))[1]]).toEqual([["a", "b"], []]);
  expect(claw.kernel.client.entries(session).filter(({ type }) => type === "turn-end").length).toBe(1);
});

test("a tool that prompts its own session is heard at the next step", async () => {
  const opened = Promise.withResolvers<string>();
  await using claw = await testKernel({
    extensions: [
      toolExtension("asker", async () => {
        await gathered(claw.kernel.client.prompt(await opened.promise, say("from the tool"), signal));
        return "asked";
      }),
    ],
    script: [{ calls: [{ name: "asker" }] }, "done"],
  });
  const session = await claw.open();
  opened.resolve(session);
  const events = await claw.prompt(session, "go");
  expect(kindsOf(events)).toEqual(["prompt", "reply", "judged", "tool-result", "prompt", "reply", "turn-end"]);
});

test("a prompt that came while a turn failed is not lost, and comes before the next one", async () => {
  const gate = Promise.withResolvers<void>();
  const models = modelsOf(async function* () {
    await gate.promise;
    if (claw.kernel.client.entries(session).filter(({ type }) => type === "prompt").length === 1) throw new ClawError("MODEL_UNAVAILABLE", "it is down", {});
    yield { type: "end", reason: "stop" };
  });
  await using claw = await testKernel({ services: { models } });
  const session = await claw.open();
  const first = errorOf(claw.prompt(session, "first"));
  await new Promise((resolve) => setTimeout(resolve, 5));
  await gathered(claw.kernel.client.prompt(session, say("second"), signal));
  gate.resolve();
  expect(await first).toMatchObject({ code: "MODEL_UNAVAILABLE" });
  await claw.prompt(session, "third");
  expect(promptsOf(claw, session)).toEqual(["first", "second", "third"]);
});

test("a queued prompt that a guard blocks is reported, and the turn it came in goes on", async () => {
  const gate = Promise.withResolvers<void>();
  await using claw = await testKernel({
    extensions: [
      tapExtension("guard", "UserPromptSubmit", "guard", async (event: never) =>
        (event as { content: readonly { text: string }[] }).content[0]?.text === "bad" ? block("not so") : undefined,
      ),
      toolExtension("waits", async () => {
        await gate.promise;
        return "waited";
      }),
    ],
    script: [{ calls: [{ name: "waits" }] }, "done"],
  });
  const session = await claw.open();
  const turn = claw.prompt(session, "go");
  await new Promise((resolve) => setTimeout(resolve, 10));
  await gathered(claw.kernel.client.prompt(session, say("bad"), signal));
  await gathered(claw.kernel.client.prompt(session, say("good"), signal));
  gate.resolve();
  const events = await turn;
  expect(events.at(-1)).toMatchObject({ type: "turn-end", reason: "done" });
  expect(promptsOf(claw, session)).toEqual(["go", "good"]);
  expect(events.find(({ type }) => type === "fault")).toMatchObject({
    extension: "test/guard",
    where: "UserPromptSubmit guard",
    code: "PROMPT_BLOCKED",
    message: "test/guard blocked the prompt: not so",
  });
});

test.each([[[]], [say("")], [say(" \n")], [[null]], ["text"], [[{ type: "tool-call", id: "a", name: "b", input: {} }]]])(
  "a prompt with nothing in it that a model can be told is refused, and nothing is sent",
  async (content) => {
    await using claw = await testKernel({ script: ["never"] });
    const session = await claw.open();
    expect(await errorOf(gathered(claw.kernel.client.prompt(session, content as never, signal)))).toMatchObject({ code: "USAGE" });
    expect([claw.model.requests, promptsOf(claw, session)]).toEqual([[], []]);
  },
);

test("entries are shown in the order of their numbers, faults among them", async () => {
  await using claw = await testKernel({
    extensions: [
      tapExtension("odd", "PreToolUse", "observe", async () => {
        throw new Error("odd");
      }),
      tapExtension("odder", "PostToolUse", "observe", async () => {
        throw new Error("odder");
      }),
      ...["one", "two", "three"].map((name) => toolExtension(name, async () => name)),
    ],
    script: [{ calls: [{ name: "one" }, { name: "two" }, { name: "three" }] }, "done"],
  });
  const session = await claw.open();
  const shown: number[] = [];
  for await (const event of claw.kernel.client.prompt(session, say("go"), signal)) {
    if ("seq" in event) shown.push(event.seq);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(shown).toEqual(shown.map((_seq, index) => index + 1));
  expect(shown.length).toBe(claw.kernel.client.entries(session).length - 1);
});

test("a session is compacted between turns and not during one, and a prompt that comes meanwhile is a turn after it", async () => {
  const gate = Promise.withResolvers<void>();
  const compactor = {
    due: () => false,
    compact: async () => {
      await gate.promise;
      return { summary: "short", through: 2, tokensBefore: 100, tokensAfter: 1 };
    },
  };
  await using claw = await testKernel({ services: { compactor }, script: ["a reply that is long enough to be worth a summary", { hang: true }, "two"] });
  const session = await claw.open();
  const { client } = claw.kernel;
  await claw.prompt(session, "a prompt that is long enough to be worth a summary");
  const controller = new AbortController();
  const hanging = errorOf(claw.prompt(session, "hang", controller.signal));
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(await errorOf(gathered(client.compact(session, undefined, signal)))).toMatchObject({
    code: "USAGE",
    message: `session ${session} is in the middle of a turn; compact it when the turn has ended`,
  });
  controller.abort(new Error("enough"));
  await hanging;
  const compacting = gathered(client.compact(session, undefined, signal));
  const next = claw.prompt(session, "after");
  await new Promise((resolve) => setTimeout(resolve, 5));
  gate.resolve();
  expect(kindsOf(await compacting)).toEqual(["compacted"]);
  expect(kindsOf(await next)).toEqual(["prompt", "reply", "turn-end"]);
});

test("a session that is open is not opened again in the same kernel, and a session that cannot be read is let go of", async () => {
  await using claw = await testKernel({ script: ["one"] });
  const session = await claw.open();
  await claw.prompt(session, "go");
  expect(await errorOf(claw.open({ resume: session }))).toMatchObject({ code: "SESSION_LOCKED" });
  await claw.prompt(session, "the first is as it was").catch(() => undefined);
  await claw.kernel.client.close(session);
  await claw.open({ resume: session });
});

test.each([
  [{ seq: 7 }],
  [{ type: 5 }],
  [null],
  ["text"],
  [{ type: "reply", content: "text" }],
  [{ type: "prompt", content: [null] }],
  [{ type: "compacted", summary: 5, through: 0 }],
])("a store that reads entries which are none is told so, and its lock is given back", async (entry) => {
  const store = memoryStore("/nowhere");
  const open = new Set<string>();
  let nonsense = false;
  const services = {
    "session-store": {
      ...store,
      open: async (id: string) => {
        await store.open(id);
        open.add(id);
      },
      close: async (id: string) => {
        await store.close(id);
        open.delete(id);
      },
      async *read(id: string) {
        yield* store.read(id);
        if (nonsense)
          yield (
            typeof entry === "object" && entry !== null ? { seq: 3, at: "2026-11-22T08:00:00.000Z", type: "note", text: "x", author: "x", ...entry } : entry
          ) as never;
      },
    },
  };
  await using claw = await testKernel({ services, script: ["one"] });
  const session = await claw.open();
  await claw.prompt(session, "go").then((events) => expect(events.length).toBe(4));
  await claw.kernel.client.close(session);
  nonsense = true;
  expect(await errorOf(claw.open({ resume: session }))).toMatchObject({ code: "SESSION_DAMAGED" });
  expect([...open]).toEqual([]);
});

test("a setting that cannot be written down is refused, and the session goes on", async () => {
  await using claw = await testKernel({ script: ["one"] });
  const session = await claw.open();
  expect(await errorOf(claw.kernel.client.set(session, "title", { size: 1n }))).toMatchObject({ code: "USAGE" });
  expect(kindsOf(await claw.prompt(session, "go"))).toEqual(["prompt", "reply", "turn-end"]);
});

test("a command that breaks is named", async () => {
  const manifest = { ...serviceExtension("odd", [], () => undefined).manifest, provides: { command: { odd: { description: "odd" } } } };
  await using claw = await testKernel({
    extensions: [
      {
        manifest,
        extension: {
          api: 1,
          activate: (context) =>
            (context.provide as (...all: readonly unknown[]) => void)({ kind: "slot", id: "command", version: 1 }, "odd", {
              run: async () => {
                throw new TypeError("x is undefined");
              },
            }),
        },
      },
    ],
  });
  const session = await claw.open();
  expect(await errorOf(claw.kernel.client.command(session, "/odd", signal))).toMatchObject({
    code: "EXTENSION_FAILED",
    message: "test/odd failed in command odd: x is undefined",
  });
});

test.each([
  ["find", async () => 5],
  ["read", () => undefined],
  [
    "open",
    async () => {
      throw new TypeError("x is undefined");
    },
  ],
])("a store whose %s breaks is named, and no session is open", async (method, broken) => {
  const services = {
    "session-store": { ...memoryStore("/nowhere"), find: async () => "00000000-0000-7000-8000-000000000009", open: async () => undefined, [method]: broken },
  };
  await using claw = await testKernel({ services });
  expect(await errorOf(claw.open({ resume: "latest" }))).toMatchObject({
    code: "EXTENSION_FAILED",
    message: expect.stringContaining("session-store failed in opening a session: "),
  });
  expect(claw.kernel.held().children.map(({ label, children }) => [label, children.length])).toEqual([["sessions", 0]]);
});
