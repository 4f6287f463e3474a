import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  defineExtension,
  PermissionsService,
  Tools,
  Classifiers,
  type Asker,
  type Classifier,
  type LogEntry,
  type Question,
  type TurnEvent,
} from "@claw/kernel";
import { load, testKernel, type EmbeddedExtension, type TestKernel } from "@claw/testing";
import { describe, expect, test } from "vitest";
import { grantsFile } from "../../../extensions/permissions/src/grants.ts";
import extension from "../../../extensions/permissions/src/index.ts";
import { startOf } from "../../../extensions/permissions/src/permissions.ts";
import { noPolicy } from "../../../extensions/permissions/src/policy.ts";
import { createAnalyser } from "../../../extensions/shell-analysis/src/analyser.ts";
import analysis from "../../../extensions/shell-analysis/src/index.ts";

const manifest = JSON.parse(
  await readFile(join(import.meta.dirname, "../../../extensions/permissions/extension.json"), "utf8"),
) as EmbeddedExtension["manifest"];
const analysisManifest = JSON.parse(
  await readFile(join(import.meta.dirname, "../../../extensions/shell-analysis/extension.json"), "utf8"),
) as EmbeddedExtension["manifest"];
const shellAnalysis: EmbeddedExtension = { manifest: analysisManifest, extension: analysis as EmbeddedExtension["extension"] };
const permissions: EmbeddedExtension = { manifest, extension: extension as EmbeddedExtension["extension"] };

/** Tools that do nothing but say that they ran. */
const tools: EmbeddedExtension = {
  manifest: {
    name: "acme/tools",
    version: "1.0.0",
    engines: { claw: "^1.0.0" },
    main: "./dist/index.mjs",
    permissions: {},
    provides: {
      tool: {
        bash: {
          description: "Runs",
          effect: "execute",
          aliases: ["Bash"],
          input: { type: "object", properties: { command: { type: "string" }, cwd: { type: "string", format: "path" } } },
        },
        read_file: {
          description: "Reads",
          effect: "read",
          aliases: ["Read"],
          input: { type: "object", properties: { path: { type: "string", format: "path" } } },
        },
        write_file: {
          description: "Writes",
          effect: "write",
          aliases: ["Write"],
          input: { type: "object", properties: { path: { type: "string", format: "path" } } },
        },
      },
    },
  },
  extension: defineExtension((claw) => {
    for (const name of ["bash", "read_file", "write_file"]) claw.provide(Tools, name as never, (async () => `${name} ran`) as never);
  }),
};

const classifier = (name: string, verdicts: readonly string[], judge: Classifier): EmbeddedExtension => ({
  manifest: {
    name: `acme/${name}`,
    version: "1.0.0",
    engines: { claw: "^1.0.0" },
    main: "./dist/index.mjs",
    permissions: {},
    provides: { classifier: { [name]: { description: "Judges", verdicts } } },
  },
  extension: defineExtension((claw) => claw.provide(Classifiers, name as never, judge as never)),
});

const run = (command: string) => ({ calls: [{ name: "bash", input: { command } }] });
const answering = (id: string, asked: Question[] = []): Asker => ({ ask: async (question) => (asked.push(question), { id }) });

/** One turn; what was judged in it, in the order of the calls. */
async function judged(claw: TestKernel, session: string): Promise<readonly string[]> {
  const seen: TurnEvent[] = [];
  await claw.prompt(session, "go", undefined, seen);
  return seen
    .flatMap((event) => (event.type === "judged" ? [event] : []))
    .sort((one, other) => one.call.localeCompare(other.call))
    .map(({ verdict, opinions, answer }) => `${verdict}${answer === undefined ? "" : ` (${answer})`}: ${opinions.map(({ reason }) => reason).join("; ")}`);
}

const told = (entries: readonly LogEntry[]): readonly string[] =>
  entries.flatMap((entry) => (entry.type === "tool-result" ? entry.content.map((block) => (block.type === "text" ? block.text : block.type)) : []));

