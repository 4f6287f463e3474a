import { ClawError } from "@claw/kernel";
import { entryAt, interruption, scriptedSession, type Step } from "@claw/testing/conformance";
import { expect, test } from "vitest";
import { print } from "./print.ts";

const json = { outputFormat: "json" } as const;

const turn: readonly Step[] = [
  entryAt(1, {
    type: "reply",
    model: "p/one",
    ms: 30,
    usage: { inputTokens: 10, outputTokens: 5, cacheReadTokens: 4, cacheWriteTokens: 3, costUsd: 0.5 },
    reason: "tool-calls",
    content: [
      { type: "text", text: "First." },
      { type: "tool-call", id: "c1", name: "bash", input: { command: "ls" } },
    ],
  }),
  entryAt(2, {
    type: "judged",
    call: "c1",
    tool: "bash",
    input: { command: "ls" },
    verdict: "deny",
    opinions: [{ author: "a/b", stage: "decide", decision: "ask", reason: "ls lists" }],
  }),
  entryAt(3, { type: "tool-result", call: "c1", tool: "bash", content: [], outcome: "denied", ms: 0 }),
  entryAt(4, {
    type: "reply",
    model: "p/one",
    ms: 12,
    usage: { inputTokens: 1, outputTokens: 1, costUsd: 0.25 },
    content: [
      { type: "text", text: "The " },
      { type: "text", text: "end." },
    ],
    reason: "stop",
  }),
  entryAt(5, { type: "turn-end", reason: "done" }),
];

const noUsage = { input_tokens: 0, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 0 };
const nothing = {
  type: "result",
  duration_ms: 500,
  duration_api_ms: 0,
  num_turns: 0,
  stop_reason: null,
  total_cost_usd: null,
  usage: noUsage,
  modelUsage: {},
  permission_denials: [],
  denials: [],
  session_id: scriptedSession,
  uuid: "id-1",
};

test("the result holds the answer, the sums of all replies, and what was denied", async () => {
  const { code, terminal, records } = await print({ options: json, turns: [turn] });
  expect([code, terminal.err, records()]).toEqual([
    0,
    "",
    [
      {
        type: "result",
        subtype: "success",
        is_error: false,
        duration_ms: 500,
        duration_api_ms: 42,
        num_turns: 2,
        result: "The end.",
        stop_reason: "end_turn",
        terminal_reason: "completed",
        total_cost_usd: 0.75,
        usage: { input_tokens: 11, cache_creation_input_tokens: 3, cache_read_input_tokens: 4, output_tokens: 6 },
        modelUsage: { "p/one": { inputTokens: 11, outputTokens: 6, cacheReadInputTokens: 4, cacheCreationInputTokens: 3, costUSD: 0.75 } },
        permission_denials: [{ tool_name: "bash", tool_use_id: "c1", tool_input: { command: "ls" } }],
        denials: [{ tool: "bash", call: "c1", reason: "ls lists" }],
        exit_code: 0,
        session_id: scriptedSession,
        uuid: "id-1",
      },
    ],
  ]);
});

test("a failure is the same object with is_error, the error and its exit code, and standard error stays empty", async () => {
  const error = new ClawError("MODEL_AUTH", "the key is refused", {}, { fix: "set a valid key", cause: new Error("401") });
  const { code, terminal, records } = await print({ options: json, turns: [[{ type: "throw", error }]] });
  expect([code, terminal.err, records()]).toEqual([
    4,
    "",
    [
      {
        ...nothing,
        subtype: "error_during_execution",
        is_error: true,
        errors: ["the key is refused"],
        error: { code: "MODEL_AUTH", message: "the key is refused", cause: "401", fix: "set a valid key" },
        terminal_reason: "failed",
        exit_code: 4,
      },
    ],
  ]);
});

test("each limit has its subtype and reason, and exit code 6", async () => {
  const cases = [
    ["steps", "error_max_turns", "max_turns"],
    ["money", "error_max_budget_usd", "max_budget_usd"],
    ["time", "error_during_execution", "max_time"],
    ["tokens", "error_during_execution", "max_tokens"],
  ] as const;
  for (const [limit, subtype, terminal_reason] of cases) {
    const { code, records } = await print({ options: json, turns: [[entryAt(1, { type: "turn-end", reason: "limit", limit })]] });
    expect([code, records()]).toEqual([
      6,
      [expect.objectContaining({ subtype, terminal_reason, is_error: true, exit_code: 6, error: expect.objectContaining({ code: "LIMIT_REACHED" }) })],
    ]);
  }
});

test("an interruption is an object, too", async () => {
  const controller = new AbortController();
  setImmediate(() => controller.abort(interruption("SIGTERM")));
  const { code, records } = await print({ options: json, turns: [[{ type: "wait" }]], signal: controller.signal });
  expect([code, records()]).toEqual([
    143,
    [
      expect.objectContaining({
        is_error: true,
        terminal_reason: "aborted",
        errors: ["the run was ended by SIGTERM"],
        exit_code: 143,
        session_id: scriptedSession,
      }),
    ],
  ]);
});

test("what fails before there is a session is an object without one", async () => {
  const { code, records } = await print({
    options: json,
    turns: [],
    script: { openError: new ClawError("SESSION_LOCKED", "in use by process 7", { session: "x", pid: 7 }) },
  });
  expect([code, records()]).toEqual([
    10,
    [
      {
        ...nothing,
        subtype: "error_during_execution",
        is_error: true,
        errors: ["in use by process 7"],
        error: { code: "SESSION_LOCKED", message: "in use by process 7" },
        terminal_reason: "failed",
        exit_code: 10,
        session_id: null,
      },
    ],
  ]);
});

test("models whose price is unknown have no cost, and never the cost 0", async () => {
  const reply = (model: string, more: object): Step =>
    entryAt(1, { type: "reply", model, ms: 1, content: [], usage: { inputTokens: 1, outputTokens: 1, ...more } });
  const { records } = await print({
    options: json,
    turns: [[reply("p/priced", { costUsd: 0.5 }), reply("q/unknown", {}), entryAt(2, { type: "turn-end", reason: "done" })]],
  });
  expect(records()).toEqual([
    expect.objectContaining({
      total_cost_usd: 0.5,
      modelUsage: {
        "p/priced": { inputTokens: 1, outputTokens: 1, cacheReadInputTokens: 0, cacheCreationInputTokens: 0, costUSD: 0.5 },
        "q/unknown": { inputTokens: 1, outputTokens: 1, cacheReadInputTokens: 0, cacheCreationInputTokens: 0 },
      },
    }),
  ]);
});
