import { ClawError } from "@claw/kernel";
import { entryAt, scriptedSession, type Step } from "@claw/testing/conformance";
import { expect, test } from "vitest";
import { print } from "./print.ts";

const usage = { inputTokens: 1000, outputTokens: 20, cacheReadTokens: 300, costUsd: 0.0125 };

/** Reads, runs a test that fails, is refused a command, then answers. */
const work: readonly Step[] = [
  entryAt(0, { type: "prompt", content: [{ type: "text", text: "Fix the test" }], source: "person" }),
  { type: "reasoning-delta", text: "hm" },
  { type: "text-delta", text: "Let me " },
  { type: "text-delta", text: "look." },
  entryAt(1, {
    type: "reply",
    model: "p/m",
    ms: 10,
    usage,
    reason: "tool-calls",
    content: [
      { type: "reasoning", text: "hm" },
      { type: "text", text: "Let me look." },
      { type: "tool-call", id: "c1", name: "bash", input: { command: "npm test" } },
      { type: "tool-call", id: "c2", name: "bash", input: { command: "rm -rf /\nreally" } },
      { type: "tool-call", id: "c3", name: "bsh", input: {} },
    ],
  }),
  entryAt(2, { type: "judged", call: "c1", tool: "bash", input: { command: "npm test" }, verdict: "allow", opinions: [] }),
  { type: "progress", call: "c1", content: { type: "text", text: "1 failed" } },
  entryAt(3, {
    type: "judged",
    call: "c2",
    tool: "bash",
    input: { command: "rm -rf /\nreally" },
    verdict: "deny",
    opinions: [{ author: "claw/permissions", stage: "decide", decision: "deny", reason: "rm -rf / is never run" }],
  }),
  entryAt(4, {
    type: "tool-result",
    call: "c1",
    tool: "bash",
    content: [{ type: "text", text: "\u001b[31m1 failed\u001b[0m\nexit code 1" }],
    outcome: "failed",
    ms: 9,
  }),
  entryAt(5, { type: "tool-result", call: "c2", tool: "bash", content: [{ type: "text", text: "Permission denied for bash" }], outcome: "denied", ms: 0 }),
  entryAt(6, { type: "tool-result", call: "c3", tool: "bsh", content: [{ type: "text", text: 'Error: there is no tool "bsh"' }], outcome: "failed", ms: 0 }),
  { type: "text-delta", text: "All " },
  { type: "text-delta", text: "done." },
  entryAt(7, { type: "reply", content: [{ type: "text", text: "All done." }], model: "p/m", ms: 10, usage, reason: "stop" }),
  entryAt(8, { type: "turn-end", reason: "done" }),
];

test("a pipe gets the answer and a final newline, and nothing else; what was done is told on standard error", async () => {
  const { code, terminal } = await print({ turns: [work] });
  expect([code, terminal.out]).toEqual([0, "All done.\n"]);
  expect(terminal.err).toBe(`Let me look.
● bash npm test
✗ bash rm -rf / …: denied: rm -rf / is never run
  failed: 1 failed · exit code 1
✗ bsh: failed: Error: there is no tool "bsh"
`);
});

test("a terminal gets every reply as it comes, each line whole before a line of standard error", async () => {
  const { code, terminal } = await print({ turns: [work], terminal: { outputIsTerminal: true } });
  expect([code, terminal.out]).toEqual([0, "Let me look.\nAll done.\n"]);
  expect(terminal.both).toBe(`Let me look.
● bash npm test
✗ bash rm -rf / …: denied: rm -rf / is never run
  failed: 1 failed · exit code 1
✗ bsh: failed: Error: there is no tool "bsh"
All done.
`);
});

