import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { withGitGuards } from "../src/git-guard.ts";
import { settingOf } from "./setting.ts";

const guards = (from: number) => ({
  [`GIT_CONFIG_KEY_${from}`]: "core.fsmonitor",
  [`GIT_CONFIG_VALUE_${from}`]: "false",
  [`GIT_CONFIG_KEY_${from + 1}`]: "safe.bareRepository",
  [`GIT_CONFIG_VALUE_${from + 1}`]: "explicit",
  [`GIT_CONFIG_KEY_${from + 2}`]: "diff.autoRefreshIndex",
  [`GIT_CONFIG_VALUE_${from + 2}`]: "false",
  GIT_CONFIG_COUNT: `${from + 3}`,
});

test("git's settings by environment stand behind those that are there", () => {
  expect(withGitGuards({ HOME: "/h" })).toEqual({ HOME: "/h", ...guards(0) });
  const one = { GIT_CONFIG_COUNT: "1", GIT_CONFIG_KEY_0: "user.name", GIT_CONFIG_VALUE_0: "me" };
  expect(withGitGuards(one)).toEqual({ ...one, ...guards(1) });
});

test.each([["-1"], ["x"], ["1e3"], ["99999"], ["2"], [" 1"]])("what git would stumble over (%s) is left out", (count) => {
  const broken = { HOME: "/h", GIT_CONFIG_COUNT: count, GIT_CONFIG_KEY_0: "user.name", GIT_CONFIG_VALUE_0: "me", GIT_CONFIG_KEY_7: "x" };
  expect(withGitGuards(broken)).toEqual({ HOME: "/h", ...guards(0) });
});

test("a repository that was planted runs nothing when somebody looks at it", async () => {
  await using at = settingOf(undefined);
  const git = (...args: readonly string[]) => spawnSync("git", args, { cwd: at.cwd, encoding: "utf8" });
  git("init", "-q", ".");
  const monitor = join(at.cwd, "monitor.sh");
  writeFileSync(monitor, `#!/bin/sh\ntouch ${join(at.cwd, "owned")}\n`);
  chmodSync(monitor, 0o755);
  git("config", "core.fsmonitor", monitor);
  await at.run(["git", "status"]);
  expect(existsSync(join(at.cwd, "owned"))).toBe(false);
  git("status");
  expect(existsSync(join(at.cwd, "owned"))).toBe(true); // As it does for whoever is not guarded.

  // A folder that looks like a bare repository, its settings included.
  const bare = join(at.cwd, "docs");
  mkdirSync(bare);
  spawnSync("git", ["init", "-q", "--bare", "."], { cwd: bare });
  const { text, exit } = await at.run(["sh", "-c", "git status 2>&1"], { cwd: bare });
  expect([exit.code, text]).toEqual([128, expect.stringContaining("safe.bareRepository")]);
});

test("what less would run is handed on by nobody", async () => {
  await using at = settingOf(undefined);
  const { text } = await at.run(["env"], { env: { LESSOPEN: "|evil %s", LESSCLOSE: "evil %s", LESS: "-R" } });
  expect(text).toContain("LESS=-R");
  expect(text).not.toContain("evil");
});