test("in prompt reads run and the rest is asked about; with nobody to ask it is denied, with the rule that would have allowed it", async () => {
  await using claw = await testKernel({
    extensions: [permissions, shellAnalysis, tools],
    files: { "a.txt": "x" },
    script: [
      {
        calls: [
          { name: "read_file", input: { path: "a.txt" } },
          { name: "write_file", input: { path: "a.txt" } },
          { name: "bash", input: { command: "ls -la" } },
          { name: "bash", input: { command: "npm test" } },
        ],
      },
      "done",
    ],
  });
  const session = await claw.open();
  expect(await judged(claw, session)).toEqual([
    "allow: mode is prompt",
    `deny: no rule allows file_edit(/${claw.cwd}/a.txt); current mode is prompt`,
    "allow: mode is prompt",
    "deny: no rule allows bash(npm test); current mode is prompt",
  ]);
});

test("in read-only a write is refused with the permission it requires", async () => {
  await using claw = await testKernel({
    extensions: [permissions, shellAnalysis, tools],
    config: { "claw/permissions": { defaultMode: "plan" } },
    asker: answering("allow-once"),
    script: [{ calls: [{ name: "write_file", input: { path: "a.txt" } }] }, "done"],
  });
  const session = await claw.open();
  expect(await judged(claw, session)).toEqual(["deny: write_file requires workspace-write permission or more; current mode is read-only"]);
  expect(told(claw.kernel.client.entries(session)).join()).toContain("requires workspace-write permission");
});

test("what is allowed for good is not asked about again, in this session or another, and can be read in a file", async () => {
  const asked: Question[] = [];
  await using claw = await testKernel({
    extensions: [permissions, shellAnalysis, tools],
    asker: answering("allow-always", asked),
    script: [run("npm test"), run("npm test"), run("npm install"), "done", run("npm test"), "done"],
  });
  const session = await claw.open();
  expect(await judged(claw, session)).toEqual([
    "allow (allow-always): no rule allows bash(npm test); current mode is prompt",
    "allow: allowed by rule bash(npm test)",
    "allow (allow-always): no rule allows bash(npm install) (it wants to reach registry.npmjs.org); current mode is prompt",
  ]);
  expect(await judged(claw, await claw.open())).toEqual(["allow: allowed by rule bash(npm test)"]);
  expect(asked.map(({ options }) => options.map(({ label }) => label))).toEqual([
    ["Allow once", "Always allow bash(npm test)", "Deny"],
    ["Allow once", "Always allow bash(npm install)", "Deny"],
  ]);
  const file = grantsFile(join(claw.host.folders.state, "grants"), claw.cwd);
  expect([JSON.parse(await readFile(file, "utf8")), (await stat(file)).mode & 0o777, (await stat(join(file, ".."))).mode & 0o777]).toEqual([
    { version: 1, workspace: claw.cwd, allow: ["bash(npm test)", "bash(npm install)"] },
    0o600,
    0o700,
  ]);
});

test("what is allowed once is asked about again", async () => {
  const asked: Question[] = [];
  await using claw = await testKernel({
    extensions: [permissions, shellAnalysis, tools],
    asker: answering("allow-once", asked),
    script: [run("npm test"), run("npm test"), "done"],
  });
  await judged(claw, await claw.open());
  expect([asked.length, await readdir(claw.host.folders.state)]).toEqual([2, expect.not.arrayContaining(["grants"]) as unknown]);
});

test("where no rule would help nothing is offered to be remembered", async () => {
  const asked: Question[] = [];
  await using claw = await testKernel({
    extensions: [permissions, shellAnalysis, tools],
    files: { ".env": "K=1" },
    asker: answering("allow-always", asked),
    script: [{ calls: [{ name: "read_file", input: { path: ".env" } }] }, "done"],
  });
  expect(await judged(claw, await claw.open())).toEqual(["deny (allow-always): .env may hold secrets"]);
  expect(asked.map(({ text, options }) => [text, options.map(({ id }) => id)])).toEqual([[".env may hold secrets", ["allow-once", "reject-once"]]]);
});

