import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Place, type Ran, call, place, say } from "./claw.ts";
import { expectValid } from "./conversation.ts";
import { devExtension, withTool } from "./dev-extension.ts";
import { expectSentence } from "./failure.ts";

const tool = withTool("work");

/** A turn that calls the tool `work` and then answers; what the model was told of the call. */
async function turnWith(here: Place, folder: string, argv: readonly string[] = []): Promise<{ readonly ran: Ran; readonly told: string }> {
  const ran = await here.run(["-p", "go", "--dev", folder, ...argv]);
  const last = here.sent[1]?.turns.at(-1)?.blocks[0];
  const text = last?.type === "tool-result" ? last.blocks[0] : undefined;
  return { ran, told: text?.type === "text" ? text.text : "" };
}

describe("an extension under development", () => {
  test("is loaded from its folder, and every run says so", async () => {
    await using here = await place({ script: [call("work", {}), say("It works.")] });
    const { ran, told } = await turnWith(here, devExtension(here, "works", tool, 'claw.provide(Tools, "work", async (input, call) => `in ${call.cwd}`);'));
    expect(ran).toMatchObject({
      code: 0,
      stdout: "It works.\n",
      stderr: expect.stringContaining("note: acme/works is loaded from a folder: unsigned and trusted (--dev)\n"),
    });
    expect(told).toBe(`in ${here.project}`);
  });

  test("is not loaded before it is needed", async () => {
    await using here = await place({ script: () => say("Hello.") });
    const folder = devExtension(here, "broken", tool, "", 'throw new Error("too early");');
    expect(await here.run(["-p", "hi", "--dev", folder])).toMatchObject({ code: 0, stdout: "Hello.\n", stderr: expect.not.stringContaining("too early") });
    expect(here.sent[0]?.tools).toContain("work");
  });

  test("may be of texts alone, and nothing is wrong with it then", async () => {
    await using here = await place({ script: () => say("Hello.") });
    const folder = devExtension(here, "plain", { main: undefined }, "");
    const [ran, doctor, info] = [
      await here.run(["-p", "hi", "--dev", folder, "--strict"]),
      await here.run(["doctor", "--dev", folder]),
      await here.run(["ext", "info", "plain", "--dev", folder]),
    ];
    expect([ran.code, doctor.code, info.code, ran.stderr]).toEqual([0, 0, 0, expect.not.stringContaining("E_MAIN")]);
    expect(doctor.stdout + info.stdout).not.toMatch(/E_MAIN|is not there/);
  });

  test("that prints does not mix with what is data", async () => {
    await using here = await place({ script: [call("work", {}), say("It works.")] });
    const folder = devExtension(
      here,
      "chatty",
      tool,
      'console.log("activated"); claw.provide(Tools, "work", async () => { console.info("at work"); return "done"; });',
    );
    const { ran } = await turnWith(here, folder, ["--output-format", "json"]);
    expect([JSON.parse(ran.stdout), ran.stderr]).toMatchObject([{ result: "It works." }, expect.stringContaining("activated\nat work\n")]);
  });

  test("shows in ext list, ext info and doctor", async () => {
    await using here = await place();
    const folder = devExtension(here, "works", tool, "");
    const listed = (await here.run(["ext", "list", "--json", "--dev", folder])).stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(listed).toContainEqual({ name: "acme/works", version: "1.0.0", state: "on", tier: "trusted", origin: "dev", description: "" });
    expect(JSON.parse((await here.run(["--dev", folder, "ext", "info", "works", "--json"])).stdout)).toMatchObject({
      name: "acme/works",
      state: "on",
      contributes: ["tool:work"],
    });
    expect(JSON.parse((await here.run(["doctor", "--json", "--dev", folder])).stdout)).toMatchObject({ owners: { "tool:work": "acme/works" } });
  });
});

