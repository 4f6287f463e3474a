import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, test } from "vitest";
import type { Script } from "../wire/reply.ts";
import { type Place, type RunOptions, type Running, call, place, say } from "./claw.ts";
import { expectValid, textsOf } from "./conversation.ts";

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

const sleeping = call("bash", { command: "echo begun > begun.txt; sleep 60" });
const stages: readonly Stage[] = [
  { what: "the model has not answered yet", script: [{ silent: true }], argv: [], reached: (_running, here) => until(() => here.requests.length === 1) },
  { what: "the model is speaking", script: [{ blocks: [{ type: "text", text: "I am about to say", deltas: 3 }], hang: true }], argv: ["--output-format", "stream-json", "--include-partial-messages"], reached: (running) => running.seen("about to") },
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
    if (argv.includes("stream-json")) expect(JSON.parse(ran.stdout.trimEnd().split("\n").at(-1) ?? "")).toMatchObject({ type: "result", is_error: true, exit_code: 130, terminal_reason: "aborted" });
    else expect(stripVTControlCharacters(ran.stderr)).toMatch(/error: the run was interrupted\r?\nfix: claw --resume \S+\r?\ncode: ABORTED/);
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