test("a real link out of the workspace is outside", async () => {
  const elsewhere = await mkdtemp(join(tmpdir(), "claw-elsewhere-"));
  try {
    await using claw = await testKernel({
      extensions: [permissions, shellAnalysis, tools],
      script: [{ calls: [{ name: "read_file", input: { path: "docs/x" } }] }, "done"],
    });
    await symlink(elsewhere, join(claw.cwd, "docs"));
    expect(await judged(claw, await claw.open())).toEqual([
      `deny: no rule allows read_file(/${elsewhere}/x) (${claw.cwd}/docs/x leads there); current mode is prompt`,
    ]);
  } finally {
    await rm(elsewhere, { recursive: true });
  }
});

describe("classifiers", () => {
  const answer =
    (decision: "allow" | "ask" | "deny"): Classifier =>
    async () => ({ decision, reason: `it says ${decision}` });

  test("one that may not allow is heard in every mode, and its deny holds", async () => {
    await using claw = await testKernel({
      extensions: [tools, classifier("guard", ["ask", "deny"], answer("deny")), shellAnalysis, permissions],
      config: { "claw/permissions": { defaultMode: "danger-full-access" } },
      script: [run("ls"), "done"],
    });
    expect(await judged(claw, await claw.open())).toEqual(["deny: denied by guard: it says deny"]);
  });

  test("its ask beats an allow rule, its allow is no opinion", async () => {
    await using claw = await testKernel({
      extensions: [tools, classifier("guard", ["ask"], answer("ask")), classifier("liar", ["deny"], answer("allow")), shellAnalysis, permissions],
      config: { "claw/permissions": { allow: ["Bash(npm test)"] } },
      script: [run("npm test"), "done"],
    });
    expect(await judged(claw, await claw.open())).toEqual(["deny: guard asks: it says ask"]);
  });

  test("one that may allow is heard in auto alone, and only about what is not harmless", async () => {
    const heard: unknown[] = [];
    const may = classifier("judge", ["allow", "ask", "deny"], async ({ input }) => (heard.push(input["command"]), { decision: "allow", reason: "it is fine" }));
    await using claw = await testKernel({
      extensions: [tools, may, shellAnalysis, permissions],
      config: { "claw/permissions": { defaultMode: "auto", trustClassifiers: ["acme/judge"] } },
      script: [run("npm test"), run("ls"), run("rm -rf build"), "done", run("npm test"), "done"],
    });
    const session = await claw.open();
    expect(await judged(claw, session)).toEqual(["allow: allowed by judge: it is fine", "allow: mode is auto", "deny: bash(rm -rf build) may destroy build"]);
    (await claw.kernel.service<{ setMode(session: string, mode: string): void }>("permissions")).setMode(session, "prompt");
    expect(await judged(claw, session)).toEqual(["deny: no rule allows bash(npm test); current mode is prompt"]);
    expect(heard).toEqual(["npm test"]);
  });

  test("one of another publisher that nobody trusts cannot allow, and can deny", async () => {
    const verdicts = ["allow", "ask", "deny"];
    const judging = (decision: "allow" | "deny") => ({
      extensions: [tools, classifier("judge", verdicts, answer(decision)), shellAnalysis, permissions],
      config: { "claw/permissions": { defaultMode: "auto" } },
      script: [run("npm test"), "done"],
    });
    await using allowing = await testKernel(judging("allow"));
    expect(await judged(allowing, await allowing.open())).toEqual(["deny: no rule allows bash(npm test) and no classifier judged it; current mode is auto"]);
    await using denying = await testKernel(judging("deny"));
    expect(await judged(denying, await denying.open())).toEqual(["deny: denied by judge: it says deny"]);
  });

  test.each([
    [
      "throws",
      async () => {
        throw new Error("no network");
      },
      "guard asks: it failed: no network",
    ],
    ["answers nonsense", (async () => ({ decision: "perhaps" })) as unknown as Classifier, "guard asks: it answered nonsense"],
    ["answers a string", (async () => "allow") as unknown as Classifier, "guard asks: it answered nonsense"],
  ] as const)("one that %s has asked", async (_what, judge, reason) => {
    await using claw = await testKernel({
      extensions: [tools, classifier("guard", ["ask", "deny"], judge as Classifier), shellAnalysis, permissions],
      config: { "claw/permissions": { defaultMode: "allow" } },
      script: [run("npm test"), "done"],
    });
    expect(await judged(claw, await claw.open())).toEqual([`deny: ${reason}`]);
  });
});

