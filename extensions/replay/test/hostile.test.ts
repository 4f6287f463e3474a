import fc from "fast-check";
import { mkdir, truncate, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { ask, end, folder, heard, model, player, recorder, says, text } from "./fakes.ts";

const header = JSON.stringify({ cassette: 1, claw: "1.0.0", model });
const line = (more: object = {}): string =>
  JSON.stringify({ request: { keep: 0, messages: ask("go").messages, tools: [] }, events: [text("hi"), end], ...more });
const request = (more: object): object => ({ request: { keep: 0, messages: ask("go").messages, tools: [], ...more } });
const events = (...all: readonly unknown[]): object => ({ events: all });
const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;

test.each<[string, string, number, string]>([
  ["nothing", "", 1, "is no cassette"],
  ["something else", "hello\n", 1, "is not JSON"],
  ["a list", "[]\n", 1, "is no cassette"],
  ["another kind of JSON lines", '{"type":"session"}\n', 1, "is no cassette"],
  ["a later version", `{"cassette":2,"claw":"9.0.0","model":${JSON.stringify(model)}}\n`, 1, "is a cassette of version 2, and this claw plays version 1"],
  ["a version that is none", '{"cassette":"1"}\n', 1, 'is a cassette of version "1", and this claw plays version 1'],
  ["no claw", '{"cassette":1}\n', 1, "does not say which claw recorded it"],
  ["no model", '{"cassette":1,"claw":"1"}\n', 1, "does not say which model was recorded"],
  [
    "a model that is none",
    `${JSON.stringify({ cassette: 1, claw: "1", model: { address: "a/b", info: { ...model.info, efforts: 3 } } })}\n`,
    1,
    "does not say which model was recorded",
  ],
  [
    "a price that is none",
    `${JSON.stringify({ cassette: 1, claw: "1", model: { address: "a/b", info: { ...model.info, price: { input: "free", output: 1 } } } })}\n`,
    1,
    "does not say which model was recorded",
  ],
  ["a broken line in the middle", `${header}\n{"request":\n${line()}\n`, 2, "is not JSON"],
  ["a line that is no exchange", `${header}\n7\n`, 2, "is no exchange"],
  ["an exchange without a request", `${header}\n{"events":[]}\n`, 2, "has no request"],
  ["an exchange without events", `${header}\n${JSON.stringify(request({}))}\n`, 2, "has no events"],
  ["a request that keeps too much", `${header}\n${line()}\n${line(request({ keep: 2 }))}\n`, 3, "keeps 2 messages of a request that has 1"],
  ["a request that keeps nonsense", `${header}\n${line(request({ keep: -1 }))}\n`, 2, "keeps -1 messages of a request that has 0"],
  ["messages that are none", `${header}\n${line(request({ messages: ["go"] }))}\n`, 2, "has messages that are none"],
  ["tools that are none", `${header}\n${line(request({ tools: [{}] }))}\n`, 2, "has tools that are no names"],
  ["a system prompt that is none", `${header}\n${line(request({ system: "x" }))}\n`, 2, "has a system prompt that is none"],
  ["an event of no type", `${header}\n${line(events({}))}\n`, 2, "has an event that is none (number 1)"],
  ["an event that is null", `${header}\n${line(events(end, null))}\n`, 2, "has an event that is none (number 2)"],
  ["a delta without text", `${header}\n${line(events({ type: "text-delta" }))}\n`, 2, "has an event that is none (number 1)"],
  [
    "a call without input",
    `${header}\n${line(events({ type: "block", block: { type: "tool-call", id: "1", name: "bash", input: "rm" } }))}\n`,
    2,
    "has an event that is none (number 1)",
  ],
  [
    "a model that answers its own call",
    `${header}\n${line(events({ type: "block", block: { type: "tool-result", call: "1", content: [] } }))}\n`,
    2,
    "has an event that is none (number 1)",
  ],
  [
    "usage that is negative",
    `${header}\n${line(events({ type: "usage", usage: { inputTokens: -1, outputTokens: 0 } }))}\n`,
    2,
    "has an event that is none (number 1)",
  ],
  [
    "a retry",
    `${header}\n${line(events({ type: "retry", attempt: 1, attempts: 1, delayMs: 1e12, code: "X", message: "" }))}\n`,
    2,
    "has an event that is none (number 1)",
  ],
  ["an end for no reason", `${header}\n${line(events({ type: "end", reason: "tired" }))}\n`, 2, "has an event that is none (number 1)"],
  ["an error that is none", `${header}\n${line({ error: { code: "x; rm", message: "", data: {}, retryable: true } })}\n`, 2, "has an error that is none"],
  ["a line without end of depth", `${header}\n{"request":${deep},"events":[]}\n`, 2, "is nested too deeply"],
  [
    "a depth in an input",
    `${header}\n${line(events({ type: "block", block: { type: "tool-call", id: "1", name: "x", input: { a: JSON.parse(`${"[".repeat(600)}${"]".repeat(600)}`) } } }))}\n`,
    2,
    "is nested too deeply",
  ],
  ["bytes that are no text", "\u0000\u0001\n", 1, "is not JSON"],
])("a cassette of %s is refused with its line", async (_name, content, number, message) => {
  await using files = await folder();
  await writeFile(files.at("c"), content);
  const { events: said, error } = await heard(player(files.at("c")), ask("go"));
  expect(said).toEqual([]);
  expect(error).toMatchObject({
    code: "CASSETTE_INVALID",
    retryable: false,
    message: `${files.at("c")}:${number} ${message}`,
    data: { cassette: files.at("c"), line: number },
  });
  await expect(player(files.at("c")).model()).rejects.toMatchObject({ code: "CASSETTE_INVALID" });
});

test("a line that is longer than any is refused before it has been read whole", async () => {
  await using files = await folder();
  await writeFile(files.at("c"), `${header}\n{"request":"`);
  await truncate(files.at("c"), 100 * 1024 * 1024);
  expect((await heard(player(files.at("c")), ask("go"))).error).toMatchObject({
    code: "CASSETTE_INVALID",
    data: { line: 2 },
    message: `${files.at("c")}:2 is longer than any line should be`,
  });
});

test("a file that is not there, a folder and an enormous file are told as what they are", async () => {
  await using files = await folder();
  await expect(player(files.at("none")).model()).rejects.toMatchObject({ code: "PATH_NOT_FOUND", message: `there is no cassette ${files.at("none")}` });
  await mkdir(files.at("folder"));
  await expect(player(files.at("folder")).model()).rejects.toMatchObject({ code: "PATH_NOT_FILE" });
  await writeFile(files.at("huge"), "");
  await truncate(files.at("huge"), 513 * 1024 * 1024);
  await expect(player(files.at("huge")).model()).rejects.toMatchObject({ code: "PATH_TOO_LARGE" });
});

test("a recording that was killed at any byte is played up to its last whole line", async () => {
  await using files = await folder();
  {
    await using cassette = recorder(files.at("c"));
    await heard(cassette, ask("one"), says([text("1"), end]));
    await heard(cassette, ask("two"), says([text("2"), end]));
  }
  const whole = `${(await files.lines("c")).map((one) => JSON.stringify(one)).join("\n")}\n`;
  const lengths = whole.split("\n").map(({ length }) => length);
  const [first = 0, second = 0, third = 0] = lengths;
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: first + 1, max: whole.length }), async (size) => {
      await writeFile(files.at("cut"), whole.slice(0, size));
      const replay = player(files.at("cut"));
      expect(await replay.model()).toEqual(model);
      const answers = [await heard(replay, ask("one")), await heard(replay, ask("two"))].map(({ error }) => error === undefined);
      expect(answers).toEqual([size >= first + 1 + second, size >= first + 1 + second + 1 + third]);
    }),
    { numRuns: 80 },
  );
});

