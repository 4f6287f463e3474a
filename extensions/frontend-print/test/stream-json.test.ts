import { ClawError } from "@claw/kernel";
import { entryAt, scriptedSession as session_id, type Step } from "@claw/testing/conformance";
import { expect, test } from "vitest";
import { print } from "./print.ts";

const stream = { outputFormat: "stream-json" } as const;

const work: readonly Step[] = [
  entryAt(0, { type: "prompt", content: [{ type: "text", text: "what to do" }], source: "person" }),
  { type: "reasoning-delta", text: "hm" },
  { type: "text-delta", text: "Let " },
  { type: "text-delta", text: "me." },
  entryAt(1, {
    type: "reply",
    model: "p/m",
    ms: 10,
    usage: { inputTokens: 7, outputTokens: 3 },
    reason: "tool-calls",
    requestId: "req_1",
    content: [
      { type: "reasoning", text: "hm", luggage: { p: { signature: "s" } } },
      { type: "text", text: "Let me." },
      { type: "unknown", luggage: { p: {} } },
      { type: "tool-call", id: "c1", name: "bash", input: { command: "ls" } },
      { type: "tool-call", id: "c2", name: "read_file", input: { path: "x" } },
    ],
  }),
  entryAt(2, {
    type: "judged",
    call: "c1",
    tool: "bash",
    input: { command: "ls" },
    verdict: "allow",
    opinions: [{ author: "a/b", stage: "decide", decision: "ask", reason: "r" }],
    answer: "allow-once",
  }),
  entryAt(3, {
    type: "judged",
    call: "c2",
    tool: "read_file",
    input: { path: "x" },
    verdict: "deny",
    opinions: [{ author: "a/b", stage: "guard", decision: "block", reason: "x is secret" }],
  }),
  entryAt(4, { type: "tool-result", call: "c1", tool: "bash", content: [{ type: "text", text: "a.txt" }], outcome: "ok", ms: 2, details: { exit: 0 } }),
  entryAt(5, { type: "tool-result", call: "c2", tool: "read_file", content: [{ type: "text", text: "Permission denied" }], outcome: "denied", ms: 0 }),
  entryAt(6, { type: "reply", content: [{ type: "text", text: "Done." }], model: "p/m", ms: 5, reason: "stop" }),
  entryAt(7, { type: "turn-end", reason: "done" }),
];

const message = (id: string, content: object, usage: object | null) => ({
  id,
  type: "message",
  role: "assistant",
  model: "p/m",
  stop_reason: null,
  stop_sequence: null,
  usage,
  content: [content],
});
const usage = { input_tokens: 7, cache_creation_input_tokens: 0, cache_read_input_tokens: 0, output_tokens: 3 };
const noUsage = { ...usage, input_tokens: 0, output_tokens: 0 };

test("a turn is init, a line for each block, results with who decided, and the result last", async () => {
  const { code, terminal, records } = await print({ options: stream, turns: [work] });
  const assistant = (content: object, uuid: string) => ({
    type: "assistant",
    message: message("msg_id-2", content, usage),
    parent_tool_use_id: null,
    request_id: "req_1",
    session_id,
    uuid,
  });
  expect([code, terminal.err]).toEqual([0, ""]);
  expect(records()).toEqual([
    {
      type: "system",
      subtype: "init",
      cwd: "/home/ada/project",
      tools: ["bash", "read_file"],
      mcp_servers: [],
      model: "scripted/one",
      permissionMode: "default",
      slash_commands: ["session"],
      claw_version: "1.0.0",
      output_style: "default",
      agents: [],
      skills: [],
      plugins: [{ name: "claw/scripted", version: "1.0.0" }],
      session_id,
      uuid: "id-1",
    },
    assistant({ type: "thinking", thinking: "hm", signature: "" }, "id-3"),
    assistant({ type: "text", text: "Let me." }, "id-4"),
    assistant({ type: "tool_use", id: "c1", name: "bash", input: { command: "ls" } }, "id-5"),
    assistant({ type: "tool_use", id: "c2", name: "read_file", input: { path: "x" } }, "id-6"),
    {
      type: "system",
      subtype: "permission_denied",
      tool_name: "read_file",
      tool_use_id: "c2",
      tool_input: { path: "x" },
      message: "x is secret",
      session_id,
      uuid: "id-7",
    },
    {
      type: "user",
      message: { role: "user", content: [{ type: "tool_result", tool_use_id: "c1", content: "a.txt", is_error: false }] },
      parent_tool_use_id: null,
      timestamp: "2026-11-22T08:00:04.000Z",
      tool_use_result: { exit: 0 },
      tool_result_meta: [{ id: "c1", permission_decision: { decision: "accept", source: "user" } }],
      session_id,
      uuid: "id-8",
    },
    {
      type: "user",
      message: { role: "user", content: [{ type: "tool_result", tool_use_id: "c2", content: "Permission denied", is_error: true }] },
      parent_tool_use_id: null,
      timestamp: "2026-11-22T08:00:05.000Z",
      tool_use_result: "Permission denied",
      tool_result_meta: [{ id: "c2", permission_decision: { decision: "reject", source: "hook" } }],
      session_id,
      uuid: "id-9",
    },
    { type: "assistant", message: message("msg_id-10", { type: "text", text: "Done." }, null), parent_tool_use_id: null, session_id, uuid: "id-11" },
    expect.objectContaining({ type: "result", subtype: "success", result: "Done.", num_turns: 2, exit_code: 0, session_id, uuid: "id-12" }),
  ]);
});