describe("the service", () => {
  test("begins in prompt, and says where each mode came from", async () => {
    await using claw = await load(extension, { services: { "shell-analysis": { analyser: async () => createAnalyser() } }, manifest });
    const service = claw.service(PermissionsService);
    const before = service.mode("s");
    service.setMode("s", "acceptEdits");
    expect([before, service.mode("s"), service.mode("other")]).toEqual([
      { mode: "prompt", source: "default" },
      { mode: "workspace-write", source: "session" },
      { mode: "prompt", source: "default" },
    ]);
    expect(() => service.setMode("s", "yolo")).toThrow(expect.objectContaining({ code: "PERMISSION_MODE_UNKNOWN" }));
    expect(service.mode("s").mode).toBe("workspace-write");
  });

  test("lists the rules in the order they are tried", async () => {
    await using claw = await load(extension, {
      services: { "shell-analysis": { analyser: async () => createAnalyser() } },
      manifest,
      config: { allow: ["Read", "Write(x)"], ask: ["Bash(git push:*)"], deny: ["Bash(rm:*)"] },
    });
    const source = "settings or flags";
    expect(claw.service(PermissionsService).rules("s")).toEqual([
      { rule: "Bash(rm:*)", decision: "deny", source },
      { rule: "Bash(git push:*)", decision: "ask", source },
      { rule: "Read", decision: "allow", source },
    ]);
  });

  test("does not start with a rule that is wrong or a mode that is not", async () => {
    await expect(
      load(extension, { services: { "shell-analysis": { analyser: async () => createAnalyser() } }, manifest, config: { deny: ["Bahs(rm:*)"] } }),
    ).rejects.toThrow(/there is no tool Bahs/);
    await expect(
      load(extension, { services: { "shell-analysis": { analyser: async () => createAnalyser() } }, manifest, config: { defaultMode: "readonly!" } }),
    ).rejects.toThrow(/unknown permission mode "readonly!"/);
  });

  test.each([
    [{ dangerouslySkipPermissions: false }, { mode: "prompt", source: "default" }],
    [
      { defaultMode: "plan", dangerouslySkipPermissions: false },
      { mode: "read-only", source: "settings or flags" },
    ],
    [{ dangerouslySkipPermissions: true }, { mode: "danger-full-access", source: "dangerously-skip-permissions" }],
    [
      { defaultMode: "bypassPermissions", dangerouslySkipPermissions: true },
      { mode: "danger-full-access", source: "dangerously-skip-permissions" },
    ],
  ] as const)("%j begins as %j", (config, start) => {
    expect(startOf(config, "settings or flags", noPolicy)).toEqual(start);
  });

  test("the dangerous flag and another mode contradict each other", () => {
    expect(() => startOf({ defaultMode: "plan", dangerouslySkipPermissions: true }, "settings", noPolicy)).toThrow(expect.objectContaining({ code: "USAGE" }));
  });
});

