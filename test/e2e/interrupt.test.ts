import { readFileSync, readdirSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import type { Script } from "../wire/reply.ts";
import { type Place, type RunOptions, type Running, call, place, say } from "./claw.ts";
import { expectValid, textsOf } from "./conversation.ts";
import { devExtension, withTool } from "./dev-extension.ts";

interface Stage {
  readonly what: string;
  /** The replies until then; what follows is asked in the next turn. */
  readonly script: readonly Exclude<Script, (...given: never) => unknown>[number][];
  readonly argv: readonly string[];
  readonly options?: RunOptions;
  /** Resolves when the run is there. */
  readonly reached: (running: Running, here: Place) => Promise<unknown>;
}

async function until(found: () => boolean): Promise<void> {
  while (!found()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const sleeping = call("bash", { command: "echo $$ > begun.txt; sleep 60" });
const stages: readonly Stage[] = [
  { what: "the model has not answered yet", script: [{ silent: true }], argv: [], reached: (_running, here) => until(() => here.requests.length === 1) },
  {
    what: "the model is speaking",
    script: [{ blocks: [{ type: "text", text: "I am about to say", deltas: 3 }], hang: true }],
    argv: ["--output-format", "stream-json", "--include-partial-messages"],
    reached: (running) => running.seen("about to"),
  },
  { what: "a tool is running", script: [sleeping], argv: ["--permission-mode", "allow"], reached: (_running, here) => until(() => here.exists("begun.txt")) },
  { what: "a question is open", script: [sleeping], argv: [], options: { tty: "all" }, reached: (running) => running.seen(/\[y\]|yes|allow/i) },
];

/** The next turn of the session, which a provider must accept. */
async function goesOn(here: Place): Promise<void> {
  expect(await here.run(["-c", "-p", "and now?"])).toMatchObject({ code: 0, stdout: "Here again.\n" });
  const request = here.sent.at(-1);
  expectValid(request);
  const texts = textsOf(request).flat();
  expect([texts[0], texts.at(-1)]).toEqual(["go", "and now?"]);
}

describe.each(stages)("while $what", ({ script, argv, options, reached }) => {
  const begin = async (here: Place): Promise<Running> => {
    const running = here.start(["-p", "go", ...argv], options);
    await reached(running, here);
    return running;
  };

  test("Ctrl-C ends the run with 130 and a sentence, and the next turn is valid", async () => {
    await using here = await place({ script: [...script, say("Here again.")] });
    const running = await begin(here);
    if (options?.tty === undefined) running.kill("SIGINT");
    else running.write("\u0003");
    const ran = await running.ended;
    expect(ran).toMatchObject({ code: 130 });
    if (argv.includes("stream-json"))
      expect(JSON.parse(ran.stdout.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({
        type: "result",
        is_error: true,
        exit_code: 130,
        terminal_reason: "aborted",
      });
    else expect(stripVTControlCharacters(ran.stderr)).toMatch(/error: the run was interrupted\r?\nfix: claw --resume \S+ -p "go on"\r?\ncode: ABORTED/);
    await goesOn(here);
  });

  test("SIGTERM ends it with 143", async () => {
    await using here = await place({ script: [...script, say("Here again.")] });
    const running = await begin(here);
    running.kill("SIGTERM");
    expect((await running.ended).code).toBe(143);
    await goesOn(here);
  });

  test("kill -9 costs one step and not the session: the next start goes on, and nothing that was shown is missing", async () => {
    await using here = await place({ script: [...script, say("Here again.")] });
    const running = await begin(here);
    running.kill("SIGKILL");
    await running.ended;
    const [log = ""] = here.logs();
    const before = readFileSync(log, "utf8");
    expect(before).toContain('"text":"go"');
    await goesOn(here);
    expect(readFileSync(log, "utf8").startsWith(before.slice(0, before.lastIndexOf("\n") + 1))).toBe(true);
  });
});

test("a program that a tool started ends with claw, however claw ends", async () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const) {
    // In a namespace of its own it has another number than here: it is known by what it sleeps for.
    const seconds = `6${Date.now()}`;
    await using here = await place({ script: [call("bash", { command: `echo > begun.txt; sleep ${seconds}` })] });
    const running = here.start(["-p", "go", "--permission-mode", "allow"]);
    await until(() => isSleeping(seconds));
    // The program runs a moment before claw can tell its watchdog of it: nobody could know of what begins in the instant of a kill -9.
    if (signal === "SIGKILL") await new Promise((resolve) => setTimeout(resolve, 300));
    running.kill(signal);
    await running.ended;
    await until(() => !isSleeping(seconds));
  }
});

test("what was shown before kill -9 is what the model hears of in the next turn", async () => {
  await using here = await place({
    script: [call("glob", { pattern: "*.txt" }, "toolu_1"), call("bash", { command: "echo $$ > begun.txt; sleep 60" }, "toolu_2"), say("Here again.")],
    files: { "seen.txt": "" },
  });
  const running = here.start(["-p", "go", "--permission-mode", "allow", "--output-format", "stream-json"]);
  await until(() => here.exists("begun.txt"));
  running.kill("SIGKILL");
  const { stdout } = await running.ended;
  expect(stdout).toContain("seen.txt");
  await goesOn(here);
  const blocks = (here.sent.at(-1)?.turns ?? []).flatMap(({ blocks: all }) => all);
  expect(blocks.flatMap((block) => (block.type === "tool-result" ? [[block.call, block.failed]] : []))).toEqual([
    ["toolu_1", false],
    ["toolu_2", true],
  ]);
});

test("the second Ctrl-C ends the process at once, whatever still closes", async () => {
  await using here = await place({ script: [call("work", {}), { silent: true }] });
  const folder = devExtension(here, "slow", withTool("work"), 'claw.own(() => new Promise(() => {})); claw.provide(Tools, "work", async () => "done");');
  const running = here.start(["-p", "go", "--dev", folder]);
  await until(() => here.requests.length === 2);
  const began = performance.now();
  running.kill("SIGINT");
  await running.seen("code: ABORTED");
  running.kill("SIGINT");
  expect([(await running.ended).code, performance.now() - began < 1_500]).toEqual([130, true]);
});

test("Ctrl-C while standard input is read ends the run", async () => {
  await using here = await place({ script: [] });
  const running = here.start(["-p"], { input: "open" });
  running.write("the beginning of a prompt");
  await new Promise((resolve) => setTimeout(resolve, 300));
  running.kill("SIGINT");
  expect((await running.ended).code).toBe(130);
  expect(here.logs()).toEqual([]);
});

/** What is dead and waits to be looked after by its parent runs no more; Linux tells. */
/** Whether a program `sleep` runs anywhere on this machine for so many seconds. */
function isSleeping(seconds: string): boolean {
  return readdirSync("/proc").some((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, "utf8") === `sleep\0${seconds}\0`;
    } catch {
      return false;
    }
  });
}
