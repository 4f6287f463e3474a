import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Place, call, place, say } from "./claw.ts";
import { expectValid } from "./conversation.ts";

const touching = (name: string): ReturnType<typeof call> => call("bash", { command: `touch ${name}` });
const resultOf = (here: Place, request: number): unknown => here.sent[request]?.turns.at(-1)?.blocks[0];

function configure(here: Place, settings: object): void {
  mkdirSync(join(here.home, "config"), { recursive: true });
  writeFileSync(join(here.home, "config/settings.json"), JSON.stringify(settings));
}

/** Lets scripts begin in danger-full-access, as a person writes it into their settings. */
const scriptsMay = (here: Place): void => configure(here, { permissions: { dangerWithoutTerminal: true } });

describe("s1ngularity, Clinejection: who asks for danger-full-access without a person", () => {
  test.each([
    ["--dangerously-skip-permissions"],
    ["--permission-mode", "bypassPermissions"],
    ["--permission-mode", "danger-full-access", "--settings", '{"permissions":{"dangerWithoutTerminal":true}}'],
  ])("is refused before anything is asked: %s", async (...flags) => {
    await using here = await place({ script: [touching("touched"), say("Done.")] });
    const ran = await here.run(["-p", "go", ...flags]);
    // What a flag asks for is a mistake of the command line.
    expect([[2, 3].includes(ran.code ?? 0), here.sent.length, here.exists("touched")]).toEqual([true, 0, false]);
    expect(ran.stderr).toContain("no person is at a terminal");
    expect(ran.stderr).toContain("dangerWithoutTerminal");
  });

  test("is refused inside claw's own sandbox, at a terminal too", async () => {
    await using here = await place({ script: [touching("touched"), say("Done.")], env: { CLAW_SANDBOX: "workspace-only" } });
    const ran = await here.run(["-p", "go", "--dangerously-skip-permissions"], { tty: "all" });
    expect([ran.code === 0, here.exists("touched")]).toEqual([false, false]);
    expect(ran.stderr).toContain("inside its own sandbox");
  });

  test("is not refused to a person at a terminal, nor to who has it in their own settings", async () => {
    await using here = await place({ script: [touching("one"), say("Done."), touching("two"), say("Done.")] });
    await here.run(["-p", "go", "--dangerously-skip-permissions"], { tty: "all" });
    configure(here, { permissions: { defaultMode: "danger-full-access" } });
    await here.run(["-p", "go"]);
    expect([here.exists("one"), here.exists("two")]).toEqual([true, true]);
  });
});

describe("where nobody can be asked", () => {
  test.each([
    ["read-only", false, false],
    ["prompt", false, false],
    // What can do its work inside the sandbox runs there.
    ["workspace-write", true, true],
    ["dont-ask", false, false],
    ["auto", true, true],
    ["allow", true, true],
    ["danger-full-access", true, true],
    // What Claude Code calls them.
    ["acceptEdits", true, true],
    ["plan", false, false],
    ["bypassPermissions", true, true],
  ] as const)("the mode %s writes a file: %s, runs a command: %s", async (mode, writes, runs) => {
    await using here = await place({ script: [call("write_file", { path: "written", content: "x" }), touching("touched"), say("Done.")] });
    scriptsMay(here);
    const ran = await here.run(["-p", "go", "--permission-mode", mode, "--output-format", "json"]);
    expect([here.exists("written"), here.exists("touched")]).toEqual([writes, runs]);
    // A turn in which calls were denied ended all the same, and they are listed.
    expect(JSON.parse(ran.stdout)).toMatchObject({
      exit_code: 0,
      result: "Done.",
      permission_denials: [...(writes ? [] : [{ tool_name: "write_file" }]), ...(runs ? [] : [{ tool_name: "bash" }])],
    });
    expectValid(here.sent[2]);
  });

  test("a question is refused at once, and the model is told why", async () => {
    await using here = await place({ script: [touching("touched"), say("Refused.")] });
    const began = performance.now();
    expect(await here.run(["-p", "go"])).toMatchObject({ code: 0, stdout: "Refused.\n", stderr: expect.stringContaining("denied") });
    expect(performance.now() - began).toBeLessThan(5_000);
    expect(resultOf(here, 1)).toMatchObject({ failed: true, blocks: [{ text: expect.stringContaining("Permission denied for bash") }] });
  });

  test("reads run, secrets and what lies outside do not, and a deny rule holds in every mode", async () => {
    await using here = await place({
      script: [call("read_file", { path: "a.txt" }), call("read_file", { path: "/etc/hostname" }), touching("touched"), say("Done.")],
      files: { "a.txt": "what it says" },
    });
    scriptsMay(here);
    await here.run(["-p", "go", "--disallowedTools", "Bash(touch:*)", "--dangerously-skip-permissions"]);
    expect(resultOf(here, 1)).toMatchObject({ failed: false });
    expect(resultOf(here, 3)).toMatchObject({ failed: true, blocks: [{ text: expect.stringContaining("Permission denied") }] });
    expect(here.exists("touched")).toBe(false);
  });

  test("a rule of the command line allows exactly what it says", async () => {
    await using here = await place({
      script: [touching("touched"), call("bash", { command: "touch touched && touch more" }), call("bash", { command: "rm touched" }), say("Done.")],
    });
    await here.run(["-p", "go", "--allowedTools", "Bash(touch touched)"]);
    expect([here.exists("touched"), here.exists("more")]).toEqual([true, false]);
  });

  test("only the tools that were asked for are offered", async () => {
    await using here = await place({ script: () => say("Yes.") });
    await here.run(["-p", "go", "--tools", "Read,grep"]);
    await here.run(["-p", "go", "--tools", ""]);
    expect(here.sent.map(({ tools }) => tools)).toEqual([["grep", "read_file"], []]);
  });
});