describe("the file of what is allowed for good", () => {
  const call = (cwd: string, command: string) => ({
    call: { id: "c", session: "s", cwd, roots: [cwd], tool: "bash", effect: "execute", input: { command }, paths: [] },
    opinions: [],
  });

  test.each([
    ["no JSON", "{"],
    ["another version", '{"version":2,"workspace":"WS","allow":[]}'],
    ["another workspace's", '{"version":1,"workspace":"/else","allow":["Bash"]}'],
    ["no list", '{"version":1,"workspace":"WS","allow":"Bash"}'],
    ["not of texts", '{"version":1,"workspace":"WS","allow":[1]}'],
    ["with a wrong rule", '{"version":1,"workspace":"WS","allow":["Bash(npm test)","Bahs"]}'],
    ["too long", `"${"x".repeat(1_100_000)}"`],
    ["a list", "[]"],
    ["nothing", ""],
  ])("is refused whole when it is %s: everything is asked about again, and it is left as it is", async (_what, text) => {
    await using claw = await load(extension, { services: { "shell-analysis": { analyser: async () => createAnalyser() } }, manifest });
    const file = grantsFile(join(claw.test.host.folders.state, "grants"), claw.cwd);
    await mkdir(join(file, ".."), { recursive: true });
    const content = text.replace("WS", claw.cwd);
    await writeFile(file, content);
    const event = call(claw.cwd, "npm test");
    expect(await claw.fire("PreToolUse", "decide", event)).toMatchObject({
      action: "ask",
      reason: "no rule allows bash(npm test); current mode is prompt",
      remember: "bash(npm test)",
    });
    await claw.fire("PreToolUse", "observe", { ...event, verdict: "allow", answer: "allow-always" });
    expect(await claw.fire("PreToolUse", "decide", event)).toMatchObject({ action: "allow", reason: "allowed by rule bash(npm test)" });
    expect(await readFile(file, "utf8")).toBe(content);
  });

  test("is read when claw starts, and what another claw added meanwhile is kept", async () => {
    await using claw = await load(extension, { services: { "shell-analysis": { analyser: async () => createAnalyser() } }, manifest });
    const file = grantsFile(join(claw.test.host.folders.state, "grants"), claw.cwd);
    await mkdir(join(file, ".."), { recursive: true });
    const write = (allow: readonly string[]) => writeFile(file, JSON.stringify({ version: 1, workspace: claw.cwd, allow }));
    await write(["bash(make)"]);
    expect(await claw.fire("PreToolUse", "decide", call(claw.cwd, "make"))).toMatchObject({ action: "allow", reason: "allowed by rule bash(make)" });
    await write(["bash(make)", "bash(make all)"]);
    const event = call(claw.cwd, "npm test");
    await claw.fire("PreToolUse", "decide", event);
    await claw.fire("PreToolUse", "observe", { ...event, verdict: "allow", answer: "allow-always" });
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual({ version: 1, workspace: claw.cwd, allow: ["bash(make)", "bash(make all)", "bash(npm test)"] });
    expect(
      claw
        .service(PermissionsService)
        .rules("s")
        .map(({ rule }) => rule),
    ).toEqual(["bash(make)", "bash(npm test)"]);
  });

  test("cannot be written: what was allowed holds until the end all the same", async () => {
    await using claw = await load(extension, { services: { "shell-analysis": { analyser: async () => createAnalyser() } }, manifest });
    await writeFile(join(claw.test.host.folders.state, "grants"), "a file where the folder should be");
    const event = call(claw.cwd, "npm test");
    await claw.fire("PreToolUse", "decide", event);
    await claw.fire("PreToolUse", "observe", { ...event, verdict: "allow", answer: "allow-always" });
    expect(await claw.fire("PreToolUse", "decide", event)).toMatchObject({ action: "allow", reason: "allowed by rule bash(npm test)" });
  });

  test("a deny, an answer for once and an offer nobody made remember nothing", async () => {
    await using claw = await load(extension, { services: { "shell-analysis": { analyser: async () => createAnalyser() } }, manifest });
    const event = call(claw.cwd, "npm test");
    for (const seen of [{ verdict: "deny", answer: "allow-always" }, { verdict: "allow", answer: "allow-once" }, { verdict: "allow" }]) {
      await claw.fire("PreToolUse", "decide", event);
      await claw.fire("PreToolUse", "observe", { ...event, ...seen });
    }
    await claw.fire("PreToolUse", "observe", { ...event, verdict: "allow", answer: "allow-always" });
    expect(claw.service(PermissionsService).rules("s")).toEqual([]);
  });
});
