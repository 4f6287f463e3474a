import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { call, place, say } from "./claw.ts";
import { expectSentence } from "./failure.ts";
import { managed } from "./managed.ts";

const touching = [call("bash", { command: "touch made" }), say("Done.")];

test("a sandbox that the administrator requires stands in danger-full-access too", async () => {
  await using here = await place({ script: touching });
  const through = managed(here, { sandbox: { required: true } });
  mkdirSync(join(here.home, "config"), { recursive: true });
  writeFileSync(join(here.home, "config/settings.json"), JSON.stringify({ permissions: { dangerWithoutTerminal: true } }));
  const ran = await here.run(["-p", "go", "--dangerously-skip-permissions"], { through });
  expect([ran.code, here.exists("made")]).toEqual([0, false]);
  expect(ran.stderr).toContain("this would run outside of the sandbox");
});

test.each([
  ["--without", "claw/sandbox-linux"],
  ["--profile", "minimal"],
])("it is not left out with its extension: %s %s", async (...flags) => {
  await using here = await place({ script: touching });
  const through = managed(here, { sandbox: { required: true } });
  const ran = await here.run(["-p", "go", "--permission-mode", "allow", ...flags], { through });
  expect([ran.code === 0, here.sent.length, here.exists("made")]).toEqual([false, 0, false]);
  expect(ran.stderr).toContain("code: SANDBOX_REQUIRED");
});

test("a wrong rule of the policy stops claw before anything is asked", async () => {
  await using here = await place({ script: touching });
  const through = managed(here, { permissions: { deny: ["Bash("] } });
  expectSentence(await here.run(["-p", "go"], { through }), { exit: 3, code: "PERMISSION_RULE_INVALID", says: "/etc/claw/policy.json:1" });
  expect(here.sent).toEqual([]);
});

test("a policy that is a link to nothing stops claw", async () => {
  await using here = await place({ script: touching });
  const through = managed(here, {});
  const file = join(here.root, "etc/claw/policy.json");
  rmSync(file);
  symlinkSync("/nowhere/policy.json", file);
  expectSentence(await here.run(["-p", "go"], { through }), { exit: 3, code: "E_POLICY_INVALID", says: "leads nowhere" });
});

test("claw why looks into the session that --session names, and no other", async () => {
  await using here = await place({ script: touching });
  await here.run(["-p", "go"]);
  expect(await here.run(["why", "--session", "latest"])).toMatchObject({ code: 0, stderr: "" });
  expect(await here.run(["why", "--session", "nosuch"])).toMatchObject({ code: 9, stdout: "" });
});