test("with partial messages the stream's events come as well, and tell the same message", async () => {
  const { records } = await print({ options: { ...stream, includePartialMessages: true }, turns: [work.slice(0, 5)] });
  const lines = records();
  const events = lines.filter(({ type }) => type === "stream_event").map(({ event }) => event);
  const id = "msg_id-2";
  expect(events).toEqual([
    {
      type: "message_start",
      message: { id, type: "message", role: "assistant", model: "scripted/one", content: [], stop_reason: null, stop_sequence: null, usage: noUsage },
    },
    { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "", signature: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "thinking_delta", thinking: "hm" } },
    { type: "content_block_stop", index: 0 },
    { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "Let " } },
    { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "me." } },
    { type: "content_block_stop", index: 1 },
    { type: "content_block_start", index: 2, content_block: { type: "tool_use", id: "c1", name: "bash", input: {} } },
    { type: "content_block_delta", index: 2, delta: { type: "input_json_delta", partial_json: '{"command":"ls"}' } },
    { type: "content_block_stop", index: 2 },
    { type: "content_block_start", index: 3, content_block: { type: "tool_use", id: "c2", name: "read_file", input: {} } },
    { type: "content_block_delta", index: 3, delta: { type: "input_json_delta", partial_json: '{"path":"x"}' } },
    { type: "content_block_stop", index: 3 },
    { type: "message_delta", delta: { stop_reason: "tool_use", stop_sequence: null }, usage },
    { type: "message_stop" },
  ]);
  const ids = lines.flatMap(({ type, message: one }) => (type === "assistant" ? [(one as { readonly id: string }).id] : []));
  expect(ids).toEqual([id, id, id, id]);
});

test("a model that is asked in another's place is named", async () => {
  const steps: readonly Step[] = [
    { type: "retry", attempt: 5, attempts: 5, delayMs: 0, code: "MODEL_OVERLOADED", message: "p is busy; going on with q/n", model: "q/n" },
    entryAt(1, { type: "reply", content: [{ type: "text", text: "Yes." }], model: "q/n", ms: 5, reason: "stop" }),
    entryAt(2, { type: "turn-end", reason: "done" }),
  ];
  const { records } = await print({ options: stream, turns: [steps] });
  expect(records().filter(({ subtype }) => subtype === "api_retry")).toMatchObject([{ error: "MODEL_OVERLOADED", fallback_model: "q/n" }]);
});

test("an attempt that is given up ends without a message, and the next begins one of its own", async () => {
  const steps: readonly Step[] = [
    { type: "text-delta", text: "The ans" },
    { type: "retry", attempt: 1, attempts: 5, delayMs: 800, code: "MODEL_OVERLOADED", message: "busy", status: 529 },
    { type: "text-delta", text: "The answer" },
    entryAt(1, { type: "reply", content: [{ type: "text", text: "The answer" }], model: "p/m", ms: 5, reason: "stop" }),
    entryAt(2, { type: "turn-end", reason: "done" }),
  ];
  const { records } = await print({ options: { ...stream, includePartialMessages: true }, turns: [steps] });
  const kinds = records().map(({ type, subtype, event }) => subtype ?? (event as { readonly type?: unknown } | undefined)?.type ?? type);
  expect(kinds).toEqual([
    "init",
    "message_start",
    "content_block_start",
    "content_block_delta",
    "api_retry",
    "message_start",
    "content_block_start",
    "content_block_delta",
    "content_block_stop",
    "assistant",
    "message_delta",
    "message_stop",
    "success",
  ]);
  expect(records()[4]).toEqual({
    type: "system",
    subtype: "api_retry",
    attempt: 1,
    max_retries: 5,
    retry_delay_ms: 800,
    error_status: 529,
    error: "MODEL_OVERLOADED",
    message: "busy",
    session_id,
    uuid: "id-6",
  });
});

