import { describe, expect, test } from "vitest";
import { framesOf } from "../wire/anthropic-frames.ts";
import type { Answer, Reply } from "../wire/reply.ts";
import { call, place, say } from "./claw.ts";
import { expectFailure, expectResult, expectSentence } from "./failure.ts";

/** Failures are not sent again: when they are is tested below. */
const once = ["--settings", '{"models": {"retries": 0}}'];

test("an answer comes back on standard output and nothing else does", async () => {
  await using here = await place({ script: [say("It is four.")] });
  expect(await here.run(["-p", "2 + 2?"])).toMatchObject({ code: 0, stdout: "It is four.\n" });
  expect(here.sent[0]?.turns).toEqual([{ role: "user", blocks: [{ type: "text", text: "2 + 2?" }] }]);
  expect(here.requests[0]?.headers["x-api-key"]).toBe("not-a-real-key");
});

describe("a run ends in one sentence, with a code and the exit code of its kind, when", () => {
  test("there is no key", async () => {
    await using here = await place({ script: [], env: { ANTHROPIC_API_KEY: undefined } });
    await expectFailure(here, ["-p", "hi"], { exit: 4, code: "MODEL_NO_CREDENTIALS", says: "there is no key for anthropic", fix: "export ANTHROPIC_API_KEY=" });
    expect(here.requests).toEqual([]);
  });

  test("the network is down: nobody listens", async () => {
    await using here = await place({ env: { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: "http://127.0.0.1:1" } });
    await expectFailure(here, ["-p", "hi", ...once], { exit: 7, code: "NETWORK_FAILED", says: "127.0.0.1" });
  });

  test("the host has no address", async () => {
    await using here = await place({ env: { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: "https://nowhere.invalid" } });
    await expectFailure(here, ["-p", "hi", ...once], { exit: 7, code: "NETWORK_FAILED", says: "nowhere.invalid" });
  });

  test("it must stay offline", async () => {
    await using here = await place({ env: { ANTHROPIC_API_KEY: "k", ANTHROPIC_BASE_URL: "https://nowhere.invalid" } });
    await expectFailure(here, ["-p", "hi", "--offline"], { exit: 7, code: "NETWORK_OFFLINE", says: "nowhere.invalid" });
    // A server on this machine is no network.
    await using local = await place({ script: () => say("Yes.") });
    expect(await local.run(["-p", "hi", "--offline"])).toMatchObject({ code: 0, stdout: "Yes.\n" });
  });

  const refusals: readonly (readonly [what: string, answer: Answer, exit: number, code: string])[] = [
    ["the key is wrong", { status: 401, body: { kind: "auth" } }, 4, "MODEL_AUTH"],
    ["the key may not use the model", { status: 403, body: { kind: "permission" } }, 4, "MODEL_AUTH"],
    ["there is no such model", { status: 404, body: { kind: "not-found" } }, 9, "MODEL_UNKNOWN"],
    ["the provider refuses the request", { status: 400, body: { kind: "invalid" } }, 1, "MODEL_REFUSED"],
    ["the conversation is too long", { status: 400, body: { kind: "too-long" } }, 1, "MODEL_CONTEXT_EXCEEDED"],
    ["requests come too fast", { status: 429, body: { kind: "rate-limit" } }, 7, "MODEL_RATE_LIMITED"],
    [
      "requests come too fast, and the provider wants an hour",
      { status: 429, headers: { "retry-after": "3600" }, body: { kind: "rate-limit" } },
      7,
      "MODEL_RATE_LIMITED",
    ],
    ["the provider is overloaded", { status: 529, body: { kind: "overloaded" } }, 7, "MODEL_OVERLOADED"],
    ["the provider is broken", { status: 500, body: { kind: "server" } }, 7, "MODEL_UNAVAILABLE"],
    [
      "a gateway answers with a page",
      { status: 502, headers: { "content-type": "text/html" }, body: "<html><h1>502 Bad Gateway</h1></html>" },
      7,
      "MODEL_UNAVAILABLE",
    ],
    ["the stream holds an error", { blocks: [{ type: "text", text: "I am ab" }], error: { kind: "overloaded" } }, 7, "MODEL_OVERLOADED"],
    ["the stream holds what is no JSON", { frames: ["event: message_start\ndata: {nonsense\n\n"] }, 7, "MODEL_STREAM_INVALID"],
    ["the stream ends before it begins", { frames: [] }, 7, "MODEL_STREAM_CUT"],
  ];
  test.each(refusals)("%s", async (_what, answer, exit, code) => {
    await using here = await place({ script: () => answer });
    await expectFailure(here, ["-p", "hi", ...once], { exit, code });
    expect(here.requests.length).toBe(2);
  });

  test("the model answers nothing at all and the time is up", async () => {
    await using here = await place({ script: () => ({ silent: true }) });
    await expectFailure(here, ["-p", "hi", "--timeout", "0.4"], {
      exit: 6,
      code: "LIMIT_REACHED",
      says: "the turn took longer than 0.4 s",
      fix: "claw --resume",
    });
  });

  test("there is no model of that name, or no provider", async () => {
    await using here = await place({ script: [] });
    await expectFailure(here, ["-p", "hi", "--model", "anthropc/claude-sonnet-5-5"], { exit: 9, code: "MODEL_UNKNOWN", says: "anthropc" });
  });
});