test("verbose tells what tools printed, and the cost; quiet tells nothing but errors", async () => {
  const verbose = await print({ turns: [work], options: { verbose: true } });
  expect(verbose.terminal.err).toBe(`Let me look.
● bash npm test
✗ bash rm -rf / …: denied: rm -rf / is never run
  failed
  1 failed
  exit code 1
✗ bsh: failed
  Error: there is no tool "bsh"
● 2 requests, 2000 tokens in (and 600 cached), 40 out, $0.0250, 0.5 s
`);
  const quiet = await print({ turns: [work], options: { quiet: true } });
  expect([quiet.terminal.out, quiet.terminal.err]).toEqual(["All done.\n", ""]);
});

test("colour is only where the terminal has it", async () => {
  const { terminal } = await print({ turns: [work], terminal: { color: true } });
  expect(terminal.err).toContain("\u001b[2m● bash npm test\u001b[22m\n");
  expect(terminal.out).toBe("All done.\n");
});

test("text that came in deltas is written once, and text that came whole is written whole", async () => {
  const reply = (text: string): Step =>
    entryAt(1, {
      type: "reply",
      content: [
        { type: "text", text: text.slice(0, 3) },
        { type: "text", text: text.slice(3) },
      ],
      model: "p/m",
      ms: 1,
      reason: "stop",
    });
  const end = entryAt(2, { type: "turn-end", reason: "done" });
  for (const outputIsTerminal of [true, false]) {
    for (const deltas of [[], ["one "], ["one ", "two"]]) {
      const { terminal } = await print({
        turns: [[...deltas.map((text): Step => ({ type: "text-delta", text })), reply("one two"), end]],
        terminal: { outputIsTerminal },
      });
      expect(terminal.out).toBe("one two\n");
    }
    const { terminal } = await print({ turns: [[reply("ends with a line feed\n"), end]], terminal: { outputIsTerminal } });
    expect(terminal.out).toBe("ends with a line feed\n");
  }
});

test("a model that is asked in another's place is told as that, and not as one more attempt of the first", async () => {
  const { terminal } = await print({
    turns: [
      [
        { type: "retry", attempt: 5, attempts: 5, delayMs: 0, code: "MODEL_OVERLOADED", message: "p is busy; going on with q/n", model: "q/n" },
        entryAt(1, { type: "reply", content: [{ type: "text", text: "Yes." }], model: "q/n", ms: 1, reason: "stop" }),
        entryAt(2, { type: "turn-end", reason: "done" }),
      ],
    ],
  });
  expect(terminal.err).toBe("● p is busy; going on with q/n\n");
});

test("an answer without a word is told as one, and not as success in silence", async () => {
  const mute = entryAt(1, { type: "reply", content: [], model: "p/m", ms: 1, reason: "stop" });
  const end = entryAt(2, { type: "turn-end", reason: "done" });
  const { code, terminal } = await print({ turns: [[mute, end]] });
  expect([code, terminal.out, terminal.err]).toEqual([0, "", "● the model answered nothing\n"]);
});

test("a reply that is cut off and asked for again leaves nothing on a pipe, and a new line on a terminal", async () => {
  const steps: readonly Step[] = [
    { type: "text-delta", text: "The ans" },
    { type: "retry", attempt: 1, attempts: 5, delayMs: 1500, code: "MODEL_STREAM_CUT", message: "the stream was cut" },
    { type: "text-delta", text: "The answer." },
    entryAt(1, { type: "reply", content: [{ type: "text", text: "The answer." }], model: "p/m", ms: 1, reason: "stop" }),
    entryAt(2, { type: "turn-end", reason: "done" }),
  ];
  const told = "● asking again in 1.5 s (1 of 5): the stream was cut\n";
  const pipe = await print({ turns: [steps] });
  expect([pipe.terminal.out, pipe.terminal.err]).toEqual(["The answer.\n", told]);
  const live = await print({ turns: [steps], terminal: { outputIsTerminal: true } });
  expect(live.terminal.both).toBe(`The ans\n${told}The answer.\n`);
  const quiet = await print({ turns: [steps], terminal: { outputIsTerminal: true }, options: { quiet: true } });
  expect(quiet.terminal.both).toBe("The ans\nThe answer.\n");
});

