import { describe, expect, test } from "vitest";
import { place, say } from "./claw.ts";
import { textsOf } from "./conversation.ts";
import { expectFailure, expectSentence } from "./failure.ts";

const linesOf = (text: string): readonly Readonly<Record<string, unknown>>[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);

describe("standard input", () => {
  test("is the prompt where there is none, with or without -p, and for -", async () => {
    await using here = await place({ script: () => say("Yes.") });
    for (const argv of [[], ["-p"], ["-"], ["-p", "-"]])
      expect(await here.run(argv, { input: "what is this?\n" })).toMatchObject({ code: 0, stdout: "Yes.\n" });
    expect(here.sent.map((request) => textsOf(request))).toEqual([1, 2, 3, 4].map(() => [["what is this?\n"]]));
  });

  test("goes along with a prompt as a block of its own", async () => {
    await using here = await place({ script: () => say("Yes.") });
    expect(await here.run(["-p", "review this"], { input: "diff --git a b\n" })).toMatchObject({ code: 0 });
    expect(textsOf(here.sent[0])).toEqual([["review this", "<stdin>\ndiff --git a b\n</stdin>"]]);
  });

  test("that is empty, no text, or too much is refused before anything is asked", async () => {
    await using here = await place({ script: [] });
    await expectFailure(here, ["-p"], { exit: 2, code: "USAGE", says: "the prompt is empty" }, { input: " \n" });
    await expectFailure(here, ["-p"], { exit: 2, code: "USAGE", says: "there is no prompt" });
    await expectFailure(here, ["-p"], { exit: 2, code: "USAGE", says: "no text" }, { input: Buffer.from([0, 1, 2]) });
    await expectFailure(here, ["-p", "hi"], { exit: 2, code: "USAGE", says: "over 10 MiB" }, { input: Buffer.alloc(11 * 1024 * 1024, "x") });
    expect(here.requests).toEqual([]);
  });

  test("that stays open and says nothing does not keep a prompt of the command line for ever", async () => {
    await using here = await place({ script: () => say("Yes.") });
    expect(await here.run(["-p", "hi"], { input: "open" })).toMatchObject({
      code: 0,
      stdout: "Yes.\n",
      stderr: expect.stringContaining("nothing came from standard input"),
    });
  });

  test("of another program's lines is a turn a line, in one session and one process", async () => {
    await using here = await place({ script: [say("One."), say("Two.")] });
    const running = here.start(["-p", "--input-format", "stream-json", "--output-format", "stream-json"], { input: "open" });
    const turn = (text: string): string => `${JSON.stringify({ type: "user", message: { role: "user", content: text } })}\n`;
    running.write(turn("first"));
    await running.seen('"result":"One."');
    running.write(turn("second"));
    await running.seen('"result":"Two."');
    running.end();
    const ran = await running.ended;
    expect(ran.code).toBe(0);
    const lines = linesOf(ran.stdout);
    expect(lines.map(({ type, subtype }) => `${String(type)} ${String(subtype ?? "")}`.trim())).toEqual([
      "system init",
      "assistant",
      "result success",
      "assistant",
      "result success",
    ]);
    expect(new Set(lines.map(({ session_id }) => session_id)).size).toBe(1);
    expect(here.sent.map(textsOf)).toEqual([[["first"]], [["first"], ["One."], ["second"]]]);
  });

  test("of lines that are none ends in a sentence", async () => {
    await using here = await place({ script: () => say("Yes.") });
    for (const line of ["{broken\n", "[]\n", '{"type":"user"}\n', "\u0000\n"]) {
      const ran = await here.run(["-p", "--input-format", "stream-json", "--output-format", "stream-json"], { input: line });
      expect([line, ran.code, linesOf(ran.stdout).at(-1)]).toMatchObject([line, 2, { type: "result", is_error: true, exit_code: 2 }]);
    }
    expectSentence(await here.run(["-p", "--input-format", "stream-json"], { input: "" }), {
      exit: 2,
      code: "USAGE",
      says: "needs --output-format stream-json",
    });
  });
});

describe("standard output", () => {
  test("of --output-format json is one object, of stream-json one a line, and both end with the result", async () => {
    await using here = await place({ script: () => say("It is four.") });
    const [json, stream] = await Promise.all(["json", "stream-json"].map((format) => here.run(["-p", "2 + 2?", "--output-format", format])));
    const result = {
      type: "result",
      subtype: "success",
      is_error: false,
      result: "It is four.",
      num_turns: 1,
      exit_code: 0,
      terminal_reason: "completed",
      usage: { input_tokens: 10, output_tokens: 5 },
    };
    expect([json?.stderr, stream?.stderr]).toEqual(["", ""]);
    expect(JSON.parse(json?.stdout ?? "")).toMatchObject(result);
    const lines = linesOf(stream?.stdout ?? "");
    expect([lines[0], lines.at(-1)]).toMatchObject([{ type: "system", subtype: "init", cwd: here.project, model: "anthropic/claude-sonnet-5-5" }, result]);
  });

  test("whose reader goes away is no failure, no crash and no message", async () => {
    await using here = await place({ script: () => ({ blocks: [{ type: "text", text: `${"line\n".repeat(50_000)}`, deltas: 500 }] }) });
    const through = (reader: string): readonly string[] => ["sh", "-c", `"$@" | ${reader}; exit`, "sh"];
    for (const argv of [
      ["-p", "hi"],
      ["-p", "hi", "--output-format", "stream-json", "--include-partial-messages"],
      ["session", "list", "--json"],
      ["ext", "list"],
      ["doctor"],
      ["--help"],
    ]) {
      const ran = await here.run(argv, { through: through("head -1") });
      expect([argv, ran.code, ran.stderr]).toEqual([argv, 0, ""]);
      expect(ran.stdout.split("\n").length).toBeLessThanOrEqual(2);
    }
    expect(await here.run(["-c", "-p", "and now?"])).toMatchObject({ code: 0 });
  });

  test("is told apart from what is told: with a terminal for questions the answer alone is data", async () => {
    await using here = await place({ script: () => say("It is four.") });
    const ran = await here.run(["-p", "2 + 2?"], { tty: "input and error" });
    expect(ran).toMatchObject({ code: 0, stdout: "It is four.\n" });
  });

  test("of a terminal shows the answer as it comes, in colour unless that is not wanted", async () => {
    await using here = await place({
      script: (_request, index) => (index % 2 === 0 ? { blocks: [{ type: "tool-call", id: "toolu_1", name: "glob", json: '{"pattern":"*"}' }] } : say("Done.")),
    });
    const colour = "\u001b[";
    const shown = async (argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<boolean> =>
      (await here.run(["-p", "go", ...argv], { tty: "all", env })).stderr.includes(colour);
    expect(await shown([])).toBe(true);
    expect(await shown(["--no-color"])).toBe(false);
    expect(await shown([], { NO_COLOR: "1" })).toBe(false);
    expect(await shown([], { TERM: "dumb" })).toBe(false);
    const piped = await here.run(["-p", "go"]);
    expect(`${piped.stdout}${piped.stderr}`).not.toContain(colour);
    expect((await here.run(["-p", "go"], { env: { FORCE_COLOR: "1" } })).stderr).toContain(colour);
  });

  test("cannot be repainted by what a model says", async () => {
    await using here = await place({ script: () => say("a\u001b[2Jb\u001b]0;title\u0007c\r\nd") });
    const ran = await here.run(["-p", "hi"], { tty: "all", env: { NO_COLOR: "1" } });
    expect(ran.stderr).not.toMatch(/\u001b|\u0007/);
    expect(ran.stderr).toContain("abc");
  });
});
