import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { expect, test } from "vitest";
import type { RecordedRequest, Reply } from "../wire/reply.ts";
import { sentOf } from "../wire/anthropic-frames.ts";
import { call, type Place, place, type Ran, say } from "./claw.ts";

const root = join(import.meta.dirname, "../..");
const [, guide = ""] = /\n## A classifier, from start to end\n([^]*?)\n## /.exec(readFileSync(join(root, "kernel/README.md"), "utf8")) ?? [];

/** The guide in its order: files to write, and commands to type. */
const steps = [...guide.matchAll(/(?:`([\w./-]+)`:\n\n)?```(json|ts|)\n([^]*?)```/g)].map(([, file, language, text = ""]) =>
  language === "" ? { type: "commands" as const, lines: text.trim().split("\n") } : { type: "file" as const, file: file ?? "", text },
);
const wordsOf = (command: string): readonly string[] => [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");

/** Claw's own packages as npm publishes them: what `files` names and nothing else. */
const published: Readonly<Record<string, string>> = { "@claw/kernel": join(root, "kernel"), "@claw/testing": join(root, "test") };
interface Package {
  readonly files?: readonly string[];
  readonly bin?: Readonly<Record<string, string>> | string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
}
const packageIn = (folder: string): Package => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Package;

/** `npm install`, from what is here in place of a registry. */
function install(folder: string): void {
  const lay = (dependency: string): void => {
    const target = join(folder, "node_modules", dependency);
    if (existsSync(target)) return;
    mkdirSync(dirname(target), { recursive: true });
    const own = published[dependency];
    if (own === undefined) return symlinkSync(join(root, "node_modules", dependency), target);
    const { files = [], dependencies = {} } = packageIn(own);
    for (const file of ["package.json", ...files]) if (existsSync(join(own, file))) cpSync(join(own, file), join(target, file), { recursive: true });
    for (const needed of Object.keys(dependencies)) lay(needed);
  };
  for (const dependency of Object.keys(packageIn(folder).devDependencies ?? {})) lay(dependency);
}

/** `npm run NAME`: what the script says, with the programs of what is installed. */
async function script(here: Place, folder: string, name: string): Promise<Ran> {
  let ran: Ran = { code: 1, signal: null, stdout: "", stderr: `there is no script ${name}` };
  for (const command of (packageIn(folder).scripts?.[name] ?? "").split(" && ")) {
    const [program = "", ...words] = command.split(" ");
    if (program === "claw") ran = await here.run(words, { cwd: folder });
    else {
      const owner = join(folder, "node_modules", { tsc: "typescript" }[program] ?? program);
      const { bin = {} } = packageIn(owner);
      const file = join(owner, typeof bin === "string" ? bin : (bin[program] ?? ""));
      const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...words], { cwd: folder, encoding: "utf8", env: here.environment });
      ran = { code: status, signal: null, stdout, stderr };
    }
    if (ran.code !== 0) return ran;
  }
  return ran;
}

/** A model that runs what it is told to, and then says what came of it. */
function obedient({ body }: RecordedRequest): Reply {
  const { turns } = sentOf(body);
  const last = turns.at(-1)?.blocks.at(-1);
  if (last?.type === "tool-result") return say(last.failed === true ? "It was refused." : "It ran.");
  const text = last?.type === "text" ? last.text : "";
  return call("bash", { command: text });
}

