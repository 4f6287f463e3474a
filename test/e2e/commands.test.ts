import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { place, say } from "./claw.ts";
import { expectFailure, expectSentence } from "./failure.ts";

const linesOf = (text: string): readonly Readonly<Record<string, unknown>>[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);

describe("claw by itself", () => {
  test("says its version in one line", async () => {
    await using here = await place();
    for (const argv of [["--version"], ["-V"], ["--version", "--json"], ["session", "--version"]])
      expect(await here.run(argv)).toEqual({ code: 0, signal: null, stdout: expect.stringMatching(/^claw \d+\.\d+\.\d+\n$/), stderr: "" });
  });

  test("says what there is: commands of extensions and their flags too", async () => {
    await using here = await place();
    const [none, help, flag, other] = await Promise.all([[], ["help"], ["--help"], ["-h", "--profile", "minimal"]].map((argv) => here.run(argv)));
    expect([none?.stdout, help?.stdout].every((text) => text === flag?.stdout)).toBe(true);
    expect(flag).toMatchObject({ code: 0, stderr: "" });
    for (const word of ["doctor", "session", "print-system-prompt", "--permission-mode", "--output-format text|json|stream-json", "--bash-timeout-ms"])
      expect(flag?.stdout).toContain(word);
    expect(other?.stdout).not.toContain("--bash-timeout-ms");
    expect((await here.run(["help", "config"])).stdout).toContain("claw config explain KEY");
    expect((await here.run(["session", "--help"])).stdout).toContain("claw session");
  });

  test("answers a mistyped command with a suggestion, and asks no model", async () => {
    await using here = await place({ script: [] });
    await expectFailure(here, ["docter"], { exit: 2, code: "USAGE", says: 'there is no command "docter"; did you mean doctor?', fix: "claw doctor" });
    await expectFailure(here, ["fix"], { exit: 2, code: "USAGE", fix: 'claw -p "fix" to send it as a prompt' });
    await expectFailure(here, ["-p", "fix", "the", "bug"], { exit: 2, code: "USAGE", says: "a prompt is one text", fix: "put quotes around the whole prompt" });
    await expectFailure(here, ["-p", "hi", "--outptu-format", "json"], {
      exit: 2,
      code: "USAGE",
      says: "there is no flag --outptu-format; did you mean --output-format?",
    });
    await expectFailure(here, ["-p", "hi", "--mcp-config", "x.json"], {
      exit: 2,
      code: "USAGE",
      says: "--mcp-config is not served: MCP servers are named in mcp.servers of your settings (claw ext add mcp)",
    });
    await expectFailure(here, ["-p", "hi", "--tools", "Read,greb"], { exit: 2, code: "USAGE", says: '--tools: there is no tool "greb"; did you mean grep?' });
    await expectFailure(here, ["-p", "hi", "--without", "claw/tool-shell"], {
      exit: 2,
      code: "USAGE",
      says: "--without: there is no extension claw/tool-shell; did you mean claw/tools-shell?",
    });
    await expectFailure(here, ["-p", "hi", "-c", "--session-id", "01234567-89ab-7def-8123-456789abcdef"], {
      exit: 2,
      code: "USAGE",
      says: "--session-id is for a new session",
    });
    for (const argv of [
      ["help", "docter"],
      ["help", "constructor"],
      ["doctor", "--frob"],
      ["ext"],
      ["ext", "add"],
      ["config"],
      ["config", "explain"],
      ["config", "explain", "a", "b"],
      ["trust", "me"],
      ["demo", "--held"],
    ]) {
      expectSentence(await here.run(argv), { exit: 2, code: "USAGE" });
    }
    expectSentence(
      await here
        .run(["ext", "list", "--json", "--frob"])
        .then((ran) => ({ ...ran, stderr: `error: ${String(linesOf(ran.stdout)[0]?.["message"])}\ncode: ${String(linesOf(ran.stdout)[0]?.["code"])}\n` })),
      { exit: 2, code: "USAGE", says: "frob" },
    );
    expect(here.requests).toEqual([]);
  });

  test("says the same in every language of the machine", async () => {
    await using here = await place();
    const [english, german] = await Promise.all(
      ["C", "de_DE.UTF-8"].map((LANG) => here.run(["config", "explain"], { env: { LANG, LC_ALL: LANG, LANGUAGE: LANG } })),
    );
    expect(german).toEqual(english);
  });

  test("takes flags before and after the verb", async () => {
    await using here = await place();
    const outputs = await Promise.all(
      [
        ["ext", "list", "--json", "--profile", "minimal"],
        ["--json", "--profile", "minimal", "ext", "list"],
        ["--profile=minimal", "ext", "--json", "list"],
      ].map((argv) => here.run(argv)),
    );
    expect(new Set(outputs.map(({ stdout }) => stdout)).size).toBe(1);
    expect(linesOf(outputs[0]?.stdout ?? "").length).toBeGreaterThan(5);
  });

  test("in a folder that is gone says so", async () => {
    await using here = await place();
    expectSentence(await here.run(["doctor"], { through: ["sh", "-c", 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', "sh"] }), {
      exit: 9,
      code: "PATH_NOT_FOUND",
      says: "the current folder no longer exists",
    });
  });
});

describe("standard output of a command is data", () => {
  test.each([
    ["ext list", ["ext", "list"]],
    ["ext list --all", ["ext", "list", "--all"]],
    ["plugin list", ["plugin", "list"]],
    ["ext info", ["ext", "info", "claw/permissions"]],
    ["doctor", ["doctor"]],
    ["doctor --held", ["doctor", "--held"]],
    ["config list", ["config", "list"]],
    ["config explain", ["config", "explain", "permissions"]],
    ["session list", ["session", "list"]],
    ["trust --list", ["trust", "--list"]],
    ["print-system-prompt", ["print-system-prompt"]],
  ] as const)("%s parses with --json, line by line, and is text without", async (_what, argv) => {
    await using here = await place({ env: { ANTHROPIC_API_KEY: "k" } });
    const [json, text] = await Promise.all([here.run([...argv, "--json"]), here.run(argv)]);
    expect([json.code, json.stderr, text.code, text.stderr.includes("error")]).toEqual([0, "", 0, false]);
    if (json.stdout !== "") expect(linesOf(json.stdout).every((record) => typeof record === "object")).toBe(true);
  });

  test("a failing command with --json says why as one object", async () => {
    await using here = await place();
    const ran = await here.run(["ext", "info", "claw/permisions", "--json"]);
    expect([ran.code, JSON.parse(ran.stdout), ran.stderr]).toEqual([
      9,
      {
        type: "error",
        code: "E_NOT_INSTALLED",
        message: "claw/permisions is not installed; did you mean claw/permissions?",
        fix: "claw ext list --all",
        exit_code: 9,
      },
      "",
    ]);
  });
});

describe("claw doctor", () => {
  test("is well in a fresh home, and ill where something is held back", async () => {
    await using here = await place();
    const well = JSON.parse((await here.run(["doctor", "--json"])).stdout) as {
      readonly heldBack: unknown;
      readonly folders: readonly { readonly writable: boolean }[];
    };
    expect([well.heldBack, well.folders.every(({ writable }) => writable)]).toEqual([[], true]);
    const ill = await here.run(["doctor", "--with", "acme/none"]);
    expect(ill).toMatchObject({ code: 1, stdout: expect.stringContaining("acme/none  it is not installed") });
  });

  test("--held wakes every extension and says what each took", async () => {
    await using here = await place();
    const report = JSON.parse((await here.run(["doctor", "--held", "--json"])).stdout) as {
      readonly extensions: readonly unknown[];
      readonly wakes: readonly { readonly failed?: string }[];
      readonly faults: readonly unknown[];
    };
    expect([report.wakes.length, report.wakes.filter(({ failed }) => failed !== undefined), report.faults]).toEqual([report.extensions.length, [], []]);
  });

  test("prints no key", async () => {
    await using here = await place({ env: { ANTHROPIC_API_KEY: "sk-secret-key" } });
    for (const argv of [
      ["doctor", "--json", "--held"],
      ["config", "list", "--json"],
      ["--debug", "doctor"],
    ]) {
      const { stdout, stderr } = await here.run(argv);
      expect(`${stdout}${stderr}`).not.toContain("sk-secret-key");
    }
  });
});

describe("claw ext info", () => {
  test("says what an extension contributes, asks for and holds, by its short name too", async () => {
    await using here = await place();
    const about = JSON.parse((await here.run(["ext", "info", "tools-shell", "--json"])).stdout) as Readonly<Record<string, unknown>>;
    expect(about).toMatchObject({
      name: "claw/tools-shell",
      state: "on",
      origin: "bundled",
      tier: "trusted",
      contributes: expect.arrayContaining(["tool:bash"]),
      permissions: { exec: expect.anything() },
    });
    expect((about["files"] as readonly { readonly path: string; readonly bytes: number }[]).every(({ bytes }) => bytes > 0)).toBe(true);
  });
});

test("a profile of one's own is a file", async () => {
  await using here = await place({ script: () => say("Yes.") });
  mkdirSync(join(here.home, "config/profiles"), { recursive: true });
  writeFileSync(
    join(here.home, "config/profiles/reader.json"),
    '{ "extends": "default", "without": ["claw/tools-shell"], "config": { "claw/permissions": { "defaultMode": "read-only" } } }',
  );
  await here.run(["-p", "hi", "--profile", "reader"]);
  expect(here.sent[0]?.tools).not.toContain("bash");
  await expectFailure(here, ["-p", "hi", "--profile", "redaer"], { exit: 2, code: "USAGE", says: "did you mean reader?" });
});

test("print-system-prompt is what the model gets", async () => {
  await using here = await place({ script: () => say("Yes."), files: { "AGENTS.md": "Write short sentences.\n" } });
  const { stdout } = await here.run(["print-system-prompt", "--append-system-prompt", "One more thing."]);
  await here.run(["-p", "hi", "--append-system-prompt", "One more thing."]);
  for (const text of ["Write short sentences.", "One more thing."]) expect([stdout.includes(text), here.sent[0]?.system.includes(text)]).toEqual([true, true]);
});
