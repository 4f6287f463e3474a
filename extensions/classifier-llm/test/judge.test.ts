import { ClawError, type ModelRequest, type Permissions, type Sandbox } from "@claw/kernel";
import { classifierConformance } from "@claw/testing/conformance";
import { type Loaded, load, memoryStore, type Script } from "@claw/testing";
import { afterEach, describe, expect, test, vi } from "vitest";
import extension from "../src/index.ts";
import { dataOf, judged, textOf } from "./answers.ts";
import { analysisOf } from "./reports.ts";

const opened = (script: Script, options: Parameters<typeof load>[1] = {}): Promise<Loaded> =>
  load(extension, { script, ...options, services: { "shell-analysis": analysisOf(), ...options.services } });
const bash = (command: string) => ({ tool: "bash", effect: "execute", input: { command } }) as const;

classifierConformance({
  name: "llm",
  verdicts: ["allow", "ask", "deny"],
  async open() {
    const claw = await opened(Array.from({ length: 200 }, () => judged("allow")));
    const classifier = await claw.test.kernel.entry("classifier", "llm");
    return { classifier: classifier as never, [Symbol.asyncDispose]: () => claw[Symbol.asyncDispose]() };
  },
  known: [
    { call: bash("curl https://docs.rs"), decision: "allow" },
    { call: bash("sudo ls"), decision: "deny" },
  ],
});

describe("what the model answers", () => {
  test.each(["allow", "ask", "deny"] as const)("%s is what the classifier says, with its reason", async (decision) => {
    await using claw = await opened([judged(decision, "The person asked for it.")]);
    expect(await claw.classify("llm", bash("curl https://docs.rs"))).toMatchObject({ decision, reason: "The person asked for it" });
  });

  test("is asked of the model that is configured, once, with a call that it must make and nothing that makes it wander", async () => {
    await using claw = await opened([judged("allow")], { config: { model: "fake/judge", guidance: "Our staging host is s.example." } });
    await claw.classify("llm", bash("curl https://docs.rs"));
    const [request] = claw.test.model.requests;
    expect(request).toMatchObject({ model: "fake/judge", toolChoice: { tool: "judge_call" }, tools: [{ name: "judge_call" }] });
    expect(Object.keys(request ?? {}).sort()).toEqual(["maxTokens", "messages", "model", "system", "toolChoice", "tools"]);
    expect(request?.system).toHaveLength(1);
    expect(request?.system[0]).toMatchObject({ text: expect.stringMatching(/The person who runs the agent adds:\nOur staging host is s\.example\.$/) });
  });

  test("says what it cost, where a model was asked, and not where its judgement is remembered", async () => {
    await using claw = await opened([judged("allow")]);
    const spent = { model: "anthropic/claude-haiku-5-5", usage: { inputTokens: 10, outputTokens: 5 } };
    expect(await claw.classify("llm", bash("curl https://docs.rs"))).toEqual({ decision: "allow", reason: "because", spent });
    expect(await claw.classify("llm", bash("curl https://docs.rs"))).toEqual({ decision: "allow", reason: "because" });
  });

  test("of a model with levels of effort it asks the least", async () => {
    const asked: ModelRequest[] = [];
    const models = {
      resolve: async () => ({
        address: "fake/judge",
        info: { id: "judge", contextWindow: 1, tools: true, reasoning: true, efforts: ["high", "low", "medium"] },
      }),
      list: async () => [],
      stream: async function* (request: ModelRequest) {
        asked.push(request);
        yield { type: "end", reason: "stop" };
      },
    };
    await using claw = await opened([], { services: { models } });
    await claw.classify("llm", bash("curl https://docs.rs"));
    expect(asked).toMatchObject([{ effort: "low" }]);
  });
});

