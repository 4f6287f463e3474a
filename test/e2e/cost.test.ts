import { expect, test } from "vitest";
import type { ReplyUsage } from "../wire/reply.ts";
import { call, place, say, type Place, type RunOptions } from "./claw.ts";

type Line = Readonly<Record<string, unknown>>;
const counted = <R extends object>(reply: R, usage: ReplyUsage): R & { readonly usage: ReplyUsage } => ({ ...reply, usage });

/** What `claw cost` says to a program. */
async function cost(here: Place, argv: readonly string[] = [], options?: RunOptions): Promise<readonly Line[]> {
  const ran = await here.run(["cost", ...argv, "--json"], options);
  expect([ran.code, ran.stderr]).toEqual([0, ""]);
  return ran.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
}

/** What a request begins with, as it was sent, without the marks that say how far to cache. */
function sentPrefix(body: unknown): { readonly fixed: string; readonly messages: readonly string[] } {
  const bare = JSON.parse(JSON.stringify(body, (key, value: unknown) => (key === "cache_control" ? undefined : value))) as Line;
  return {
    fixed: JSON.stringify([bare["tools"], bare["system"]]),
    messages: (bare["messages"] as readonly unknown[]).map((message) => JSON.stringify(message)),
  };
}

test("a session is counted request by request, goes on in the next process with the bytes it began with, and says what broke them", async () => {
  const script = [
    counted(call("read_file", { path: "a.txt" }), { input: 4, output: 30, cacheWrite: 3000 }),
    counted(say("It says hello."), { input: 4, output: 10, cacheRead: 3000, cacheWrite: 200 }),
    counted(say("Still hello."), { input: 4, output: 10, cacheRead: 3200, cacheWrite: 100 }),
    counted(say("No shell."), { input: 4, output: 10, cacheWrite: 3000 }),
    counted(say("Gone."), { input: 4, output: 10, cacheWrite: 3100 }),
    counted(say("Back."), { input: 4, output: 10, cacheWrite: 3200 }),
  ];
  await using here = await place({ files: { "a.txt": "hello\n" }, script });
  expect(await here.run(["-p", "what does a.txt say?"])).toMatchObject({ code: 0, stdout: "It says hello.\n" });
  expect(await here.run(["--continue", "-p", "and now?"])).toMatchObject({ code: 0, stdout: "Still hello.\n" });

  const [one, two, three] = here.requests.map(({ body }) => sentPrefix(body));
  expect([two?.fixed, three?.fixed]).toEqual([one?.fixed, one?.fixed]);
  expect(two?.messages.slice(0, one?.messages.length)).toEqual(one?.messages);
  expect(three?.messages.slice(0, two?.messages.length)).toEqual(two?.messages);
  expect([one, two, three].map((prefix) => prefix?.messages.length)).toEqual([1, 3, 5]);

  const lines = await cost(here, ["latest"]);
  expect(lines.map((line) => [line["type"], line["cacheReadTokens"], line["expectedReadTokens"], line["broken"], line["reason"]])).toEqual([
    ["request", 0, undefined, undefined, undefined],
    ["request", 3000, 3004, undefined, undefined],
    ["request", 3200, 3204, undefined, undefined],
    ["total", 6200, undefined, undefined, undefined],
  ]);
  const [session] = await cost(here);
  expect(session).toMatchObject({
    type: "session",
    requests: 3,
    inputTokens: 12,
    cacheReadTokens: 6200,
    cacheWriteTokens: 3300,
    outputTokens: 50,
    unpriced: 0,
    title: "what does a.txt say?",
  });
  expect(session?.["costUsd"]).toBeCloseTo(
    lines.slice(0, 3).reduce((sum, line) => sum + Number(line["costUsd"]), 0),
    9,
  );
  expect(Number(session?.["costUsd"])).toBeGreaterThan(0);

  // Another process with other tools, and then one whose cache is gone.
  await here.run(["--continue", "-p", "and without a shell?", "--without", "claw/tools-shell"]);
  await here.run(["--continue", "-p", "and again?", "--without", "claw/tools-shell"]);
  await here.run(["--continue", "-p", "and with one?"]);
  const [fourth, fifth, sixth] = (await cost(here, ["latest"])).slice(3, 6);
  expect(fourth).toMatchObject({
    expectedReadTokens: 0,
    broken: { segment: "tools", byte: 0, by: "person" },
    reason: "tools changed from byte 0 on (a tool that is gone), by person",
  });
  expect(sixth).toMatchObject({ expectedReadTokens: 0, reason: "tools changed from byte 0 on (bash), by claw/tools-shell" });
  expect(fifth).toMatchObject({
    expectedReadTokens: 3004,
    reason: "nothing changed: the cache had expired or was evicted (less than a minute since the last request)",
  });

  const shares = await cost(here, ["--by", "extension"]);
  expect(shares.map((line) => line["extension"])).toEqual(expect.arrayContaining(["claw/tools-files", "claw/tools-shell", "system-prompt", "person", "model"]));
  expect(shares.map((line) => line["extension"])).not.toContain("unknown");
  for (const name of ["inputTokens", "cacheReadTokens", "cacheWriteTokens", "outputTokens"])
    expect(shares.slice(0, -1).reduce((sum, line) => sum + Number(line[name]), 0)).toBe(shares.at(-1)?.[name]);

  const shown = await here.run(["cost", "latest"]);
  expect(shown).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^time +model +input +read +expected +written +output +cost/) });
  expect(shown.stdout).toContain("tools changed from byte 0 on (a tool that is gone), by person");
});

test("claw cost says what it takes, and that there is nothing yet", async () => {
  await using here = await place();
  expect(await here.run(["cost"])).toMatchObject({ code: 0, stdout: "", stderr: "there are no requests of this folder's sessions yet\n" });
  expect(await here.run(["cost", "--by", "day"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--by takes session, model, extension, not "day"'),
  });
  expect(await here.run(["cost", "nobody"])).toMatchObject({ code: 9 });
});
