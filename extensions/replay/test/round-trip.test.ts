import { ClawError, type ContentBlock, type ModelEvent } from "@claw/kernel";
import fc from "fast-check";
import { stat } from "node:fs/promises";
import { expect, test } from "vitest";
import { ask, end, folder, heard, model, player, recorder, says, text } from "./fakes.ts";

test("what was recorded is said again, without a provider", async () => {
  await using files = await folder();
  const events: readonly ModelEvent[] = [
    { type: "reasoning-delta", text: "let me " },
    { type: "reasoning-delta", text: "see" },
    { type: "block", block: { type: "reasoning", text: "let me see", luggage: { one: { signature: "c2ln" } } } },
    text("I "),
    text("will"),
    { type: "block", block: { type: "tool-call", id: "call_1", name: "read_file", input: { path: "a.txt" } } },
    { type: "block", block: { type: "unknown", luggage: { one: { odd: true } } } },
    { type: "usage", usage: { inputTokens: 7, outputTokens: 3, cacheReadTokens: 2 } },
    { type: "end", reason: "tool-calls", requestId: "req_1" },
  ];
  {
    await using cassette = recorder(files.at("c"));
    expect(await heard(cassette, ask("go"), says(events))).toEqual({ events });
  }
  const replay = player(files.at("c"));
  expect(await replay.model()).toEqual(model);
  expect(await heard(replay, ask("go"))).toEqual({ events: [{ type: "reasoning-delta", text: "let me see" }, events[2], text("I will"), ...events.slice(5)] });
});

test("a cassette is one header and one line for each exchange, with what a request adds", async () => {
  await using files = await folder();
  const first = ask("one", {
    system: [{ type: "text", text: "be good" }],
    tools: [
      { name: "b", description: "", input: {} },
      { name: "a", description: "", input: {} },
    ],
  });
  const second = { ...first, messages: [...first.messages, { role: "assistant", content: [{ type: "text", text: "yes" }] }, ...ask("two").messages] as const };
  await using cassette = recorder(files.at("c"));
  await heard(cassette, first, says([text("y"), text("es"), end]));
  await heard(cassette, second, says([end]));
  expect(await files.lines("c")).toEqual([
    { cassette: 1, claw: "1.0.0", model },
    { request: { keep: 0, messages: first.messages, tools: ["a", "b"], system: first.system }, events: [text("yes"), end] },
    { request: { keep: 1, messages: second.messages.slice(1), tools: ["a", "b"] }, events: [end] },
  ]);
  expect((await stat(files.at("c"))).mode & 0o777).toBe(0o600);
});

test("a failure is played as it was, its data and whether it may be tried again included", async () => {
  await using files = await folder();
  const busy = new ClawError("MODEL_OVERLOADED", "one is busy", { status: 529, retryAfterMs: 7 }, { retryable: true, fix: "wait" });
  {
    await using cassette = recorder(files.at("c"));
    await heard(cassette, ask("go"), says([text("half")], busy));
    await heard(cassette, ask("go"), says([text("whole"), end]));
    await heard(cassette, ask("odd"), says([], new TypeError("x is no function")));
    await heard(cassette, ask("cut"), says([text("half")]));
  }
  const replay = player(files.at("c"));
  const first = await heard(replay, ask("go"));
  expect([first.events, first.error]).toEqual([
    [text("half")],
    expect.objectContaining({ code: "MODEL_OVERLOADED", message: "one is busy", data: busy.data, retryable: true, fix: "wait" }),
  ]);
  expect(ClawError.is(first.error, "MODEL_OVERLOADED")).toBe(true);
  expect(await heard(replay, ask("go"))).toEqual({ events: [text("whole"), end] });
  expect((await heard(replay, ask("odd"))).error).toMatchObject({ code: "EXTENSION_FAILED", message: "the provider one failed: x is no function" });
  expect(await heard(replay, ask("cut"))).toEqual({ events: [text("half")] });
});

test("what a person broke off is not recorded", async () => {
  await using files = await folder();
  const controller = new AbortController();
  {
    await using cassette = recorder(files.at("c"));
    const cut = await heard(
      cassette,
      ask("go"),
      async function* () {
        yield text("half");
        controller.abort();
        controller.signal.throwIfAborted();
      },
      controller.signal,
    );
    expect(cut.events).toEqual([text("half")]);
    for await (const _ of cassette.stream(ask("left"), model, says([text("a"), end]), new AbortController().signal)) break;
  }
  expect(await files.lines("c")).toEqual([{ cassette: 1, claw: "1.0.0", model }]);
});