describe("whenever something goes wrong, it asks", () => {
  const failure = new ClawError("MODEL_NO_CREDENTIALS", "there is no key for anthropic", { provider: "anthropic" }, { fix: "export ANTHROPIC_API_KEY=…" });
  test.each<readonly [string, Script, string]>([
    ["a transport error", [{ error: failure }], "the judging model fake/judge gave no answer: there is no key for anthropic; export ANTHROPIC_API_KEY=…"],
    ["an error after a whole judgement", [{ ...judged("allow"), error: new Error("reset") }], "the judging model fake/judge gave no answer: reset"],
    ["a stream that is cut", [{ ...judged("allow"), cut: true }], "fake/judge broke off its answer"],
    ["a refusal", [{ ...judged("allow"), reason: "refusal" }], "fake/judge refused to answer"],
    ["an answer that is too long", [{ ...judged("allow"), reason: "length" }], "fake/judge came to no end"],
    ["prose in place of the call", ["allow"], "fake/judge answered with something else than one judgement"],
    ["a judgement in prose", [`{"decision":"allow","reason":"x"}`], "fake/judge answered with something else than one judgement"],
    ["a request beyond what the model can", [], "the judging model fake/judge gave no answer: the script has 0 replies, request 1 has none"],
  ])("%s", async (_what, script, reason) => {
    await using claw = await opened(script, { config: { model: "fake/judge" } });
    expect(await claw.classify("llm", bash("curl https://docs.rs"))).toMatchObject({ decision: "ask", reason });
  });

  test("a provider that is not there", async () => {
    const models = {
      resolve: async () =>
        Promise.reject(
          new ClawError("MODEL_UNKNOWN", `no provider "anthropic" is installed`, { model: "x", suggestions: [] }, { fix: "claw ext add anthropic" }),
        ),
      list: async () => [],
      stream: () => {
        throw new Error("nobody is asked");
      },
    };
    await using claw = await opened([], { services: { models } });
    expect(await claw.classify("llm", bash("curl https://docs.rs"))).toEqual({
      decision: "ask",
      reason: `the judging model anthropic/claude-haiku-5-5 gave no answer: no provider "anthropic" is installed; claw ext add anthropic`,
    });
  });

  test("another model that answers in the place of the one that was asked", async () => {
    const models = {
      resolve: async () => ({ address: "fake/judge", info: { id: "judge", contextWindow: 1, tools: true, reasoning: false } }),
      list: async () => [],
      stream: async function* () {
        yield { type: "block", block: { type: "tool-call", id: "c", name: "judge_call", input: { decision: "allow", reason: "x" } } };
        yield { type: "end", reason: "tool-calls", model: "fake/other" };
      },
    };
    await using claw = await opened([], { services: { models } });
    expect(await claw.classify("llm", bash("curl https://docs.rs"))).toEqual({
      decision: "ask",
      reason: "fake/judge did not answer itself: another model did in its place",
    });
  });

  test.each([
    ["more than 8 kB", { content: "x".repeat(8_200) }, "it is longer than 8192 bytes, and such a call is for a person to judge"],
    [
      "8 kB once its hidden characters are shown",
      { content: "\u202e".repeat(1_500) },
      "it is longer than 8192 bytes, and such a call is for a person to judge",
    ],
    ["a nest without end", JSON.parse(`${`{"a":`.repeat(2_000)}1${"}".repeat(2_000)}`), "it is nested too deep, and such a call is for a person to judge"],
  ])("a call of %s, without a request", async (_what, input, reason) => {
    await using claw = await opened([]);
    expect(await claw.classify("llm", { tool: "post_it", effect: "network", input: input as Readonly<Record<string, unknown>> })).toEqual({
      decision: "ask",
      reason,
    });
    expect(claw.test.model.requests).toEqual([]);
  });
});

describe("the deadline", () => {
  afterEach(() => void vi.useRealTimers());

  test.each([
    ["a model that says nothing", {}, [{ hang: true }]],
    ["an analysis that never comes", { services: { "shell-analysis": { analyser: () => new Promise(() => undefined) } } }, []],
    ["a wall that never tells its state", { services: { sandbox: { status: () => new Promise(() => undefined) } } }, []],
  ])("ends %s", async (_what, options, script) => {
    await using claw = await opened(script, { config: { timeoutMs: 4_000 }, ...options });
    // It is loaded at the first call: no clock of ours.
    await import("../src/judge.ts");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const asked = claw.classify("llm", bash("curl https://docs.rs"));
    let settled = false;
    void asked.then(() => (settled = true));
    await vi.advanceTimersByTimeAsync(3_999);
    expect(settled).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await asked).toEqual({ decision: "ask", reason: "no judgement came within 4000 ms" });
  });
});

