import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineExtension, ShellAnalysisService } from "@claw/kernel";
import { load, testKernel } from "@claw/testing";
import { describe, expect, test } from "vitest";
import { createAnalyser } from "../src/analyser.ts";
import extension from "../src/index.ts";
import { tighteningOf } from "../src/tightenings.ts";
import { place } from "./analysed.ts";

const manifest = JSON.parse(readFileSync(fileURLToPath(new URL("../extension.json", import.meta.url)), "utf8"));

describe("the extension", () => {
  test("provides the analysis", async () => {
    await using claw = await load(extension, {});
    const analyser = await claw.service(ShellAnalysisService).analyser();
    expect(analyser.analyse("git log | head", place)).toMatchObject({ class: "read-only", programs: ["git", "head"] });
  });

  test("holds what other manifests say of programs, without waking anybody", async () => {
    const strict = {
      name: "acme/strict",
      version: "1.0.0",
      description: "Tightens",
      license: "MIT",
      engines: { claw: "^1.0.0" },
      main: "./dist/index.mjs",
      provides: { "shell-spec": { "acme-git": { description: "No logs", program: "git", raises: { log: "network" } } } },
      permissions: {},
    };
    const asleep = defineExtension(() => {
      throw new Error("woken");
    });
    await using kernel = await testKernel({
      extensions: [
        { manifest, extension: extension as never },
        { manifest: strict as never, extension: asleep as never },
      ],
    });
    await kernel.kernel.wake("claw/shell-analysis");
    const service = await kernel.kernel.service<{ analyser(): Promise<ReturnType<typeof createAnalyser>> }>("shell-analysis");
    const analyser = await service?.analyser();
    expect(analyser?.analyse("git log", place).class).toBe("network");
    expect(analyser?.analyse("git status", place).class).toBe("read-only");
    expect(await service?.analyser()).toBe(analyser);
  });
});

describe("what an extension says of a program", () => {
  const { analyse } = createAnalyser([
    { description: "", program: "git", raises: { log: "network", "--stat": "unknown", "-p": "workspace-write" } },
    { description: "", program: "mytool", raises: { "*": "destructive" } },
    { description: "", program: "egrep", raises: { "*": "unknown" } },
    { description: "", program: "timeout", raises: { "*": "unknown" } },
  ]);

  test.each([
    ["git status", "read-only"],
    ["git log", "network"],
    ["git diff --stat", "unknown"],
    ["git diff --sta", "unknown"],
    ["git diff -p", "workspace-write"],
    ["git diff -wp", "workspace-write"],
    ["git --no-pager log", "network"],
    ["git diff main", "read-only"],
    ["mytool --version", "destructive"],
    ["/usr/bin/git log", "network"],
    ["grep a b", "unknown"],
    ["timeout 5 ls", "unknown"],
    ["find . -exec git log {} +", "network"],
    ["ls | xargs git log", "network"],
    ["bash -c 'git log'", "network"],
  ])("%s is %s", (text, found) => expect(analyse(text, place).class).toBe(found));

  test("is read strictly", () => {
    expect(tighteningOf({ description: "a", program: "git", raises: { log: "network" } })).toEqual({
      description: "a",
      program: "git",
      raises: { log: "network" },
    });
    for (const facts of [
      {},
      { program: "a/b", raises: { x: "network" } },
      { program: "git" },
      { program: "git", raises: {} },
      { program: "git", raises: { log: "read-only" } },
      { program: "git", raises: ["log"] },
      { program: "git", raises: { "a b": "network" } },
    ])
      expect(typeof tighteningOf(facts)).toBe("string");
  });
});