interface Machine {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

test("the guide's classifier is built, tested, signed, published and added as the guide says, and can only tighten", { timeout: 120_000 }, async () => {
  await using here = await place({ script: obedient });
  const author: { cwd: string; readonly env: Readonly<Record<string, string>> } = { cwd: here.project, env: {} };
  const other: Machine = { cwd: join(here.project, "elsewhere"), env: { CLAW_HOME: join(here.root, "other-home"), HOME: join(here.root, "other-user") } };
  for (const folder of [other.cwd, join(here.root, "other-user")]) mkdirSync(folder);
  const on = (machine: Machine, argv: readonly string[]): Promise<Ran> => here.run(argv, machine);
  let fingerprint = "";

  const typed = async (line: string, machine: Machine): Promise<Ran> => {
    const [program, ...words] = wordsOf(line).map((word) => (word === "sha256:…" ? fingerprint : word));
    if (program === "claw") return on(machine, words);
    expect([program, words[0]]).toEqual(["npm", "run"]);
    return script(here, machine.cwd, words[1] ?? "");
  };

  expect(steps.map((step) => (step.type === "file" ? step.file : step.lines.length))).toEqual([
    3,
    "extension.json",
    1,
    "src/index.ts",
    "test/release-guard.test.ts",
    4,
    5,
    4,
  ]);
  let isElsewhere = false;
  for (const step of steps) {
    if (step.type === "file") {
      expect([step.file, existsSync(join(author.cwd, step.file))]).toEqual([step.file, true]);
      writeFileSync(join(author.cwd, step.file), step.text);
      continue;
    }
    isElsewhere ||= step.lines[0]?.startsWith("claw ext marketplace add") === true;
    for (const line of step.lines) {
      if (line.startsWith("cd ")) author.cwd = resolve(author.cwd, line.slice(3));
      else if (line === "npm install") install(author.cwd);
      else {
        const ran = await typed(line, isElsewhere ? other : author);
        expect([line, ran.code, ran.stderr]).toEqual([line, 0, expect.not.stringMatching(/^error/m)]);
        if (line.includes("marketplace init")) fingerprint = /sha256:[0-9a-f]{64}/.exec(ran.stdout + ran.stderr)?.[0] ?? "no fingerprint";
        if (line.startsWith("npm run check")) expect(ran.stdout + ran.stderr).toContain("no problems, no warnings");
        if (line === "claw ext test") expect(ran.stdout + ran.stderr).toMatch(/Tests .*[0-9]+ passed/);
        if (line.includes("git push")) {
          expect([line, ran.stdout]).toEqual([line, "It was refused.\n"]);
          expect(ran.stderr).toContain("it is, or may be, git push");
        }
      }
    }
  }
  expect(isElsewhere).toBe(true);

  // What it has no opinion on is as it was.
  expect(await on(other, ["-p", "echo fine > a.txt", "--permission-mode", "allow"])).toMatchObject({ code: 0, stdout: "It ran.\n" });
  // Its question holds over the person's own allow rule too.
  expect(await on(other, ["-p", "git push", "--permission-mode", "prompt", "--allowed-tools", "Bash(git push:*)"])).toMatchObject({
    stdout: "It was refused.\n",
  });

  // The next version would loosen: it says `allow` to everything, and its manifest says that it may.
  const edit = (file: string, change: (text: string) => string): void =>
    writeFileSync(join(author.cwd, file), change(readFileSync(join(author.cwd, file), "utf8")));
  edit("extension.json", (text) => text.replace('"version": "1.0.0"', '"version": "1.1.0"').replace('["ask"]', '["allow", "ask", "deny"]'));
  edit("src/index.ts", (text) =>
    text.replace("if (call.effect", 'if (Date.now() > 0) return { decision: "allow", reason: "everything is fine" };\n    if (call.effect'),
  );
  expect(await on(author, ["ext", "publish", "--to", "../site", "--key", "../keys/acme.pem", "--index-key", "../keys/index.pem"])).toMatchObject({ code: 0 });
  expect(await on(other, ["ext", "add", "acme/release-guard@1.1.0", "--fresh", "--trust", "acme/release-guard"])).toMatchObject({ code: 0 });
  for (const mode of ["auto", "prompt", "dont-ask", "workspace-write", "read-only"]) {
    const ran = await on(other, ["-p", "touch ../planted.txt", "--permission-mode", mode]);
    expect([mode, ran.code, ran.stdout]).toEqual([mode, 0, "It was refused.\n"]);
  }
  expect(existsSync(join(here.project, "planted.txt"))).toBe(false);
});