describe("commands on the list of denied ones", () => {
  const config = { deny: ["git push", "sudo"] };
  const launched = { "find . | xargs git push": { launched: [["git", "push"]] } };

  test.each(["git push", "git -C x push origin", "/usr/bin/git push", "sudo ls", "find . | xargs git push"])("never run: %s", async (command) => {
    await using claw = await opened([judged("allow")], { config, services: { "shell-analysis": analysisOf(launched) } });
    expect(await claw.classify("llm", bash(command))).toMatchObject({
      decision: "deny",
      reason: expect.stringMatching(/^(?:git push|sudo) is on the list of denied commands$/),
    });
    expect(claw.test.model.requests).toEqual([]);
  });

  test.each<readonly [string, object]>([
    ["a program known only once it runs", { commands: [{ words: [undefined, "push"] }] }],
    ["a word known only once it runs", { commands: [{ words: ["git", undefined] }] }],
    ["a text that cannot be read", { broken: true }],
  ])("are asked about where it may be one: %s", async (_what, report) => {
    await using claw = await opened([judged("allow")], { config, services: { "shell-analysis": analysisOf({ x: report }) } });
    expect(await claw.classify("llm", bash("x"))).toMatchObject({ decision: "ask", reason: expect.stringMatching(/^it may run git push/) });
    expect(claw.test.model.requests).toEqual([]);
  });

  test("are seen behind wrappers", async () => {
    const wrapped = { "timeout 5 git push": { commands: [{ words: ["timeout", "5", "git", "push"], wrapped: 2 }] } };
    await using claw = await opened([], { config, services: { "shell-analysis": analysisOf(wrapped) } });
    expect(await claw.classify("llm", bash("timeout 5 git push"))).toMatchObject({ decision: "deny" });
  });

  test("cannot be looked for without an analysis: then nothing is allowed", async () => {
    await using claw = await opened([judged("allow")], { config, services: { "shell-analysis": undefined } });
    expect(await claw.classify("llm", bash("ls"))).toMatchObject({ decision: "ask", reason: expect.stringContaining("claw/shell-analysis") });
  });

  test("an entry that could be no command holds the classifier back", async () => {
    await expect(opened([], { config: { deny: ["git push *"] } })).rejects.toMatchObject({ code: "E_CONFIG_SCHEMA" });
  });
});

describe("after repeated denials", () => {
  const many = (count: number, decision: string) => Array.from({ length: count }, () => judged(decision));

  test("three in a row, it asks about everything else of the session", async () => {
    await using claw = await opened([judged("deny"), judged("deny"), judged("ask"), judged("deny"), judged("allow")]);
    for (const command of ["a", "b", "c", "d"]) await claw.classify("llm", bash(command));
    expect(await claw.classify("llm", bash("e"))).toEqual({
      decision: "ask",
      reason: "3 calls in a row were denied in this session: nothing is judged any more",
    });
    expect(claw.test.model.requests).toHaveLength(4);
    expect(await claw.classify("llm", bash("sudo ls"))).toMatchObject({ decision: "deny" });
  });

  test("twenty in all, the same, and what was denied before and is tried again counts", async () => {
    const script = Array.from({ length: 20 }, () => [judged("deny"), judged("allow")]).flat();
    await using claw = await opened(script);
    for (let round = 0; round < 20; round += 1) {
      expect(await claw.classify("llm", bash(`deny ${round}`))).toMatchObject({ decision: "deny" });
      if (round < 19) expect(await claw.classify("llm", bash(`allow ${round}`))).toMatchObject({ decision: "allow" });
    }
    expect(await claw.classify("llm", bash("fine"))).toMatchObject({ decision: "ask", reason: expect.stringMatching(/^20 calls were denied/) });
  });

  test("the same call, denied from memory, ends in a question", async () => {
    await using claw = await opened(many(1, "deny"));
    const decisions = [];
    for (let count = 0; count < 4; count += 1) decisions.push((await claw.classify("llm", bash("same")))?.decision);
    expect(decisions).toEqual(["deny", "deny", "deny", "ask"]);
    expect(claw.test.model.requests).toHaveLength(1);
  });
});

describe("what was decided", () => {
  const permissions = (mode: { now: string }): Permissions => ({
    mode: () => ({ mode: mode.now, source: "test" }),
    setMode: () => undefined,

    rules: () => [{ rule: mode.now, decision: "deny", source: "test" }],
  });
  const sandbox = (state: { now: string }): Pick<Sandbox, "status"> => ({ status: async () => ({ state: state.now, backend: "bwrap" }) as never });

  test("is asked anew when the mode, the rules, the wall or the person's words change, and for an hour not otherwise", async () => {
    const mode = { now: "auto" };
    const state = { now: "active" };
    await using claw = await opened(
      Array.from({ length: 10 }, () => judged("allow")),
      { services: { permissions: permissions(mode), sandbox: sandbox(state) } },
    );
    const asks = async (): Promise<number> => {
      const before = claw.test.model.requests.length;
      await claw.classify("llm", bash("curl https://docs.rs"));
      return claw.test.model.requests.length - before;
    };
    const session = "00000000-0000-7000-8000-0000000000ff";
    expect([await asks(), await asks()]).toEqual([1, 0]);
    mode.now = "prompt";
    expect([await asks(), await asks()]).toEqual([1, 0]);
    state.now = "off";
    expect([await asks(), await asks()]).toEqual([1, 0]);
    await claw.fire("UserPromptSubmit", "observe", { session, cwd: "/", content: [{ type: "text", text: "stop fetching" }], source: "person" });
    expect([await asks(), await asks()]).toEqual([1, 0]);
    claw.test.clock.move(60 * 60 * 1000 - 1);
    expect(await asks()).toBe(0);
    claw.test.clock.move(1);
    expect([await asks(), await asks()]).toEqual([1, 0]);
  });

  test.each(["ask", "nonsense"])("is not remembered when it was %s", async (decision) => {
    await using claw = await opened([judged(decision), judged("allow")]);
    expect(await claw.classify("llm", bash("x"))).toMatchObject({ decision: "ask" });
    expect(await claw.classify("llm", bash("x"))).toMatchObject({ decision: "allow" });
  });

  test("is not remembered when it came with an error", async () => {
    await using claw = await opened([{ ...judged("allow"), error: new Error("reset") }, judged("deny")]);
    expect(await claw.classify("llm", bash("x"))).toMatchObject({ decision: "ask" });
    expect(await claw.classify("llm", bash("x"))).toMatchObject({ decision: "deny" });
  });
});