test("a partial reply of a turn that failed is no answer on a pipe", async () => {
  const steps: readonly Step[] = [
    { type: "text-delta", text: "The ans" },
    entryAt(1, { type: "reply", content: [{ type: "text", text: "The ans" }], model: "p/m", ms: 1, partial: true }),
    entryAt(2, { type: "turn-end", reason: "failed", code: "MODEL_STREAM_CUT", message: "p/m broke off" }),
    { type: "throw", error: new ClawError("MODEL_STREAM_CUT", "p/m broke off", {}, { cause: new Error("socket hang up"), fix: "try again" }) },
  ];
  const { code, terminal } = await print({ turns: [steps] });
  expect([code, terminal.out, terminal.err]).toEqual([7, "", "error: p/m broke off\ncause: socket hang up\nfix: try again\ncode: MODEL_STREAM_CUT\n"]);
  const live = await print({ turns: [steps], terminal: { outputIsTerminal: true } });
  expect(live.terminal.both).toBe("The ans\nerror: p/m broke off\ncause: socket hang up\nfix: try again\ncode: MODEL_STREAM_CUT\n");
});

test("sequences of the model and of tools never reach a terminal, however they are cut", async () => {
  const hostile = "a\u001b]0;title\u0007b\u001b[2Jc\u001b]8;;http://x\u001b\\d\u009b31me\rf\u0008g\u001bPq#0\u001b\\\u0007h\ti\n";
  for (let size = 1; size <= hostile.length; size += 1) {
    const deltas: Step[] = [];
    for (let at = 0; at < hostile.length; at += size) deltas.push({ type: "text-delta", text: hostile.slice(at, at + size) });
    const { terminal } = await print({
      terminal: { outputIsTerminal: true },
      turns: [
        [
          ...deltas,
          entryAt(1, { type: "reply", content: [{ type: "text", text: hostile }], model: "p/m", ms: 1, reason: "stop" }),
          entryAt(2, { type: "turn-end", reason: "done" }),
        ],
      ],
    });
    expect([size, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(terminal.out)]).toEqual([size, false]);
    expect([size, terminal.out.replace(/[^a-i\t\n]/g, "").replaceAll("title", "")]).toEqual([size, expect.stringMatching(/a.*b.*c.*d.*e.*f.*g.*h\ti\n/s)]);
  }
  const pipe = await print({
    turns: [
      [
        entryAt(1, { type: "reply", content: [{ type: "text", text: hostile }], model: "p/m", ms: 1, reason: "stop" }),
        entryAt(2, { type: "turn-end", reason: "done" }),
      ],
    ],
  });
  expect(pipe.terminal.out).toBe(hostile);
});

test("a limit, an interruption and a defect are told with what to do next", async () => {
  const limit = await print({ turns: [[entryAt(0, { type: "turn-end", reason: "limit", limit: "steps" })]] });
  expect([limit.code, limit.terminal.err]).toEqual([
    6,
    `error: the turn reached its limit: number of model requests\nfix: claw --resume ${scriptedSession} -p "go on", with --max-turns if it needs more\ncode: LIMIT_REACHED\n`,
  ]);
  const said = await print({ turns: [[entryAt(0, { type: "turn-end", reason: "limit", limit: "money", message: "the run has cost $2.00" })]] });
  expect(said.terminal.err).toBe(
    `error: the run has cost $2.00\nfix: claw --resume ${scriptedSession} -p "go on", with --max-budget-usd if it needs more\ncode: LIMIT_REACHED\n`,
  );
  const defect = await print({ turns: [[{ type: "throw", error: new TypeError("x is\nundefined") }]] });
  expect([defect.code, defect.terminal.err]).toEqual([1, "error: x is undefined\ncode: INTERNAL\n"]);
  const nothing = await print({ turns: [[{ type: "throw", error: undefined }]] });
  expect(nothing.code).toBe(1);
});