describe("on a terminal a person is asked", () => {
  async function asked(here: Place, answer: string, argv: readonly string[] = []): Promise<string> {
    const running = here.start(["-p", "go", ...argv], { tty: "all", env: { NO_COLOR: "1" } });
    await running.seen("[y/N]:");
    running.write(answer);
    const ran = await running.ended;
    expect(ran.code).toBe(0);
    return ran.stderr;
  }

  test("and y runs the call", async () => {
    await using here = await place({ script: [touching("touched"), say("Done.")] });
    expect(await asked(here, "y\n")).toContain("touch touched");
    expect(here.exists("touched")).toBe(true);
    expect(here.exists("grants")).toBe(false);
  });

  test("and n, or nothing, refuses it", async () => {
    for (const answer of ["n\n", "\n", "\u0004"]) {
      await using here = await place({ script: [touching("touched"), say("Refused.")] });
      await asked(here, answer);
      expect([answer, here.exists("touched"), resultOf(here, 1)]).toMatchObject([answer, false, { failed: true }]);
    }
  });

  test("and always is a rule the person can read, that holds in the next run", async () => {
    await using here = await place({
      script: [touching("touched"), say("Done."), touching("touched"), say("Done."), call("bash", { command: "rm touched" }), say("Refused.")],
    });
    await asked(here, "a\n");
    const grants = join(here.home, "state/grants");
    const [file = ""] = readdirSync(grants);
    expect(JSON.parse(readFileSync(join(grants, file), "utf8"))).toMatchObject({ workspace: here.project, allow: [expect.stringMatching(/^bash\(touch/i)] });
    expect(await here.run(["-p", "again"])).toMatchObject({ code: 0, stdout: "Done.\n" });
    expect(resultOf(here, 3)).toMatchObject({ failed: false });
    await here.run(["-p", "once more"]);
    expect(here.exists("touched")).toBe(true);
  });

  test("and what was typed before the question could be seen is no answer to it", async () => {
    const typed = Promise.withResolvers<void>();
    await using here = await place({
      script: async (_request, index) => {
        await typed.promise;
        return index === 0 ? touching("touched") : say("Refused.");
      },
    });
    const running = here.start(["-p", "go"], { tty: "all" });
    while (here.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    running.write("y\n");
    typed.resolve();
    await running.seen("[y/N]:");
    running.write("n\n");
    expect([(await running.ended).code, here.exists("touched")]).toEqual([0, false]);
  });

  test("and sees the whole call, with nothing in it hidden", async () => {
    await using here = await place({ script: [call("bash", { command: "touch a\u202egnp.txt \u001b[2K\u200b" }), say("Refused.")] });
    const [shown = ""] = (await asked(here, "n\n")).split("[y/N]:");
    expect(shown).not.toMatch(/\u202e|\u001b|\u200b/);
    expect(shown).toContain("\\u{202e}");
  });

  test("unless CI says that nobody is there", async () => {
    await using here = await place({ script: [touching("touched"), say("Refused.")], env: { CI: "true" } });
    const ran = await here.run(["-p", "go"], { tty: "all" });
    expect([ran.code, here.exists("touched")]).toEqual([0, false]);
  });
});

test("a program that a tool starts sees no key", async () => {
  await using here = await place({
    script: [call("bash", { command: "env" }), say("Done.")],
    env: { AWS_SECRET_ACCESS_KEY: "aws-secret", GITHUB_TOKEN: "github-secret", ORDINARY: "ordinary" },
  });
  await here.run(["-p", "go", "--permission-mode", "allow"]);
  expect(JSON.stringify(resultOf(here, 1))).not.toMatch(/not-a-real-key|aws-secret|github-secret/);
});

test("whoever asks claw perm test a line at a time has each answer before the next", async () => {
  await using here = await place();
  const running = here.start(["perm", "test", "--json"], { input: "open" });
  for (const path of ["one", "two", "three"]) {
    running.write(`${JSON.stringify({ tool: "read_file", input: { path }, workspace: here.project })}\n`);
    await running.seen(`"reads":["${join(here.project, path)}"]`);
  }
  running.end();
  expect(await running.ended).toMatchObject({ code: 0, stderr: "" });
});