describe("a tool's extension costs its call and not the turn, when it", () => {
  const cases: [what: string, activate: string, told: RegExp, before?: string][] = [
    ["throws while it is imported", "", /acme\/faulty.*broken on import/, 'throw new Error("broken on import");'],
    ["is no JavaScript", "", /acme\/faulty/, "this is not JavaScript"],
    ["imports what is not there", "", /acme\/faulty.*no-such-package/s, 'import "no-such-package";'],
    ["throws in activate", 'throw new Error("broken in activate");', /acme\/faulty failed in activate: broken in activate/],
    ["throws nothing at all in activate", "throw undefined;", /acme\/faulty failed in activate: /],
    ["provides what it did not declare", 'claw.provide(Tools, "other", async () => "x");', /acme\/faulty: tool "other" is not declared/],
    ["uses what it did not declare", 'claw.use({ kind: "service", id: "http", version: 1 });', /acme\/faulty: use of "http" is not declared/],
    ["does not provide what it declared", "", /acme\/faulty declares tool "work" but does not provide it/],
    ["throws in the tool", 'claw.provide(Tools, "work", async () => { throw new Error("broken at work"); });', /broken at work/],
    ["throws at once in the tool", 'claw.provide(Tools, "work", () => { throw new TypeError("not a promise"); });', /not a promise/],
    ["rejects with no error", 'claw.provide(Tools, "work", () => Promise.reject());', /acme\/faulty failed in tool work/],
    ["answers nonsense", 'claw.provide(Tools, "work", async () => 5);', /acme\/faulty answered tool work with something that is no tool result/],
    ["answers nothing", 'claw.provide(Tools, "work", async () => undefined);', /no tool result/],
    ["answers blocks that are none", 'claw.provide(Tools, "work", async () => ({ content: [{ type: "text", text: 5 }] }));', /no tool result/],
    ["answers something that throws when it is read", 'claw.provide(Tools, "work", async () => ({ get content() { throw new Error("trap"); } }));', /trap/],
  ];
  test.each(cases)("%s", async (_what, activate, told, before = "") => {
    await using here = await place({ script: [call("work", {}), say("I see.")] });
    const { ran, told: text } = await turnWith(here, devExtension(here, "faulty", tool, activate, before));
    expect(ran).toMatchObject({ code: 0, stdout: "I see.\n" });
    expect(text).toMatch(told);
    expect(`${ran.stderr}${text}`).not.toMatch(/^\s+at /m);
    expectValid(here.sent[1]);
  });

  test("hangs: its time is up, and the run ends", async () => {
    await using here = await place({ script: [call("work", {}), say("I see.")] });
    const { ran, told } = await turnWith(
      here,
      devExtension(here, "faulty", withTool("work", { timeoutMs: 200 }), 'claw.provide(Tools, "work", () => new Promise(() => {}));'),
    );
    expect([ran.code, ran.stdout, told]).toEqual([0, "I see.\n", expect.stringContaining("acme/faulty took longer than 200 ms in tool work")]);
    expect(ran.stderr).toContain("EXTENSION_TIMEOUT");
  });

  test("fails three times in a row: then it is suspended, and says so", async () => {
    await using here = await place({ script: [...[1, 2, 3, 4].map((number) => call("work", {}, `toolu_${number}`)), say("I give up.")] });
    const ran = await here.run([
      "-p",
      "go",
      "--dev",
      devExtension(here, "faulty", tool, 'claw.provide(Tools, "work", async () => { throw new Error("again"); });'),
    ]);
    expect(ran).toMatchObject({ code: 0, stdout: "I give up.\n", stderr: expect.stringContaining("acme/faulty failed 3 times in a row and is suspended") });
    expect(JSON.stringify(here.sent[4]?.turns.at(-1))).toContain("acme/faulty failed too often and is suspended");
  });
});