test("a recording begins a new file, and one that cannot be made costs no request", async () => {
  await using files = await folder();
  {
    await using cassette = recorder(files.at("c"));
    await heard(cassette, ask("go"), says([end]));
  }
  await using again = recorder(files.at("c"));
  expect((await heard(again, ask("go"))).error).toMatchObject({ code: "USAGE", message: `${files.at("c")} exists already, and a recording begins a new file` });
  await using nowhere = recorder(files.at("missing/c"));
  expect((await heard(nowhere, ask("go"))).error).toMatchObject({
    code: "PATH_UNWRITABLE",
    message: `the cassette ${files.at("missing/c")} cannot be written (ENOENT)`,
  });
});

test("a provider is let come to its own end", async () => {
  await using files = await folder();
  await using cassette = recorder(files.at("c"));
  let finished = false;
  await heard(cassette, ask("go"), async function* () {
    yield end;
    finished = true;
  });
  expect(finished).toBe(true);
});

test("exchanges that end in another order are recorded whole, each its own", async () => {
  await using files = await folder();
  {
    await using cassette = recorder(files.at("c"));
    await Promise.all(["a", "b", "c"].map((name) => heard(cassette, ask(name), says([text(name), end]))));
  }
  const replay = player(files.at("c"));
  for (const name of ["c", "a", "b"]) expect(await heard(replay, ask(name))).toEqual({ events: [text(name), end] });
});

test("a long text is played in pieces that never break a character", async () => {
  await using files = await folder();
  const said = "😀é".repeat(500);
  {
    await using cassette = recorder(files.at("c"));
    await heard(cassette, ask("go"), says([...said].map((letter) => text(letter)).concat(end)));
  }
  const { events } = await heard(player(files.at("c")), ask("go"));
  const played = events.flatMap((event) => (event.type === "text-delta" ? [event.text] : []));
  expect([played.join(""), played.length, played.every((piece) => piece.isWellFormed())]).toEqual([said, 5, true]);
});

test("an abort stops a replay", async () => {
  await using files = await folder();
  {
    await using cassette = recorder(files.at("c"));
    await heard(cassette, ask("go"), says([text("a"), end]));
  }
  const controller = new AbortController();
  const replay = player(files.at("c"));
  const seen: ModelEvent[] = [];
  await expect(async () => {
    for await (const event of replay.stream(ask("go"), model, says([]), controller.signal)) {
      seen.push(event);
      controller.abort(new Error("enough"));
    }
  }).rejects.toThrow("enough");
  expect(seen).toEqual([text("a")]);
});

test("whatever a model says comes back as it was", async () => {
  await using files = await folder();
  // No braces in a row, which a cassette uses for its placeholders, and nothing that has the shape of a key.
  const words = fc.string({ unit: "binary", maxLength: 30 }).filter((part) => !/\{\{|sk-|:\/\//.test(part));
  const json = fc.jsonValue({ maxDepth: 3 }).filter((value) => !/\{\{|__proto__/.test(JSON.stringify(value)));
  const event = fc.oneof(
    words.map(text),
    words.map((part): ModelEvent => ({ type: "reasoning-delta", text: part })),
    fc
      .record({ id: words, value: json })
      .map(({ id, value }): ModelEvent => ({ type: "block", block: { type: "tool-call", id, name: "x", input: { value } } as ContentBlock })),
  );
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 12 }), async (events) => {
      const path = files.at(`c${(run += 1)}`);
      {
        await using cassette = recorder(path, { home: "/nowhere/at/all" });
        await heard(cassette, ask("go"), says([...events, end]));
      }
      const replayed = await heard(player(path, { home: "/nowhere/at/all" }), ask("go"));
      expect({ ...replayed, events: joined(replayed.events) }).toEqual({ events: joined([...events, end]) });
    }),
    { numRuns: 60 },
  );
});

/** Neighbouring deltas as one, the empty ones gone. */
function joined(events: readonly ModelEvent[]): readonly unknown[] {
  const all: { type: string; text?: string }[] = [];
  for (const event of JSON.parse(JSON.stringify(events)) as { type: string; text?: string }[]) {
    const last = all.at(-1);
    if (event.text === "") continue;
    if (event.text !== undefined && last?.type === event.type && last.text !== undefined) last.text += event.text;
    else all.push(event);
  }
  return all;
}