describe("a limit that is reached ends the turn with 6, says which, and the session can go on:", () => {
  const again = { blocks: [{ type: "tool-call", id: "toolu_1", name: "glob", json: '{"pattern":"*"}' }], usage: { input: 100_000, output: 1_000 } } as const;
  test.each([
    ["requests", ["--max-turns", "2"], "the turn has made the 2 requests to the model that it may", "error_max_turns"],
    ["tokens", ["--max-tokens", "150000"], "the run has used 202000 tokens, and its limit is 150000", "error_during_execution"],
    ["money", ["--max-budget-usd", "0.4"], "the run has cost $0.42, and its budget is $0.40", "error_max_budget_usd"],
    ["requests, in settings", ["--settings", '{"limits": {"steps": 2}}'], "the turn has made the 2 requests to the model that it may", "error_max_turns"],
  ])("%s", async (_what, argv, says, subtype) => {
    await using here = await place({ script: (_request, index) => (index < 4 ? again : say("On we go.")) });
    const [, json] = await expectFailure(here, ["-p", "hi", ...argv], { exit: 6, code: "LIMIT_REACHED", says, fix: "claw --resume" });
    expect(JSON.parse(json.stdout)).toMatchObject({ subtype, num_turns: 2 });
    expect(here.requests.length).toBe(4);
    expect(await here.run(["-c", "-p", "go on"])).toMatchObject({ code: 0, stdout: "On we go.\n" });
  });
});

describe("a stream that is cut", () => {
  const reply: Reply = {
    blocks: [
      { type: "text", text: "Writing it now." },
      { type: "tool-call", id: "toolu_1", name: "write_file", json: '{"path":"made.txt","content":"made"}', deltas: 4 },
    ],
  };
  const bytes = Buffer.byteLength([...framesOf(reply)].join(""));
  const points = Array.from({ length: 12 }, (_value, index) => Math.floor((index * (bytes - 1)) / 11));

  test.each(points)("after %s bytes fails, runs nothing, and the next turn goes on", async (cutAfter) => {
    await using here = await place({ script: [{ ...reply, cutAfter, reset: cutAfter % 2 === 1 }, say("Here again.")] });
    const ran = await here.run(["-p", "make a file", "--permission-mode", "allow", ...once]);
    expectSentence(ran, { exit: 7, code: "(MODEL_STREAM_CUT|NETWORK_FAILED)" });
    expect(() => here.read("made.txt")).toThrow("ENOENT");
    expect(await here.run(["-c", "-p", "and now?"])).toMatchObject({ code: 0, stdout: "Here again.\n" });
    const turns = here.sent.at(-1)?.turns ?? [];
    expect(turns.map(({ role }) => role)).toEqual(turns.length === 1 ? ["user"] : ["user", "assistant", "user"]);
    const calls = turns.flatMap(({ blocks }) => blocks.filter(({ type }) => type === "tool-call"));
    const results = turns.flatMap(({ blocks }) => blocks.filter(({ type }) => type === "tool-result"));
    expect(results.length).toBe(calls.length);
  });
});

