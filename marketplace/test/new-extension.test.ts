import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ClawError, type Manifest } from "@claw/kernel/host";
import { describe, expect, test } from "vitest";
import { checkExtension } from "../src/author/check.ts";
import { type ContractSource, contractOf } from "../src/author/contract.ts";
import { type NewExtension, newExtension, templateNames } from "../src/author/new.ts";
import { buildExtension } from "../src/author/pack.ts";
import { watchContract, writeContract } from "../src/author/write-contract.ts";
import { never } from "./extension-folder.ts";
import { laterRefusalOf } from "./refusal.ts";
import { temporaryFolder } from "./temporary-folder.ts";

const templates = join(import.meta.dirname, "../templates");
const made = (folder: string, more: Partial<NewExtension> = {}): Promise<readonly string[]> =>
  newExtension({ folder, name: "beta/word-list", template: "tool", templates, ...more });
const read = (folder: string, path: string): string => readFileSync(join(folder, path), "utf8");

describe.each(templateNames)("the template %s", (template) => {
  test("has the name wherever one stands, and its types", async () => {
    using place = temporaryFolder();
    const folder = join(place.path, "mine");
    const files = await made(folder, { template });
    expect(files).toEqual([
      ".gitignore",
      "README.md",
      "extension.json",
      "package.json",
      "src/contract.gen.ts",
      "src/index.ts",
      expect.stringMatching(/^test\/.*\.test\.ts$/),
      "tsconfig.json",
    ]);
    const manifest = JSON.parse(read(folder, "extension.json")) as Manifest;
    expect(manifest).toMatchObject({ name: "beta/word-list", displayName: "Word list" });
    expect(read(folder, "src/contract.gen.ts")).toBe(contractOf(manifest as ContractSource));
    expect(JSON.parse(read(folder, "package.json"))).toMatchObject({ name: "beta-word-list" });
    expect(read(folder, "README.md")).toMatch(/^# Word list\n/);
    const example = JSON.parse(read(templates, `${template}/extension.json`)) as Manifest;
    for (const file of files)
      for (const old of [example.name, example.name.split("/")[1] ?? "", example.displayName ?? ""])
        expect([file, read(folder, file)]).not.toEqual([file, expect.stringContaining(old)]);
  });

  test("is bundled with the kernel that comes with claw, and has nothing to complain of", async () => {
    using place = temporaryFolder();
    const folder = join(place.path, "mine");
    await made(folder, { template });
    await buildExtension(folder, {}, never);
    expect((await checkExtension(folder, {}, never)).findings).toEqual([]);
  });
});

test("names begin with what their places ask for", async () => {
  using place = temporaryFolder();
  await made(join(place.path, "it"), { name: "beta/3d" });
  expect(Object.keys((JSON.parse(read(place.path, "it/extension.json")) as Manifest).provides?.["tool"] ?? {})).toEqual(["tool_3d"]);
  expect(await laterRefusalOf(made(join(place.path, "other"), { name: "Beta" }))).toBe("E_NAME");
});

test("nothing that is there is written over, and nothing is written when it is only tried", async () => {
  using place = temporaryFolder({ "mine/README.md": "mine" });
  expect(await laterRefusalOf(made(join(place.path, "mine")))).toBe("PATH_UNWRITABLE");
  expect(read(place.path, "mine/README.md")).toBe("mine");
  expect(existsSync(join(place.path, "mine/extension.json"))).toBe(false);
  expect((await made(join(place.path, "tried"), { dryRun: true })).length).toBe(8);
  expect(existsSync(join(place.path, "tried"))).toBe(false);
});

test("packages may come from elsewhere, and the workflow along", async () => {
  using place = temporaryFolder();
  const files = await made(join(place.path, "it"), { packages: { "@claw/kernel": "file:../kernel" }, workflow: true });
  expect(JSON.parse(read(place.path, "it/package.json"))).toMatchObject({ devDependencies: { "@claw/kernel": "file:../kernel", "@claw/testing": "^1.0.0" } });
  expect(files).toContain(".github/workflows/publish.yml");
});

describe("the workflow that publishes", () => {
  const workflow = read(templates, "publish.yml");
  const [check = "", publish = ""] = workflow.slice(workflow.indexOf("\njobs:")).split("\n  publish:\n");

  test("gives the token to the one job that somebody approves, which restores no cache and runs no scripts", () => {
    expect(workflow).toMatch(/^permissions: \{\}$/m);
    expect([check, publish].map((job) => job.includes("id-token: write"))).toEqual([false, true]);
    expect(publish).toContain("environment: publish");
    expect(publish.replace(/#.*$/gm, "")).not.toMatch(/cache|npm test|npm run/i);
    expect([...publish.matchAll(/npm (?:ci|install)(.*)$/gm)].every(([, rest = ""]) => rest.includes("--ignore-scripts"))).toBe(true);
  });

  test("pins every action by its commit, and says which version that is", () => {
    const uses = [...workflow.matchAll(/uses: (.*)$/gm)].map(([, action = ""]) => action);
    expect(uses.length).toBeGreaterThan(3);
    for (const action of uses) expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });
});

describe("types", () => {
  test("are written when they are others, and are the manifest's", async () => {
    using place = temporaryFolder();
    await made(place.path);
    expect(await writeContract(place.path)).toEqual({ path: "src/contract.gen.ts", changed: false });
    writeFileSync(join(place.path, "src/contract.gen.ts"), "old");
    expect(await writeContract(place.path, { dryRun: true })).toEqual({ path: "src/contract.gen.ts", changed: true });
    expect(read(place.path, "src/contract.gen.ts")).toBe("old");
    expect(await writeContract(place.path)).toEqual({ path: "src/contract.gen.ts", changed: true });
    writeFileSync(join(place.path, "extension.json"), "{}");
    expect(await laterRefusalOf(writeContract(place.path))).toBe("E_MANIFEST_SCHEMA");
  });

  test("follow the manifest until they are told to stop, and wait out one that is half written", async () => {
    using place = temporaryFolder();
    await made(place.path);
    const stop = new AbortController();
    const told: string[] = [];
    const waiting: (() => void)[] = [];
    const next = (count: number): Promise<void> => new Promise((resolve) => waiting.push(() => told.length >= count && resolve()));
    const watching = watchContract(
      place.path,
      (outcome) => {
        told.push(ClawError.is(outcome) ? outcome.code : `changed: ${outcome.changed}`);
        for (const wake of waiting) wake();
      },
      stop.signal,
    );
    await next(1);
    const manifest = read(place.path, "extension.json");
    writeFileSync(join(place.path, "extension.json"), manifest.slice(0, 100));
    await next(2);
    writeFileSync(join(place.path, "extension.json"), manifest.replaceAll("word_list", "word_count"));
    await next(3);
    stop.abort();
    await watching;
    expect(told).toEqual(["changed: false", "E_META_SYNTAX", "changed: true"]);
    expect(read(place.path, "src/contract.gen.ts")).toContain("word_count");
  });
});