describe("a process ends with its run, whatever an extension left behind:", () => {
  const cases: readonly (readonly [what: string, tool: string])[] = [
    ["a timer", "setInterval(() => {}, 1_000);"],
    ["a server", 'const { createServer } = await import("node:net"); createServer().listen(0);'],
    ["a program", 'const { spawn } = await import("node:child_process"); spawn("sleep", ["3"], { stdio: "ignore" });'],
    ["a reader of standard input", "process.stdin.resume();"],
    ["a resource that never closes", "claw.own({ [Symbol.asyncDispose]: () => new Promise(() => {}) });"],
  ];
  test.each(cases)("%s", async (_what, code) => {
    await using here = await place({ script: [call("work", {}), say("Done.")] });
    const began = performance.now();
    const { ran } = await turnWith(here, devExtension(here, "leaking", tool, `claw.provide(Tools, "work", async () => { ${code} return "left"; });`));
    expect(ran).toMatchObject({ code: 0, stdout: "Done.\n" });
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  test("a rejection nobody waited for, and an error thrown where nobody can catch it, are that extension's fault and nobody else's", async () => {
    for (const [code, what] of [
      ["Promise.reject(new Error('stray'));", "stray"],
      ["setTimeout(() => { throw new Error('thrown late'); }, 1); await new Promise((resolve) => setTimeout(resolve, 30));", "thrown late"],
    ] as const) {
      await using here = await place({ script: [call("work", {}), say("Done.")] });
      const { ran } = await turnWith(here, devExtension(here, "faulty", tool, `claw.provide(Tools, "work", async () => { ${code} return "left"; });`), [
        "--debug",
      ]);
      expect([what, ran.code, ran.stdout]).toEqual([what, 0, "Done.\n"]);
      expect(ran.stderr).toContain(`warn acme/faulty: code nobody waited for: ${what}`);
    }
  });

  // Code in claw's own process can end that process; what was acknowledged is on the disk, and the next start goes on.
  test("and one that ends the process itself costs the run and not the session", async () => {
    await using here = await place({ script: [call("work", {}), say("Here again.")] });
    const { ran } = await turnWith(here, devExtension(here, "faulty", tool, 'claw.provide(Tools, "work", async () => process.exit(3));'));
    expect(ran.code).toBe(3);
    expect(await here.run(["-c", "-p", "and now?"])).toMatchObject({ code: 0, stdout: "Here again.\n" });
    expectValid(here.sent.at(-1));
  });
});

describe("a hook that fails", () => {
  const hook = (event: string, stage: string, declaration: object = { timeoutMs: 150 }): object => ({ hooks: { [event]: { [stage]: declaration } } });
  const failures: readonly (readonly [what: string, tap: string])[] = [
    ["throws", 'async () => { throw new Error("broken hook"); }'],
    ["hangs", "() => new Promise(() => {})"],
    ["answers nonsense", 'async () => ({ action: "yes" })'],
    ["answers something that is no answer", "async () => 5"],
  ];

  test.each(failures)("and %s as a guard of calls blocks them", async (_what, tap) => {
    await using here = await place({ script: [call("read_file", { path: "a.txt" }), say("Blocked.")], files: { "a.txt": "secret text" } });
    const folder = devExtension(here, "guard", hook("PreToolUse", "guard"), `claw.on("PreToolUse", "guard", ${tap});`);
    const ran = await here.run(["-p", "go", "--dev", folder]);
    expect(ran).toMatchObject({ code: 0, stdout: "Blocked.\n" });
    expect(JSON.stringify(here.sent[1]?.turns.at(-1))).toMatch(/Permission denied for read_file.*acme\/guard/);
    expect(JSON.stringify(here.sent[1])).not.toContain("secret text");
  });

  test.each(failures)("and %s where calls are decided asks, and denies where nobody can be asked", async (_what, tap) => {
    await using here = await place({ script: [call("read_file", { path: "a.txt" }), say("Denied.")], files: { "a.txt": "secret text" } });
    const folder = devExtension(here, "judge", hook("PreToolUse", "decide"), `claw.on("PreToolUse", "decide", ${tap});`);
    expect(await here.run(["-p", "go", "--dev", folder, "--permission-mode", "allow"])).toMatchObject({ code: 0, stdout: "Denied.\n" });
    expect(JSON.stringify(here.sent[1])).not.toContain("secret text");
  });

  test.each(failures)("and %s as a guard of prompts blocks them", async (_what, tap) => {
    await using here = await place({ script: [] });
    const folder = devExtension(here, "guard", hook("UserPromptSubmit", "guard"), `claw.on("UserPromptSubmit", "guard", ${tap});`);
    expectSentence(await here.run(["-p", "go", "--dev", folder]), { exit: 1, code: "PROMPT_BLOCKED", says: "acme/guard" });
    expect(here.requests).toEqual([]);
  });

  test.each(failures)("and %s while it only looks on, or at the end, changes nothing", async (_what, tap) => {
    await using here = await place({ script: [call("read_file", { path: "a.txt" }), say("Done.")], files: { "a.txt": "x" } });
    const events = [
      ["UserPromptSubmit", "observe"],
      ["PreToolUse", "observe"],
      ["PostToolUse", "observe"],
      ["Stop", "decide"],
    ] as const;
    const hooks = { hooks: Object.fromEntries(events.map(([event, stage]) => [event, { [stage]: { timeoutMs: 150 } }])) };
    const folder = devExtension(here, "watcher", hooks, events.map(([event, stage]) => `claw.on("${event}", "${stage}", ${tap});`).join("\n"));
    expect(await here.run(["-p", "go", "--dev", folder])).toMatchObject({ code: 0, stdout: "Done.\n" });
    expect(JSON.stringify(here.sent[1]?.turns.at(-1))).toContain('"failed":false');
  });
});

describe("other entry points of an extension that fails:", () => {
  test("a classifier that throws or answers nonsense counts as a question, and so as a refusal where nobody is asked", async () => {
    for (const classifier of ['async () => { throw new Error("broken"); }', 'async () => ({ decision: "sure" })', "async () => 5"]) {
      await using here = await place({ script: [call("bash", { command: "touch made" }), say("Refused.")] });
      const manifest = { provides: { classifier: { odd: { description: "A classifier", verdicts: ["allow"] } } } };
      const folder = devExtension(here, "odd", manifest, `claw.provide(Classifiers, "odd", ${classifier});`);
      expect(await here.run(["-p", "go", "--dev", folder, "--permission-mode", "auto"])).toMatchObject({ code: 0, stdout: "Refused.\n" });
      expect(here.exists("made")).toBe(false);
    }
  });

  test("a command", async () => {
    await using here = await place();
    const manifest = { provides: { command: { odd: { description: "A command" } } } };
    const broken = devExtension(here, "odd", manifest, 'claw.provide(Commands, "odd", { run: async () => { throw new Error("broken command"); } });');
    expectSentence(await here.run(["odd", "--dev", broken]), { exit: 1, code: "EXTENSION_FAILED", says: "broken command" });
    const missing = devExtension(here, "none", { provides: { command: { none: { description: "A command" } } } }, "");
    expectSentence(await here.run(["none", "--dev", missing]), {
      exit: 1,
      code: "EXTENSION_FAILED",
      says: 'acme/none declares command "none" but does not provide it',
    });
    const nonsense = devExtension(here, "five", { provides: { command: { five: { description: "A command" } } } }, 'claw.provide(Commands, "five", 5);');
    expectSentence(await here.run(["five", "--dev", nonsense]), { exit: 1, code: "EXTENSION_FAILED" });
  });

  test("a front-end", async () => {
    await using here = await place();
    const manifest = { provides: { frontend: { odd: { description: "A front-end" } } } };
    const folder = devExtension(here, "odd", manifest, 'claw.provide(Frontends, "odd", { run: async () => { throw new Error("broken front-end"); } });');
    expectSentence(await here.run(["-p", "hi", "--frontend", "odd", "--dev", folder]), { exit: 1, code: "EXTENSION_FAILED", says: "broken front-end" });
    expectSentence(await here.run(["-p", "hi", "--frontend", "prnt"]), { exit: 2, code: "USAGE", says: 'there is no frontend "prnt"; did you mean print?' });
  });

  test("a provider that throws, ends early, or yields nonsense", async () => {
    const models = 'models: async () => [{ id: "one", contextWindow: 1000, tools: false, reasoning: false }]';
    for (const [stream, exit, code] of [
      ['async *stream() { throw new Error("broken provider"); }', 1, "EXTENSION_FAILED"],
      ['async *stream() { yield { type: "text-delta", text: "I am ab" }; }', 7, "MODEL_STREAM_CUT"],
      ['async *stream() { yield 5; yield null; yield { type: "text-delta", text: 7 }; }', 7, "MODEL_STREAM_INVALID"],
      ["stream: () => 5", 1, "EXTENSION_FAILED"],
    ] as const) {
      await using here = await place();
      const folder = devExtension(
        here,
        "odd",
        { provides: { provider: { odd: { description: "A provider" } } } },
        `claw.provide(Providers, "odd", { ${models}, ${stream} });`,
      );
      expectSentence(await here.run(["-p", "hi", "--model", "odd/one", "--dev", folder, "--settings", '{"models": {"retries": 0}}']), { exit, code });
    }
  });
});

describe("which extensions run", () => {
  test("--without takes one away, --with and --profile choose, --strict fails where one is held back", async () => {
    await using here = await place({ script: () => say("Yes.") });
    await here.run(["-p", "hi", "--without", "claw/tools-shell,claw/compaction"]);
    expect(here.sent[0]?.tools).not.toContain("bash");
    await here.run(["-p", "hi", "--profile", "minimal"]);
    expect(here.sent[1]?.tools).not.toContain("bash");
    await here.run(["-p", "hi", "--profile", "minimal", "--with", "claw/tools-shell"]);
    expect(here.sent[2]?.tools).toContain("bash");
    const strict = await here.run(["-p", "hi", "--strict", "--with", "acme/none"]);
    expectSentence(strict, { exit: 3, code: "EXTENSION_HELD_BACK", says: "acme/none is held back: it is not installed" });
    expect(await here.run(["-p", "hi", "--with", "acme/none"])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("note: acme/none is held back: it is not installed"),
    });
  });

  test("two that claim one tool: the later is held back, with the line that settles it, and that line does", async () => {
    await using here = await place({ script: [call("bash", {}), say("Mine."), call("bash", {}), say("Mine.")] });
    const folder = devExtension(here, "shell", withTool("bash"), 'claw.provide(Tools, "bash", async () => "my own");');
    const ran = await here.run(["-p", "hi", "--dev", folder]);
    expect(ran.stderr).toContain("acme/shell is held back: tool:bash belongs to claw/tools-shell");
    const settings = /(\{ "prefer": .*? \})|"prefer": (\{.*?\})/.exec(ran.stderr);
    expect(settings).not.toBeNull();
    mkdirSync(join(here.home, "config"), { recursive: true });
    writeFileSync(join(here.home, "config/settings.json"), `{ "prefer": ${settings?.[2] ?? "{}"} }`);
    await here.run(["-p", "hi", "--dev", folder]);
    expect(JSON.stringify(here.sent[3]?.turns.at(-1))).toContain("my own");
  });
});
