import { bytesOf, entryAt, scriptedSession, type Step } from "@claw/testing/conformance";
import fc from "fast-check";
import { expect, test } from "vitest";
import { messagesOf } from "../src/message-lines.ts";
import { print, type PrintCase } from "./print.ts";

const answer = (text: string): readonly Step[] => [
  entryAt(1, { type: "reply", content: [{ type: "text", text }], model: "p/m", ms: 1, reason: "stop" }),
  entryAt(2, { type: "turn-end", reason: "done" }),
];

const texts = async (about: Partial<PrintCase> & { readonly prompt?: string | undefined; readonly input?: PrintCase["terminal"] }) => {
  const { prompt, input, ...more } = about;
  const { code, client, terminal } = await print({ turns: [answer("x")], terminal: input ?? {}, invocation: prompt === undefined ? {} : { prompt }, ...more });
  return { code, err: terminal.err, prompts: client.prompts.map((content) => content.map((block) => (block.type === "text" ? block.text : block.type))) };
};

// The invocation of the harness has a prompt unless it is taken away.
const noPrompt = { prompt: undefined } as unknown as { readonly prompt: string };

/** An input that is open and says nothing. */
const silent: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => undefined) }) };

test("what is piped follows the prompt as a block of its own", async () => {
  expect(await texts({ prompt: "Explain", input: { piped: true, input: ["line 1\n", "line 2 \u00e9\n\n"] } })).toEqual({
    code: 0,
    err: "",
    prompts: [["Explain", "<stdin>\nline 1\nline 2 \u00e9\n</stdin>"]],
  });
});

test("what is piped is the prompt when there is no other, and when the prompt is a dash", async () => {
  expect((await print({ turns: [answer("x")], terminal: { piped: true, input: ["do ", "this\n"] }, invocation: noPrompt })).client.prompts).toEqual([
    [{ type: "text", text: "do this\n" }],
  ]);
  for (const piped of [true, false]) expect((await texts({ prompt: "-", input: { piped, input: ["from a dash"] } })).prompts).toEqual([["from a dash"]]);
});

test("an empty pipe adds nothing to a prompt", async () => {
  for (const input of [[], ["", "\n \n"]])
    expect(await texts({ prompt: "Explain", input: { piped: true, input } })).toEqual({ code: 0, err: "", prompts: [["Explain"]] });
});

test("a character cut by the end of a chunk is one character", async () => {
  const bytes = new TextEncoder().encode("\u20ac\u{1f600}");
  async function* one(): AsyncGenerator<Uint8Array, void> {
    for (const byte of bytes) yield new Uint8Array([byte]);
  }
  expect((await texts({ prompt: "-", input: { piped: true, input: one() } })).prompts).toEqual([["\u20ac\u{1f600}"]]);
});

test("a pipe that stays open and says nothing is waited for only so long", async () => {
  expect(await texts({ prompt: "Explain", input: { piped: true, input: silent } })).toEqual({
    code: 0,
    err: "note: nothing came from standard input within 0.02 s; going on without it\n",
    prompts: [["Explain"]],
  });
});

test("no prompt, an empty one, and input that is no prompt are usage errors that open no session", async () => {
  const cases: readonly (readonly [about: PrintCase["terminal"], prompt: string | undefined, message: string])[] = [
    [{}, undefined, "there is no prompt"],
    [{}, "  \n", "the prompt is empty"],
    [{ piped: true, input: [" \n"] }, undefined, "the prompt is empty"],
    [{ piped: true, input: ["a\u0000b"] }, "Explain", "standard input is no text"],
    [{ piped: true, input: Array.from({ length: 11 }, () => "x".repeat(1024 * 1024)) }, "Explain", "standard input is over 10 MiB"],
  ];
  for (const [terminal, prompt, message] of cases) {
    const { code, client, terminal: printed } = await print({ turns: [], terminal: terminal ?? {}, invocation: prompt === undefined ? noPrompt : { prompt } });
    expect([message, code, client.opened, printed.out]).toEqual([message, 2, [], ""]);
    expect(printed.err).toMatch(new RegExp(`^error: ${message}\nfix: .+\ncode: USAGE\n$`));
  }
});

test("an interruption while standard input is read ends the run", async () => {
  const controller = new AbortController();
  setImmediate(() => controller.abort());
  const { code, client } = await print({ turns: [], terminal: { piped: true, input: silent }, invocation: noPrompt, signal: controller.signal });
  expect([code, client.opened]).toEqual([130, []]);
});