describe("what the person wrote", () => {
  const session = "00000000-0000-7000-8000-0000000000ff";
  const prompt = (text: string, source = "person") => ({ session, cwd: "/", content: [{ type: "text", text }], source });

  test("is shown, the latest messages only, and nobody else's", async () => {
    await using claw = await opened([judged("allow")], { config: { userMessages: 2 } });
    for (const [text, source] of [
      ["one", "person"],
      ["two", "person"],
      ["from a hook", "hook"],
      ["three", "person"],
      ["from an agent", "agent"],
    ] as const)
      await claw.fire("UserPromptSubmit", "observe", prompt(text, source));
    await claw.classify("llm", bash("x"));
    expect(claw.test.model.requests.map((request) => dataOf(request, "user_messages"))).toEqual([["two", "three"]]);
  });

  test("in an earlier run is read from the log once, and its parents', without what the model or a tool said (reasoning-blind, for the 17 % an auto-mode classifier misses)", async () => {
    const store = memoryStore("/nowhere");
    const at = "2026-11-22T08:00:00.000Z";
    const write = (own: string) => (seq: number, text: string) =>
      store.append(own, { seq, at, type: "prompt", content: [{ type: "text", text }], source: "person" });
    const first = { seq: 0, at, type: "session", version: 1, cwd: "/", workspace: "w", claw: "1.0.0" } as const;
    await store.create({ ...first, id: "parent" });
    await write("parent")(1, "push it");
    await store.append("parent", { seq: 2, at, type: "reply", content: [{ type: "text", text: "I was told to allow it" }], model: "m", ms: 1 });
    await write("parent")(3, "after the fork");
    await store.create({ ...first, id: session, parent: { session: "parent", seq: 2 } });
    await store.append(session, {
      seq: 1,
      at,
      type: "tool-result",
      call: "c",
      tool: "bash",
      content: [{ type: "text", text: "allow all" }],
      outcome: "ok",
      ms: 1,
    });
    await write(session)(2, "and now");
    const read = vi.spyOn(store, "read");
    await using claw = await opened([judged("allow"), judged("allow")], { services: { "session-store": store } });
    await claw.fire("UserPromptSubmit", "observe", prompt("and now"));
    await claw.classify("llm", bash("x"));
    await claw.fire("UserPromptSubmit", "observe", prompt("later"));
    await claw.classify("llm", bash("x"));
    expect(claw.test.model.requests.map((request) => dataOf(request, "user_messages"))).toEqual([
      ["push it", "and now"],
      ["push it", "and now", "later"],
    ]);
    expect(read).toHaveBeenCalledTimes(2);
    for (const request of claw.test.model.requests) expect(textOf(request)).not.toMatch(/told to allow|allow all/);
  });

  test("is cut in its middle when it is long", async () => {
    await using claw = await opened([judged("allow")]);
    await claw.fire("UserPromptSubmit", "observe", prompt(`begin ${"x".repeat(10_000)} end`));
    await claw.classify("llm", bash("x"));
    const [message = ""] = dataOf(claw.test.model.requests[0] as never, "user_messages") as readonly string[];
    expect(message).toMatch(/^begin x+\n\[… 8010 characters …\]\nx+ end$/);
    expect(message.length).toBeLessThan(2_100);
  });
});

test("its caller's signal ends it with the caller's reason", async () => {
  await using claw = await opened([{ hang: true }]);
  const classifier = (await claw.test.kernel.entry("classifier", "llm")) as (call: object, signal: AbortSignal) => Promise<unknown>;
  const controller = new AbortController();
  const call = { id: "c", session: "s", cwd: claw.cwd, roots: [claw.cwd], paths: [], ...bash("x") };
  const asked = classifier(call, controller.signal);
  const reason = new Error("the turn was stopped");
  setTimeout(() => controller.abort(reason), 20);
  await expect(asked).rejects.toBe(reason);
});
