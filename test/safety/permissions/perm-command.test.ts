import { link, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EmbeddedExtension, Manifest } from "@claw/kernel/host";
import { type Loaded, load } from "@claw/testing";
import { afterEach, describe, expect, test } from "vitest";
import { catalogueOf } from "../../../cli/src/layers.ts";
import { mergeSettings } from "../../../cli/src/merge.ts";
import { settingsService } from "../../../cli/src/settings-service.ts";
import extension from "../../../extensions/permissions/src/index.ts";
import { createAnalyser } from "../../../extensions/shell-analysis/src/analyser.ts";
import { createWorkspace } from "../../../extensions/workspace/src/workspace.ts";

const manifest = JSON.parse(
  await readFile(join(import.meta.dirname, "../../../extensions/permissions/extension.json"), "utf8"),
) as EmbeddedExtension["manifest"];
const catalogue = catalogueOf([manifest as Manifest]);
const settingsHere = settingsService(mergeSettings([], catalogue), catalogue, { file: "none", rules: {} });
const analyser = createAnalyser();
let claw: Loaded | undefined;
afterEach(() => claw?.[Symbol.asyncDispose]());

const opened = async (config: Readonly<Record<string, unknown>> = {}): Promise<Loaded> => {
  const services = { "shell-analysis": { analyser: async () => analyser }, workspace: createWorkspace(undefined), settings: settingsHere };
  claw = await load(extension, { manifest, config, services });
  return claw;
};
const lines = (...values: readonly unknown[]): string => values.map((value) => (typeof value === "string" ? value : JSON.stringify(value))).join("\n");
const bash = (command: string, more: object = {}) => ({ tool: "bash", input: { command }, ...more });