const lines = (...records: readonly unknown[]): string => records.map((record) => `${typeof record === "string" ? record : JSON.stringify(record)}\n`).join("");
const user = (content: unknown): object => ({ type: "user", message: { role: "user", content } });
const talking = { inputFormat: "stream-json", outputFormat: "stream-json" } as const;
const talk = (input: readonly string[] | AsyncIterable<Uint8Array>, turns: readonly (readonly Step[])[], more: Partial<PrintCase> = {}) =>
  print({ options: talking, turns, terminal: { piped: true, input }, invocation: noPrompt, ...more });

test("every message of the input is a turn with a result of its own", async () => {
  const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "AA" } };
  const { code, client, records } = await talk([lines(user("one"), "", user([{ type: "text", text: "two" }, image]))], [answer("first"), answer("second")]);
  expect(code).toBe(0);
  expect(client.prompts).toEqual([
    [{ type: "text", text: "one" }],
    [
      { type: "text", text: "two" },
      { type: "image", mediaType: "image/png", data: "AA" },
    ],
  ]);
  expect(records().flatMap(({ type, result }) => (type === "result" ? [result] : []))).toEqual(["first", "second"]);
  expect(records().map(({ type, subtype }) => subtype ?? type)).toEqual(["init", "assistant", "success", "assistant", "success"]);
});

test("the cost adds up over the turns, the rest of a result is its turn's", async () => {
  const paid: readonly Step[] = [
    entryAt(1, { type: "reply", content: [], model: "p/m", ms: 1, usage: { inputTokens: 1, outputTokens: 1, costUsd: 0.5 } }),
    entryAt(2, { type: "turn-end", reason: "done" }),
  ];
  const { records } = await talk([lines(user("one"), user("two"))], [paid, paid]);
  const results = records().filter(({ type }) => type === "result");
  expect(results.map(({ num_turns, total_cost_usd, usage }) => [num_turns, total_cost_usd, (usage as { readonly input_tokens: number }).input_tokens])).toEqual(
    [
      [1, 0.5, 1],
      [1, 1, 1],
    ],
  );
});

test("a failed turn does not keep the next from running, and the first failure is the exit code", async () => {
  const failing: readonly Step[] = [entryAt(1, { type: "turn-end", reason: "failed", code: "MODEL_OVERLOADED", message: "busy" })];
  const { code, records } = await talk([lines(user("one"), user("two"), user("three"))], [answer("fine"), failing, answer("fine again")]);
  expect([code, records().flatMap(({ type, exit_code }) => (type === "result" ? [exit_code] : []))]).toEqual([7, [0, 7, 0]]);
});

test("a line that is no message is named, after the turns before it", async () => {
  const cases: readonly (readonly [line: unknown, message: string])[] = [
    ["{", "is no JSON object"],
    ["[1]", "is no JSON object"],
    ["null", "is no JSON object"],
    [{ type: "assistant" }, 'has the type "assistant"; user and control_request are known'],
    [{ type: "user" }, "has no message of the user"],
    [{ type: "user", message: { role: "assistant", content: "x" } }, "has no message of the user"],
    [user(7), "has no content"],
    [user([{ type: "tool_result" }]), "has a block that is no text, image or document (the 1. of its content)"],
    [user([{ type: "image", source: { type: "url", url: "http://x" } }]), "has a block that is no text, image or document (the 1. of its content)"],
    [user("  "), "is an empty prompt"],
    [user([]), "is an empty prompt"],
    [{ type: "control_request", request_id: 1 }, "is a control_request without request_id or request"],
  ];
  for (const [line, message] of cases) {
    const { code, client, records } = await talk([lines(user("one"), line, user("never"))], [answer("first"), answer("never")]);
    expect([line, code, client.prompts.length]).toEqual([line, 2, 1]);
    expect(records().at(-1)).toEqual(
      expect.objectContaining({ type: "result", is_error: true, exit_code: 2, errors: [`line 2 of standard input ${message}`] }),
    );
  }
});

test("a line that is longer than any message is not read to its end", async () => {
  let given = 0;
  async function* endless(): AsyncGenerator<Uint8Array, void> {
    yield new TextEncoder().encode(lines(user("one")));
    for (; given < 100; given += 1) yield new Uint8Array(1024 * 1024).fill(0x78);
  }
  const { code, records } = await talk(endless(), [answer("first")]);
  expect([code, given, records().at(-1)]).toEqual([2, 10, expect.objectContaining({ errors: ["line 2 of standard input is over 10 MiB"] })]);
});