describe("a request is sent again", () => {
  const retrying = ["--settings", '{"models": {"retries": 2}}'];

  test("when the provider says when, after so long", async () => {
    await using here = await place({ script: [{ status: 429, headers: { "retry-after": "1" }, body: { kind: "rate-limit" } }, say("At last.")] });
    const began = performance.now();
    const ran = await here.run(["-p", "hi", ...retrying]);
    expect(ran).toMatchObject({
      code: 0,
      stdout: "At last.\n",
      stderr: expect.stringMatching(/asking again in 1\.\d s \(1 of 3\): anthropic limits the rate of requests .*asks to wait 1 s/),
    });
    expect(performance.now() - began).toBeGreaterThan(1_000);
  });

  test.each([
    ["429 without a word when", { status: 429, body: { kind: "rate-limit" } }],
    ["529", { status: 529, body: { kind: "overloaded" } }],
    ["500", { status: 500, body: { kind: "server" } }],
    ["an error in mid-stream", { blocks: [{ type: "text", text: "I am ab" }], error: { kind: "overloaded" } }],
    ["a stream that is cut", { blocks: [{ type: "text", text: "I am ab" }], cutAfter: 500 }],
  ] as const)("after %s, and the answer stands there once", async (_what, failure) => {
    await using here = await place({ script: [failure, say("At last.")] });
    expect(await here.run(["-p", "hi", ...retrying])).toMatchObject({ code: 0, stdout: "At last.\n", stderr: expect.stringContaining("asking again") });
    expect(here.requests.map(({ text }) => text)).toEqual([here.requests[0]?.text, here.requests[0]?.text]);
  });

  test("so often and not more, and never when the key is wrong", async () => {
    await using here = await place({ script: () => ({ status: 429, headers: { "retry-after-ms": "10" }, body: { kind: "rate-limit" } }) });
    expectSentence(await here.run(["-p", "hi", ...retrying]), { exit: 7, code: "MODEL_RATE_LIMITED" });
    expect(here.requests.length).toBe(3);
    await using other = await place({ script: () => ({ status: 401, body: { kind: "auth" } }) });
    expectResult(await other.run(["-p", "hi", ...retrying, "--output-format", "json"]), { exit: 4, code: "MODEL_AUTH" });
    expect(other.requests.length).toBe(1);
  });
});

describe("a call that cannot run is told to the model, and the turn goes on:", () => {
  const cases: readonly (readonly [what: string, name: string, json: string, told: RegExp])[] = [
    ["its input is no JSON", "bash", '{"command": "ls"', /no JSON/],
    ["its input is no object", "bash", '"ls"', /no JSON object|must be/],
    ["its input does not fit", "read_file", '{"file": "a.txt"}', /^Error: the input does not fit read_file: path: is missing; file: is unknown$/],
    ["its input is huge", "grep", JSON.stringify({ pattern: "x".repeat(1_000_000) }), /./],
    ["there is no such tool", "read_fil", "{}", /no tool "read_fil"; did you mean read_file/],
    ["the file is not there", "read_file", '{"path": "none.txt"}', /none\.txt/],
    ["the path leads out of the workspace", "read_file", '{"path": "/etc/shadow"}', /./],
    ["the path is a device", "read_file", '{"path": "/dev/zero"}', /./],
  ];
  test.each(cases)("%s", async (_what, name, json, told) => {
    await using here = await place({
      script: [{ blocks: [{ type: "tool-call", id: "toolu_1", name, json, deltas: 3 }] }, say("I see.")],
      files: { "a.txt": "x" },
    });
    expect(await here.run(["-p", "go"])).toMatchObject({ code: 0, stdout: "I see.\n" });
    const last = here.sent[1]?.turns.at(-1);
    expect(last?.blocks).toEqual([{ type: "tool-result", call: "toolu_1", failed: true, blocks: [{ type: "text", text: expect.stringMatching(told) }] }]);
  });

  test("the image is too large", async () => {
    await using here = await place({ script: [call("read_file", { path: "large.png" }), say("I see.")] });
    here.write(
      "large.png",
      Buffer.concat([Buffer.from("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489", "hex"), Buffer.alloc(12 * 1024 * 1024)]),
    );
    expect(await here.run(["-p", "look"])).toMatchObject({ code: 0, stdout: "I see.\n" });
    expect(here.sent[1]?.turns.at(-1)?.blocks).toMatchObject([{ type: "tool-result", failed: true, blocks: [{ text: expect.stringContaining("large.png") }] }]);
  });
});