describe("claw perm test", () => {
  test("says what would be decided of one command, and exits with 0 or 5", async () => {
    const { command } = await opened({ allow: ["Bash(npm test)"], deny: ["Bash(rm:*)"] });
    const said = await Promise.all(["ls", "npm test", "make", "rm x"].map((text) => command("perm", ["test", text])));
    expect(said.map(({ code }) => code)).toEqual([0, 0, 5, 5]);
    expect(said.map(({ shown }) => (shown[0]?.type === "code" ? shown[0].text.split("\n")[0] : undefined))).toEqual([
      "allow: mode is prompt",
      "allow: allowed by rule Bash(npm test)",
      "ask: no rule allows bash(make); current mode is prompt",
      "deny: denied by rule Bash(rm:*)",
    ]);
  });

  test("as JSON, with its class, its rule and what it touches", async () => {
    const { command } = await opened({ deny: ["Bash(cp:*)"] });
    const { code, emitted } = await command("perm", ["test", "--json", "cp", "/etc/hosts", "/etc/x"]);
    expect([code, emitted]).toEqual([
      5,
      [expect.objectContaining({ verdict: "deny", class: "outside-write", rule: "Bash(cp:*)", writes: ["/etc/x"], hosts: [] }) as unknown],
    ]);
  });

  test("under another mode and another policy", async () => {
    const { command, cwd } = await opened();
    const policy = join(cwd, "policy.json");
    await writeFile(policy, JSON.stringify({ permissions: { deny: ["Bash(make:*)"], modes: ["prompt", "allow"] } }));
    expect((await command("perm", ["test", "--mode", "allow", "make"])).code).toBe(0);
    expect((await command("perm", ["test", "--mode", "allow", "--policy", policy, "make"])).code).toBe(5);
    await expect(command("perm", ["test", "--mode", "auto", "--policy", policy, "make"])).rejects.toThrow(
      expect.objectContaining({ code: "PERMISSION_MODE_FORBIDDEN" }),
    );
    // Without a word on the mode, the one that a session under that policy would begin in, and never one it does not have.
    await writeFile(policy, JSON.stringify({ permissions: { modes: ["read-only"] } }));
    expect((await command("perm", ["test", "--json", "--policy", policy, "make"])).emitted).toMatchObject([{ verdict: "deny" }]);
    const { command: chosen } = await opened({ defaultMode: "allow" });
    await expect(chosen("perm", ["test", "--policy", policy, "make"])).rejects.toThrow(/does not allow the permission mode allow/);
    await writeFile(policy, JSON.stringify({ permissions: { modes: [] } }));
    await expect(chosen("perm", ["test", "--policy", policy, "make"])).rejects.toThrow(/policy\.json is not valid: permissions\.modes: /);
    await writeFile(policy, JSON.stringify({ permissions: { allow: ["Bash"] } }));
    await expect(command("perm", ["test", "--policy", policy, "make"])).rejects.toThrow(/policy\.json is not valid: permissions\.allow: is unknown/);
  });

  test("of JSON lines, one answer for each in their order, and 0 if all could be read", async () => {
    const { command, cwd } = await opened();
    await mkdir(join(cwd, "sub"));
    const input = lines(
      bash("ls"),
      bash("make", { settings: { permissions: { allow: ["Bash(make)"] } } }),
      bash("make", { mode: "plan" }),
      bash("cat ../x", { workspace: "sub" }),
      { tool: "Read", input: { path: ".env" } },
      { tool: "WebFetch", input: { url: "https://x.com/a" } },
    );
    const { code, emitted } = await command("perm", ["test", "--json"], { input });
    expect(code).toBe(0);
    expect(emitted.map((one) => (one as { verdict: string }).verdict)).toEqual(["allow", "allow", "deny", "ask", "ask", "ask"]);
    expect(emitted.at(-1)).toMatchObject({ class: "network", hosts: ["x.com"] });
  });

  test("a line that cannot be read is answered with its mistake, the next one counts, and it exits with 2", async () => {
    const { command } = await opened();
    const wrong = ["", "{", "7", { tool: "bash" }, bash("ls", { mode: "yolo" }), bash("ls", { settings: { allow: ["Bahs"] } })];
    const { code, emitted } = await command("perm", ["test", "--json"], { input: lines(...wrong, bash("ls")) });
    expect(code).toBe(2);
    expect(emitted.map((one) => (one as { error?: { code: string } }).error?.code)).toEqual([
      "USAGE",
      "USAGE",
      "USAGE",
      "USAGE",
      "PERMISSION_MODE_UNKNOWN",
      "PERMISSION_RULE_INVALID",
      undefined,
    ]);
    expect(emitted.at(-1)).toMatchObject({ verdict: "allow" });
    // Whoever reads only the answer's own words finds them in every line.
    for (const one of emitted) expect(Object.keys(one)).toEqual(expect.arrayContaining(["verdict", "class", "rule", "why", "reads", "writes", "hosts"]));
    expect(emitted[0]).toMatchObject({ verdict: "deny", class: "unknown", why: ["the line is empty"] });
  });

  test("the line's own settings say the mode as well, and a mode of the line or the command line counts before theirs", async () => {
    const { command } = await opened();
    const settings = { permissions: { defaultMode: "acceptEdits" } };
    const write = { tool: "Write", input: { file_path: "a.txt" }, settings };
    const verdicts = async (...argv: readonly string[]) =>
      (await command("perm", ["test", "--json", ...argv], { input: lines(write, { ...write, mode: "prompt" }) })).emitted.map(
        (one) => (one as { verdict: string }).verdict,
      );
    expect([await verdicts(), await verdicts("--mode", "plan")]).toEqual([
      ["allow", "ask"],
      ["deny", "ask"],
    ]);
  });

  test("a file tool's write is of the class of where it leads, and why it is asked about is said of the file itself", async () => {
    const { command, cwd } = await opened();
    await writeFile(join(cwd, ".env"), "KEY=1");
    await writeFile(join(cwd, ".agentsignore"), "*.priv\n!pub.priv\n");
    await link(join(cwd, ".env"), join(cwd, "hard"));
    await symlink("/etc", join(cwd, "out"));
    const ask = (tool: string, file_path: string) => ({ tool, input: { file_path } });
    const input = lines(
      ...["a.txt", "/etc/x", "out/x", "../x", `${cwd}-evil/x`].map((path) => ask("Write", path)),
      ...[".env", "hard", "a.priv", "pub.priv"].map((path) => ask("Read", path)),
    );
    const { emitted } = await command("perm", ["test", "--json"], { input });
    const said = emitted as readonly { readonly class: string; readonly why: readonly string[] }[];
    expect(said.slice(0, 5).map((one) => one.class)).toEqual(["workspace-write", "outside-write", "outside-write", "outside-write", "outside-write"]);
    expect(said.slice(5).map(({ why }) => why[0])).toEqual([
      ".env may hold secrets",
      "hard is another name of a file that holds credentials",
      "a.priv is kept from the model: .agentsignore names it",
      "mode is prompt",
    ]);
  });

  test("a workspace that is not there is taken for an empty folder, and one that is a file for a mistake", async () => {
    const { command, cwd } = await opened();
    await writeFile(join(cwd, "file"), "x");
    const workspace = "not/there";
    const input = lines(
      bash("ls -la && cat src/a.ts && git status", { workspace }),
      bash("cat ../../x", { workspace }),
      bash("cat .env", { workspace }),
      { tool: "Read", input: { file_path: "src/a.ts" }, workspace },
      { tool: "Write", input: { file_path: "src/a.ts" }, workspace, mode: "acceptEdits" },
      { tool: "Write", input: { file_path: ".git/hooks/pre-commit" }, workspace, mode: "acceptEdits" },
      { tool: "Read", input: { file_path: "/etc/hostname" }, workspace },
      bash("ls", { workspace: "file" }),
    );
    const { emitted } = await command("perm", ["test", "--json"], { input });
    expect(emitted.map((one) => (one as { verdict: string }).verdict)).toEqual(["allow", "ask", "ask", "allow", "allow", "ask", "ask", "deny"]);
    expect(emitted.at(-1)).toMatchObject({ why: ['"workspace" is no folder'] });
  });

  test("two thousand lines are answered one by one, in their order", async () => {
    const { command } = await opened({ allow: ["Bash(npm test)"] });
    const input = lines(...Array.from({ length: 2_000 }, (_, index) => bash(index % 2 === 0 ? `ls -la f${index}` : `make t${index}`)));
    const { code, emitted } = await command("perm", ["test", "--json"], { input });
    expect([code, emitted.length, emitted.every((one, index) => (one as { verdict: string }).verdict === (index % 2 === 0 ? "allow" : "ask"))]).toEqual([
      0,
      2_000,
      true,
    ]);
  });

  test.each([
    [[], "needs a verb"],
    [["tset"], 'no verb "tset"'],
    [["test"], "needs a command"],
    [["lint", "x"], "too much"],
    [["lint", "--mode", "auto"], "takes no --mode"],
    [["test", "--modee", "x", "ls"], "Unknown option"],
  ])("%j is a mistake", async (argv, message) => {
    const { command } = await opened();
    await expect(command("perm", argv)).rejects.toThrow(expect.objectContaining({ code: "USAGE", message: expect.stringContaining(message) as unknown }));
  });
});

describe("claw perm lint", () => {
  test("finds nothing to say, or exits with 1; that a rule is wide is no mistake", async () => {
    const { command } = await opened({ allow: ["Bash(npm test)"] });
    expect(await command("perm", ["lint"])).toMatchObject({ code: 0, shown: [{ type: "status" }] });
    const policy = join(claw?.cwd ?? "", "policy.json");
    await writeFile(policy, JSON.stringify({ permissions: { deny: ["Bash(npm:*)"] } }));
    const { code, emitted } = await command("perm", ["lint", "--policy", policy, "--json"]);
    const text = expect.stringContaining(`${policy}:1`) as unknown;
    expect([code, emitted]).toEqual([1, [expect.objectContaining({ type: "finding", code: "shadowed", rule: "Bash(npm test)", text }) as unknown]]);
  });

  test("a wide rule alone is told and exits with 0", async () => {
    const { command } = await opened({ allow: ["Bash(python3:*)"] });
    expect(await command("perm", ["lint", "--json"])).toMatchObject({ code: 0, emitted: [{ code: "wide" }] });
  });
});