test("any bytes are messages or one usage error, in whatever chunks they come", async () => {
  const content = fc.oneof(fc.string(), fc.json(), fc.constant(JSON.stringify(user("hello\u2028world"))));
  await fc.assert(
    fc.asyncProperty(fc.array(content), fc.integer({ min: 1, max: 20 }), async (rows, size) => {
      const bytes = new TextEncoder().encode(rows.join("\n"));
      async function* chunks(step: number): AsyncGenerator<Uint8Array, void> {
        for (let at = 0; at < bytes.length; at += step) yield bytes.subarray(at, at + step);
      }
      const read = async (step: number): Promise<unknown> => {
        const found: unknown[] = [];
        try {
          for await (const incoming of messagesOf(chunks(step))) found.push(incoming);
        } catch (error) {
          found.push((error as { readonly code?: unknown }).code, (error as Error).message);
        }
        return found;
      };
      expect(await read(size)).toEqual(await read(bytes.length + 1));
    }),
  );
});

test("control requests are answered at once; what is unknown is an error and not silence", async () => {
  const control = (request_id: string, request: object): object => ({ type: "control_request", request_id, request });
  const { client, records } = await talk(
    [
      lines(
        control("1", { subtype: "initialize" }),
        control("2", { subtype: "set_model", model: "p/other" }),
        control("3", { subtype: "set_permission_mode", mode: "plan" }),
        control("4", { subtype: "mcp_status" }),
        control("5", { subtype: "interrupt" }),
        control("6", { subtype: "toString" }),
      ),
    ],
    [],
  );
  expect(client.changed).toEqual([
    ["model", "p/other"],
    ["permission-mode", "plan"],
  ]);
  expect(records().slice(1)).toEqual([
    {
      type: "control_response",
      response: { subtype: "success", request_id: "1", response: { commands: [], models: [], output_style: "default", available_output_styles: ["default"] } },
    },
    { type: "control_response", response: { subtype: "success", request_id: "2", response: {} } },
    { type: "control_response", response: { subtype: "success", request_id: "3", response: {} } },
    { type: "control_response", response: { subtype: "error", request_id: "4", error: 'claw does not know the control request "mcp_status"' } },
    { type: "control_response", response: { subtype: "success", request_id: "5", response: {} } },
    { type: "control_response", response: { subtype: "error", request_id: "6", error: 'claw does not know the control request "toString"' } },
  ]);
});

test("an interrupt ends the turn that runs, and the conversation goes on", async () => {
  const begun = Promise.withResolvers<void>();
  async function* host(): AsyncGenerator<Uint8Array, void> {
    yield* bytesOf([lines(user("wait for me"))]);
    await begun.promise;
    yield* bytesOf([lines({ type: "control_request", request_id: "r", request: { subtype: "interrupt" } }, user("next"))]);
  }
  const waiting: readonly Step[] = [entryAt(0, { type: "prompt", content: [], source: "person" }), { type: "wait" }];
  const { code, records, client } = await talk(host(), [waiting, answer("went on")], {
    script: {
      get entries() {
        begun.resolve();
        return [];
      },
    },
  });
  const results = records().filter(({ type }) => type === "result");
  expect([code, client.closed, results.map(({ terminal_reason, exit_code, result }) => [terminal_reason, exit_code, result])]).toEqual([
    0,
    [scriptedSession],
    [
      ["aborted", 130, undefined],
      ["completed", 0, "went on"],
    ],
  ]);
});

test("an interruption between turns ends a conversation that would wait for ever", async () => {
  const controller = new AbortController();
  setImmediate(() => controller.abort());
  const { code, client } = await talk(silent, [], { signal: controller.signal });
  expect([code, client.closed]).toEqual([130, [scriptedSession]]);
});

test("stream-json input needs stream-json output and no other prompt", async () => {
  const other = await print({ options: { inputFormat: "stream-json", outputFormat: "json" }, turns: [], invocation: noPrompt });
  expect([other.code, other.records()[0]]).toEqual([
    2,
    expect.objectContaining({ errors: ["--input-format stream-json needs --output-format stream-json"], exit_code: 2 }),
  ]);
  const both = await print({ options: talking, turns: [], invocation: { prompt: "x" } });
  expect([both.code, both.records()[0]]).toEqual([2, expect.objectContaining({ errors: ["a prompt and --input-format stream-json exclude one another"] })]);
});
