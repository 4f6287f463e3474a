import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { startAnthropicServer } from "../wire/anthropic-server.ts";
import { call, place, say } from "./claw.ts";

type Line = Readonly<Record<string, unknown>>;
const linesOf = (text: string): readonly Line[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);

const lowered = ["-p", "hi", "--model", "anthropic/claude-opus-4-6", "--effort", "xhigh", "--lower-effort"];
const message = 'anthropic/claude-opus-4-6 is asked with the effort "high" in place of "xhigh"';

describe("an effort that was lowered", () => {
  test("is told on standard error, once, and logged with the session", async () => {
    await using here = await place({ files: { "a.txt": "x" }, script: [call("read_file", { path: "a.txt" }), say("Yes.")] });
    const ran = await here.run(lowered);
    expect([ran.code, ran.stdout, ran.stderr.split(message).length]).toEqual([0, "Yes.\n", 2]);
    const logged = here.logs().flatMap((path) => linesOf(readFileSync(path, "utf8")));
    expect(logged.filter(({ type }) => type === "fault")).toMatchObject([{ code: "MODEL_EFFORT_LOWERED", message, extension: "claw/model-router" }]);
  });

  test("is a line of a stream of JSON", async () => {
    await using here = await place({ script: [say("Yes.")] });
    const lines = linesOf((await here.run([...lowered, "--output-format", "stream-json", "--verbose"])).stdout);
    expect(lines.filter(({ subtype }) => subtype === "notification")).toMatchObject([{ level: "warning", code: "MODEL_EFFORT_LOWERED", message }]);
  });
});

describe("how long a silent provider is waited for", () => {
  test.each([
    ["soon", 'must be a time such as 90s, 5m or a number of seconds, not "soon"'],
    ["5x", 'must be a time such as 90s, 5m or a number of seconds, not "5x"'],
    ["1e3", 'must be a time such as 90s, 5m or a number of seconds, not "1e3"'],
    ["200000", "must be at most 86400 seconds, not 200000"],
  ])("cannot be %s, which is told with the variable it is in", async (CLAW_STREAM_IDLE_TIMEOUT, why) => {
    await using here = await place({ script: [say("never")], env: { CLAW_STREAM_IDLE_TIMEOUT } });
    const ran = await here.run(["-p", "hi"]);
    expect([ran.code, ran.stderr, here.requests]).toEqual([3, expect.stringContaining(`CLAW_STREAM_IDLE_TIMEOUT: ${why}`), []]);
    expect(ran.stderr).toContain("SETTINGS_INVALID");
  });

  test("is named where it was too long for it", async () => {
    await using here = await place({ script: [{ blocks: [{ type: "text", text: "so" }], hang: true }], env: { CLAW_STREAM_IDLE_TIMEOUT: "1s" } });
    const ran = await here.run(["-p", "hi", "--settings", '{"models":{"retries":0}}']);
    expect([ran.code, ran.stderr]).toEqual([7, expect.stringContaining("anthropic said nothing for 1 s")]);
    expect(ran.stderr).toContain("CLAW_STREAM_IDLE_TIMEOUT=30m, or config.claw/anthropic.idleTimeoutMs in your settings");
  });
});

test("a tool that was called by another of its names is its extension's in what things cost", async () => {
  const usage = { input: 4, output: 30, cacheWrite: 3000 };
  const script = [
    { ...call("Read", { path: "a.txt" }), usage },
    { ...say("x"), usage },
  ];
  await using here = await place({ files: { "a.txt": "x\n".repeat(500) }, script });
  expect(await here.run(["-p", "what does a.txt say?"])).toMatchObject({ code: 0 });
  const owners = linesOf((await here.run(["cost", "latest", "--by", "extension", "--json"])).stdout).flatMap(({ extension }) => extension ?? []);
  expect([owners.includes("claw/tools-files"), owners.includes("unknown")]).toEqual([true, false]);
});

describe("a new user", () => {
  test("without a key is told what to export, and nobody is asked for a list of models", async () => {
    await using here = await place({ script: [], env: { ANTHROPIC_API_KEY: "" } });
    const ran = await here.run(["models", "--refresh", "opus-4-6"]);
    expect([ran.code, ran.stdout.includes("anthropic/claude-opus-4-6"), here.requests]).toEqual([1, true, []]);
    expect(ran.stderr).toContain("there is no key for anthropic (export ANTHROPIC_API_KEY=");
    expect(ran.stderr).not.toContain("asking");
    const listed = await here.run(["provider", "list"]);
    expect(listed.stdout).toMatch(/\nanthropic {2,}no .*\n\nanthropic: there is no key for anthropic\n {2}export ANTHROPIC_API_KEY=/);
    const table = (await here.run(["provider", "list", "--all"])).stdout.split("\n\n")[0] ?? "";
    expect(Math.max(...table.split("\n").map(({ length }) => length))).toBeLessThanOrEqual(80);
  });

  test("with a wrong key is told which one it is and where it went, whatever was asked", async () => {
    await using server = await startAnthropicServer(() => ({ status: 401, body: { kind: "auth" } }));
    await using here = await place({ script: [], env: { ANTHROPIC_BASE_URL: server.url } });
    for (const [argv, code] of [
      [["-p", "hi"], 4],
      [["provider", "probe", "anthropic/claude-haiku-5-5", "--yes"], 4],
      [["models", "--refresh", "opus-4-6"], 1],
      [["-p", "hi", "--offline"], 4],
    ] as const) {
      const ran = await here.run([...argv]);
      expect([argv, ran.code, ran.stderr]).toEqual([
        argv,
        code,
        expect.stringContaining(`check ANTHROPIC_API_KEY: it was sent to ${new URL(server.url).host}`),
      ]);
    }
  });
});