test("compactions, faults, notes and odd ends are told", async () => {
  const { terminal } = await print({
    options: { verbose: true },
    turns: [
      [
        entryAt(0, { type: "compacted", through: 3, summary: "s", trigger: "auto", tokensBefore: 9000, tokensAfter: 700 }),
        entryAt(1, { type: "fault", extension: "acme/x", where: "PreToolUse", code: "EXTENSION_TIMEOUT", message: "took too long" }),
        entryAt(2, { type: "note", text: "go on", author: "acme/y" }),
        { ...entryAt(3, { type: "note" }), type: "from-the-future" } as never,
        entryAt(4, { type: "reply", content: [{ type: "text", text: "cut" }], model: "p/m", ms: 1, reason: "length" }),
        entryAt(5, { type: "turn-end", reason: "done" }),
      ],
    ],
  });
  expect([terminal.out, terminal.err]).toEqual([
    "cut\n",
    `● made room: 9000 tokens of the conversation became 700
● acme/x: took too long (EXTENSION_TIMEOUT)
● acme/y: go on
● the answer reached its token limit and is cut off
● 1 request, 0 tokens in, 0 out, cost unknown, 0.5 s
`,
  ]);
});

test("two answers of one turn are two lines", async () => {
  const reply = (seq: number, text: string): Step => entryAt(seq, { type: "reply", content: [{ type: "text", text }], model: "p/m", ms: 1, reason: "stop" });
  const steps = [
    reply(1, "one"),
    entryAt(2, { type: "note", text: "go on", author: "acme/y" }),
    reply(3, "two"),
    entryAt(4, { type: "turn-end", reason: "done" }),
  ];
  for (const outputIsTerminal of [true, false]) expect((await print({ turns: [steps], terminal: { outputIsTerminal } })).terminal.out).toBe("one\ntwo\n");
});

test("40,000 deltas are few writes", async () => {
  const deltas = Array.from({ length: 40_000 }, (_, index): Step => ({ type: "text-delta", text: `word ${index} ` }));
  const text = deltas.map((delta) => ("text" in delta ? delta.text : "")).join("");
  const { terminal } = await print({
    terminal: { outputIsTerminal: true },
    turns: [
      [
        ...deltas,
        entryAt(1, { type: "reply", content: [{ type: "text", text }], model: "p/m", ms: 1, reason: "stop" }),
        entryAt(2, { type: "turn-end", reason: "done" }),
      ],
    ],
  });
  expect(terminal.out).toBe(`${text}\n`);
  expect(terminal.writes).toBeLessThan(100);
});

test("when the reader of a running answer goes away the turn is aborted, and no more is said", async () => {
  const { code, client, terminal } = await print({
    terminal: { outputIsTerminal: true, closesAfter: 1 },
    turns: [
      [
        { type: "text-delta", text: "one" },
        entryAt(0, { type: "judged", call: "c", tool: "bash", input: {}, verdict: "allow", opinions: [] }),
        { type: "text-delta", text: "two" },
        { type: "wait" },
      ],
    ],
  });
  expect([code, terminal.out, terminal.err, client.closed]).toEqual([0, "one\n", "● bash\n", [scriptedSession]]);
});

test("what was denied as nobody could be asked is summed up with how to allow it", async () => {
  const denied = (seq: number, decision: "ask" | "deny"): Step =>
    entryAt(seq, {
      type: "judged",
      call: `c${seq}`,
      tool: "bash",
      input: { command: "make" },
      verdict: "deny",
      decidedBy: "claw/permissions",
      opinions: [{ author: "claw/permissions", stage: "decide", decision, reason: "because" }],
    });
  const answered = entryAt(3, { type: "reply", content: [{ type: "text", text: "Done." }], model: "p/m", ms: 1, reason: "stop" });
  const end = entryAt(4, { type: "turn-end", reason: "done" });
  const said = async (...steps: readonly Step[]): Promise<string> => (await print({ turns: [[...steps, answered, end]] })).terminal.err;
  expect(await said(denied(0, "ask"), denied(1, "ask"), denied(2, "deny"))).toContain("2 calls were denied, as nobody can be asked here: --permission-mode");
  expect(await said(denied(0, "deny"))).not.toContain("nobody can be asked");
});