test("text that came whole is streamed whole", async () => {
  const steps: readonly Step[] = [
    entryAt(1, { type: "reply", content: [{ type: "text", text: "at once" }], model: "p/m", ms: 5, reason: "stop" }),
    entryAt(2, { type: "turn-end", reason: "done" }),
  ];
  const { records } = await print({ options: { ...stream, includePartialMessages: true }, turns: [steps] });
  expect(
    records()
      .filter(({ type }) => type === "stream_event")
      .map(({ event }) => event),
  ).toEqual([
    expect.objectContaining({ type: "message_start" }),
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "at once" } },
    { type: "content_block_stop", index: 0 },
    { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: noUsage },
    { type: "message_stop" },
  ]);
});

test("compactions, faults, notes and, when asked for, the person's messages are lines", async () => {
  const steps: readonly Step[] = [
    entryAt(0, {
      type: "prompt",
      content: [
        { type: "text", text: "one" },
        { type: "image", mediaType: "image/png", data: "AA" },
      ],
      source: "person",
    }),
    entryAt(1, { type: "compacted", through: 0, summary: "s", trigger: "manual", tokensBefore: 9, tokensAfter: 2 }),
    entryAt(2, { type: "fault", extension: "acme/x", where: "Stop", code: "EXTENSION_FAILED", message: "broke" }),
    entryAt(3, { type: "note", text: "go on", author: "acme/y" }),
    entryAt(4, { type: "turn-end", reason: "done" }),
  ];
  const { records } = await print({
    options: { ...stream, replayUserMessages: true },
    turns: [steps],
    script: { entries: [entryAt(0, { type: "changed", key: "permission-mode", value: "plan", author: "person" })] },
  });
  expect(records().slice(0, -1)).toEqual([
    expect.objectContaining({ subtype: "init", permissionMode: "plan" }),
    {
      type: "user",
      message: {
        role: "user",
        content: [
          { type: "text", text: "one" },
          { type: "image", source: { type: "base64", media_type: "image/png", data: "AA" } },
        ],
      },
      parent_tool_use_id: null,
      timestamp: "2026-11-22T08:00:00.000Z",
      isReplay: true,
      session_id,
      uuid: "id-2",
    },
    { type: "system", subtype: "compact_boundary", compact_metadata: { trigger: "manual", pre_tokens: 9, post_tokens: 2 }, session_id, uuid: "id-3" },
    {
      type: "system",
      subtype: "notification",
      level: "warning",
      message: "broke",
      code: "EXTENSION_FAILED",
      extension: "acme/x",
      where: "Stop",
      session_id,
      uuid: "id-4",
    },
    {
      type: "user",
      message: { role: "user", content: "go on" },
      parent_tool_use_id: null,
      timestamp: "2026-11-22T08:00:03.000Z",
      isSynthetic: true,
      session_id,
      uuid: "id-5",
    },
  ]);
});

test("whatever happens the last line is a result with the exit code", async () => {
  for (const [step, exit] of [
    [{ type: "throw", error: new ClawError("MODEL_IDLE", "silent", {}) }, 7],
    [entryAt(0, { type: "turn-end", reason: "limit", limit: "steps" }), 6],
    [{ type: "throw", error: new Error("defect") }, 1],
  ] as const) {
    const { code, records } = await print({ options: stream, turns: [[step]] });
    expect([code, records().at(-1)]).toEqual([exit, expect.objectContaining({ type: "result", is_error: true, exit_code: exit })]);
  }
});

test("once nobody reads the lines the turn is aborted", async () => {
  const { code, client } = await print({ options: stream, terminal: { closesAfter: 0 }, turns: [[...work.slice(0, 5), { type: "wait" }]] });
  expect([code, client.closed]).toEqual([0, [session_id]]);
});

test("lines that cannot be written are a failure, not a reader that had enough", async () => {
  const failsWith = new ClawError("OUTPUT_FAILED", "standard output cannot be written: the disk is full", {});
  for (const outputFormat of ["text", "json", "stream-json"] as const) {
    const turns = [[...work, { type: "text-delta", text: "x".repeat(100_000) }, { type: "wait" }]] as const;
    await expect(
      print({ options: { outputFormat }, terminal: { outputIsTerminal: true, closesAfter: 0, failsWith }, turns: outputFormat === "json" ? [work] : turns }),
    ).rejects.toBe(failsWith);
  }
});
