import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sentOf } from "../wire/anthropic-frames.ts";
import type { RecordedRequest, Reply } from "../wire/reply.ts";
import { call, place, say, type Place } from "./claw.ts";

/** Whether a request is the judge's. */
const isJudged = ({ body }: RecordedRequest): boolean => JSON.stringify(body).includes('"judge_call"');

/** A model that runs what it is told to, and, asked to judge, says what the command itself names: this is not how one should be. */
function model(request: RecordedRequest): Reply {
  if (isJudged(request)) {
    const decision = /(?:allow|ask|deny)(?=-me)/.exec(JSON.stringify(sentOf(request.body).turns))?.[0] ?? "ask";
    return call("judge_call", { decision, reason: `the judge says ${decision}` });
  }
  const last = sentOf(request.body).turns.at(-1)?.blocks.at(-1);
  if (last?.type === "tool-result") return say(last.failed === true ? "It was refused." : "It ran.");
  return call("bash", { command: last?.type === "text" ? last.text : "" });
}

function settings(here: Place, text: object): void {
  mkdirSync(join(here.home, "config"), { recursive: true });
  writeFileSync(join(here.home, "config/settings.json"), JSON.stringify(text));
}

test("claw ext add classifier-llm adds a judge, whose word counts in auto where nothing else decides, and nowhere else", { timeout: 60_000 }, async () => {
  await using here = await place({ script: model });
  expect(await here.run(["ext", "add", "classifier-llm", "--yes"])).toMatchObject({ code: 0 });
  for (const decision of ["deny", "ask", "allow"]) here.write(`../${decision}-me.txt`, "before\n");
  const run = (command: string, mode = "auto") => here.run(["-p", command, "--permission-mode", mode]);

  expect(await run("echo after >> ../deny-me.txt")).toMatchObject({ stdout: "It was refused.\n", stderr: expect.stringContaining("the judge says deny") });
  expect(await run("echo after >> ../ask-me.txt")).toMatchObject({ stdout: "It was refused.\n", stderr: expect.stringContaining("the judge says ask") });
  expect(await run("echo after >> ../allow-me.txt")).toMatchObject({ stdout: "It ran.\n" });
  expect(["deny", "ask", "allow"].map((decision) => here.read(`../${decision}-me.txt`))).toEqual(["before\n", "before\n", "before\nafter\n"]);
  expect(here.requests.filter(isJudged)).toHaveLength(3);

  const [judged] = here.requests.filter(isJudged);
  expect(judged?.body).toMatchObject({ tool_choice: { type: "tool", name: "judge_call" } });
  expect(JSON.stringify(judged?.body)).not.toContain("temperature");

  expect(await run("sudo tee -a ../allow-me.txt")).toMatchObject({ stdout: "It was refused.\n", stderr: expect.stringContaining("sudo is on the list") });
  expect(await run("echo after >> ../allow-me.txt", "prompt")).toMatchObject({ stdout: "It was refused.\n" });
  expect(await run("ls # allow-me")).toMatchObject({ stdout: "It ran.\n" });
  expect(here.requests.filter(isJudged)).toHaveLength(3);
});

test("what the judge costs is the session's: claw cost shows it, the run's result adds it up, and a budget takes it in", { timeout: 60_000 }, async () => {
  await using here = await place({ script: model });
  expect(await here.run(["ext", "add", "classifier-llm", "--yes"])).toMatchObject({ code: 0 });
  here.write("../allow-me.txt", "before\n");
  const run = (...argv: readonly string[]) =>
    here.run(["-p", "echo after >> ../allow-me.txt", "--permission-mode", "auto", "--output-format", "json", ...argv]);
  const { total_cost_usd: paid } = JSON.parse((await run()).stdout) as { total_cost_usd: number };
  const cost = (await here.run(["cost", "latest", "--json"])).stdout.trimEnd().split("\n");
  const lines = cost.map((line) => JSON.parse(line) as { kind?: string; costUsd: number });
  expect(lines.map(({ kind }) => kind)).toEqual(["reply", "judgement", "reply", undefined]);
  const [first, judged, , total] = lines.map(({ costUsd }) => costUsd);
  expect([(judged ?? 0) > 0, total]).toEqual([true, expect.closeTo(paid, 9) as number]);

  const budget = (first ?? 0) + (judged ?? 0) / 2;
  expect(JSON.parse((await run("--max-budget-usd", String(budget))).stdout)).toMatchObject({ subtype: "error_max_budget_usd", num_turns: 1 });
});

test("with classifier-rules beside it, the strictest opinion holds", { timeout: 60_000 }, async () => {
  await using here = await place({ script: model });
  for (const name of ["classifier-llm", "classifier-rules"]) expect(await here.run(["ext", "add", name, "--yes"])).toMatchObject({ code: 0 });
  settings(here, {
    extensions: { "claw/classifier-llm": "*", "claw/classifier-rules": "*" },
    permissions: { defaultMode: "auto" },
    classifierRules: { ask: ["touch"] },
  });
  expect(await here.run(["-p", "touch ../allow-me.txt"])).toMatchObject({
    stdout: "It was refused.\n",
    stderr: expect.stringContaining("touch is on the list of commands to ask about"),
  });
  expect(here.exists("../allow-me.txt")).toBe(false);
  settings(here, {
    extensions: { "claw/classifier-llm": "*", "claw/classifier-rules": "*" },
    permissions: { defaultMode: "auto" },
    classifierRules: { ask: ["'"] },
  });
  expect(await here.run(["-p", "touch ../allow-me.txt"])).not.toMatchObject({ stdout: "It ran.\n" });
  expect(here.exists("../allow-me.txt")).toBe(false);
});