test("a name that objects are made of is only a name", async () => {
  await using files = await folder();
  await writeFile(
    files.at("c"),
    `${header}\n{"request":{"keep":0,"messages":${JSON.stringify(ask("go").messages)},"tools":[]},"events":[{"type":"block","block":{"type":"tool-call","id":"1","name":"x","input":{"__proto__":{"polluted":true},"constructor":1}}}]}\n`,
  );
  const { events: said } = await heard(player(files.at("c")), ask("go"));
  const input = (said[0] as unknown as { block: { input: object } }).block.input;
  expect([Object.keys(input), Object.getPrototypeOf(input) === Object.prototype, ({} as { polluted?: boolean }).polluted]).toEqual([
    ["__proto__", "constructor"],
    true,
    undefined,
  ]);
});

test("whatever stands in a cassette, it is played or refused, and nothing else happens", async () => {
  await using files = await folder();
  const mutated = fc.tuple(fc.nat({ max: 400 }), fc.string({ maxLength: 3 }), fc.nat({ max: 3 }));
  await fc.assert(
    fc.asyncProperty(fc.array(mutated, { minLength: 1, maxLength: 4 }), async (changes) => {
      let content = `${header}\n${line()}\n`;
      for (const [at, put, drop] of changes) content = content.slice(0, at) + put + content.slice(at + drop);
      await writeFile(files.at("m"), content);
      const { error } = await heard(player(files.at("m")), ask("go"));
      expect(error === undefined || ["CASSETTE_INVALID", "CASSETTE_MISMATCH"].includes((error as { code: string }).code)).toBe(true);
    }),
    { numRuns: 200 },
  );
});
