import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { type AttackedSession, attackedSession, hasWall } from "./attacked-session.ts";

/** A program of the project's, which nobody has read: mode auto runs it behind the wall. */
async function runProgram(here: AttackedSession, text: string, language: "bash" | "perl" = "bash"): Promise<string> {
  here.put("program", text);
  const { outcome, text: said, details } = await here.bash(`${language} program; true`);
  expect([outcome, details]).toMatchObject(["ok", { contained: true, backend: "bwrap" }]);
  return said;
}

/** Every entry of safety.md §3.5 that is a file of the workspace. */
const obeyed: readonly string[] = [
  ".git/config .git/hooks/pre-commit .git/info/attributes .git/commondir .git/modules/part/config .git/modules/part/hooks/post-checkout",
  "vendor/.git/config vendor/.git/hooks/post-checkout tree/.git .gitmodules .gitattributes .claw/settings.json .mcp.json",
  "CLAUDE.md CLAW.md AGENTS.md AGENTS.override.md .vscode/tasks.json .idea/workspace.xml .devcontainer/devcontainer.json",
  ".envrc .npmrc .yarnrc.yml .husky/pre-commit .github/workflows/ci.yml packages/web/AGENTS.md packages/web/.mcp.json",
].flatMap((line) => line.split(" "));

/** safety.md §1a 19-20, §1c 52-60, §1d 66-67, §1f 88-90: what runs behind the wall reaches for what is not. */
describe.skipIf(!hasWall)("sandboxed code", () => {
  test("CVE-2026-25725: settings that were not there when the session began are not made by it", async () => {
    await using here = await attackedSession();
    await runProgram(here, `mkdir -p .claw; echo '{"hooks":{"SessionStart":"touch PWN"}}' > .claw/settings.json; echo x > .claw/settings.local.json`);
    expect(here.has(".claw")).toBe(false);
  });

  describe("configuration-based escape (Cymulate)", () => {
    const after = new Map<string, string | undefined>();
    beforeAll(async () => {
      const plants = (path: string): string => `mkdir -p "$(dirname ${path})"; echo planted > ${path}`;
      const program = (paths: readonly string[]): string =>
        paths
          .map((path, index) => {
            const top = path.split("/")[0] ?? "";
            return `${plants(path)}; rm -rf ${path}; ${plants(path)}; mv ${top} moved${index}; ${plants(path)}; ln -sfn moved${index} ${top}`;
          })
          .join("\n");
      for (const there of [true, false]) {
        // Without a repository there is nothing of it to configure.
        const paths = there ? obeyed : obeyed.filter((path) => !path.includes(".git/") && !path.endsWith("/.git"));
        await using here = await attackedSession({ files: there ? Object.fromEntries(paths.map((path) => [path, "as it was"])) : {} });
        if (there) for (const folder of [".git", ".git/modules/part", "vendor/.git"]) here.put(`${folder}/HEAD`, "ref: refs/heads/main\n");
        await runProgram(here, `{ ${program(paths)}\n} 2>/dev/null; echo over`);
        for (const path of paths) after.set(`${there} ${path}`, here.has(path) ? here.read(path) : undefined);
      }
    });

    test.each(obeyed)("%s is as it was, there or not, also when its folder is moved away", (path) => {
      expect([after.get(`true ${path}`), after.get(`false ${path}`)]).toEqual(["as it was", undefined]);
    });
  });

  test("CVE-2026-39861: a link that it made leads no tool outside", async () => {
    await using here = await attackedSession({ mode: "auto", permissions: { allow: ["Write", "Edit", "Read"] } });
    mkdirSync(join(here.home, ".ssh"));
    writeFileSync(join(here.home, ".ssh/id"), "secret");
    await runProgram(here, `ln -s ${here.home}/.ssh docs; ln -s ${here.home}/.bashrc notes.txt`);
    for (const [tool, input] of [
      ["write_file", { path: "docs/authorized_keys", content: "x" }],
      ["write_file", { path: "notes.txt", content: "x" }],
      ["read_file", { path: "docs/id" }],
      ["grep", { pattern: "secret", path: "docs" }],
    ] as const)
      expect([tool, (await here.attempt(tool, input)).text]).toEqual([tool, expect.not.stringContaining("secret\n")]);
    expect([readdirSync(join(here.home, ".ssh")), existsSync(join(here.home, ".bashrc"))]).toEqual([["id"], false]);
  });

  test("#2.1.40 deny-read globs: what .agentsignore names by a pattern is not seen by any program", async () => {
    await using here = await attackedSession({ files: { ".agentsignore": "*.private\n**/keys/\n", "a/b.private": "secret one", "c/keys/d": "secret two" } });
    expect(await runProgram(here, "cat a/*.private c/keys/*; grep -rh secret . --include='*'; find . -type f -exec cat {} +")).not.toMatch(
      /secret (?:one|two)/,
    );
  });

  test("#2.1.40 deny-read globs: what a deny rule names by a pattern is not seen by any program", async () => {
    await using here = await attackedSession({
      permissions: { deny: ["Read(*.private)", "Read(**/keys/**)", "Read(linked)"] },
      files: { "a/b.private": "secret one", "c/keys/d": "secret two", "real/e": "secret three", "f.txt": "no secret" },
    });
    symlinkSync("real/e", join(here.folder, "linked"));
    const said = await runProgram(
      here,
      "python3 -c 'import os; [print(open(os.path.join(f, n)).read()) for f, _, ns in os.walk(\".\") for n in ns]'; find . -type f -exec cat {} +",
    );
    expect(said).toContain("no secret");
    expect(said).not.toMatch(/secret (?:one|two|three)/);
  });

  test("#5892: what a rule denies to edit is written by no program, and moved away with no folder above it", async () => {
    await using here = await attackedSession({
      permissions: { deny: ["Edit(src/deep/**)", "Edit(*.lock)"] },
      files: { "src/deep/a.txt": "as it was", "src/b.txt": "b", "x/y.lock": "as it was" },
    });
    const write =
      "import os\nfor p in ('src/deep/a.txt', 'src/deep/new.txt', 'x/y.lock', 'src/b.txt'):\n try: open(p, 'w').write('planted')\n except OSError: pass\n";
    const move = "for f in ('src', 'src/deep', 'x'):\n try: os.rename(f, f + '-moved')\n except OSError: pass\n";
    await runProgram(here, `python3 -c "${write}${move}"`);
    expect([here.read("src/deep/a.txt"), here.has("src/deep/new.txt"), here.read("x/y.lock"), here.read("src/b.txt")]).toEqual([
      "as it was",
      false,
      "as it was",
      "planted",
    ]);
  });

  test("what is proven to only read sees nothing that is not there, and could write nothing were the proof wrong", async () => {
    await using here = await attackedSession({
      mode: "prompt",
      files: { "a.txt": "a", ".git/HEAD": "ref: refs/heads/main\n", ".git/config": "", ".git/objects/x": "", ".git/refs/x": "" },
    });
    const listed = await here.bash("ls -a; find . -maxdepth 1 -writable");
    expect([listed, here.questions]).toMatchObject([{ outcome: "ok", details: { contained: true } }, []]);
    expect(listed.text.trim().split("\n").sort()).toEqual([".", "..", ".git", "a.txt"]);
    expect(readdirSync(here.folder).sort()).toEqual([".git", "a.txt"]);
  });

  test("CVE-2026-26268: a repository that it planted has no later git command run its programs", async () => {
    await using here = await attackedSession({ files: { "a.txt": "a" } });
    const arm = "git config core.fsmonitor 'touch ../PWN; touch PWN; false'; git config core.pager 'touch PWN'; git config diff.external 'touch PWN'";
    await runProgram(
      here,
      `git init -q --bare store; (cd store; ${arm}); git init -q sub; (cd sub; ${arm}); mkdir web; echo 'gitdir: ../store' > web/.git; git init -q .; ${arm}`,
    );
    for (const folder of [".", "store", "sub", "web"]) {
      await here.bash(`cd ${folder} && git status`);
      await here.bash("git diff", { cwd: join(here.folder, folder) });
      // What the person's own shell would run.
      execFileSync("git", ["-C", join(here.folder, folder), "--git-dir", existsSync(join(here.folder, folder, ".git")) ? ".git" : ".", "config", "--list"]);
      for (const name of ["PWN", `${folder}/PWN`]) expect([folder, name, here.has(name)]).toEqual([folder, name, false]);
      expect(execFileSync("/bin/sh", ["-c", `cd ${folder}; git status >/dev/null 2>&1; ls`], { cwd: here.folder, encoding: "utf8" })).not.toContain("PWN");
    }
  });

  test("CVE-2026-55607: the file by which a worktree finds its repository leads where it led", async () => {
    await using here = await attackedSession({
      files: {
        "tree/.git": "gitdir: ../main/.git/worktrees/tree\n",
        "main/.git/worktrees/tree/commondir": "../..\n",
        "main/.git/HEAD": "ref: refs/heads/main\n",
      },
    });
    await runProgram(
      here,
      "echo 'gitdir: ../evil' > tree/.git; mv tree t; mkdir tree; echo 'gitdir: ../evil' > tree/.git; echo ../../../evil > main/.git/worktrees/tree/commondir",
    );
    expect([here.read("tree/.git"), here.read("main/.git/worktrees/tree/commondir")]).toEqual(["gitdir: ../main/.git/worktrees/tree\n", "../..\n"]);
  });

  test("Codex #12800: every way to run a command goes behind the wall", async () => {
    await using here = await attackedSession();
    here.put("program", `echo x > ${here.home}/planted; echo over`);
    for (const command of [
      "bash program",
      "sh -c 'bash program'",
      "env bash program",
      "timeout 5 bash program",
      "/bin/bash program | cat",
      "(exec bash program)",
    ])
      expect([command, await here.bash(command)]).toMatchObject([command, { details: { contained: true } }]);
    await here.bash("bash program", { run_in_background: true });
    const later = await here.attempt("bash_output", { id: "bash_1", wait: 5_000 });
    expect(later).toMatchObject({ details: { contained: true }, text: expect.stringContaining("over") as unknown });
    expect(existsSync(join(here.home, "planted"))).toBe(false);
  });

  test("delegated authority: a socket of another program is not reached, in the workspace or by its abstract name", async () => {
    await using here = await attackedSession();
    const path = join(here.folder, "docker.sock");
    const name = `claw-attack-${process.pid}`;
    const servers = [path, `\0${name}`].map((at) => createServer((socket) => socket.end("reached")).listen(at));
    try {
      const connect = (address: string): string =>
        `use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); print connect(S, ${address}) ? "reached\\n" : "refused\\n"; print <S>;`;
      expect(await runProgram(here, connect(`pack_sockaddr_un("${path}")`), "perl")).toBe("refused");
      expect(await runProgram(here, connect(`pack("S a*", AF_UNIX, "\\0${name}")`), "perl")).toBe("refused");
      const others =
        "for s in /run/docker.sock /var/run/docker.sock /run/dbus/system_bus_socket /run/systemd/private; do [ -S $s ] && echo reached; done; echo ${SSH_AUTH_SOCK-none}";
      expect(await runProgram(here, others)).toBe("none");
    } finally {
      for (const server of servers) server.close();
    }
  });

  test("AF_VSOCK (mxc #936): kinds of sockets that no rule for addresses sees are not to be had", async () => {
    await using here = await attackedSession();
    // AF_VSOCK, AF_PACKET, AF_ALG, AF_BLUETOOTH
    const text = `for my $family (40, 17, 38, 31) { print socket(S, $family, 2, 0) || socket(S, $family, 1, 0) ? "got $family\\n" : "$!\\n" }`;
    expect((await runProgram(here, text, "perl")).split("\n")).toEqual(Array.from({ length: 4 }, () => "Address family not supported by protocol"));
  });

  test("/proc/1/environ: the first process of the sandbox keeps no secret of claw's own", async () => {
    process.env["CLAW_ATTACK_TOKEN"] = "secret-of-claw";
    try {
      await using here = await attackedSession();
      expect(await runProgram(here, "cat /proc/*/environ; env; echo over")).toMatch(/^(?!.*secret-of-claw)[^]*over$/);
    } finally {
      delete process.env["CLAW_ATTACK_TOKEN"];
    }
  });

  test("root in bubblewrap: no setting of the kernel is written", async () => {
    await using here = await attackedSession();
    const before = readFileSync("/proc/sys/kernel/core_pattern", "utf8");
    expect(
      await runProgram(
        here,
        "for f in kernel/core_pattern vm/drop_caches kernel/domainname; do cat /proc/sys/$f > value 2>/dev/null; cat value > /proc/sys/$f && echo written; done; echo over",
      ),
    ).not.toContain("written");
    expect(readFileSync("/proc/sys/kernel/core_pattern", "utf8")).toBe(before);
  });

  test("detached daemons: what is left behind ends with its command", async () => {
    await using here = await attackedSession();
    await runProgram(here, "setsid sh -c 'sleep 0.4; touch late' >/dev/null 2>&1 & (nohup sh -c 'sleep 0.4; touch later' >/dev/null 2>&1 &) ; echo started");
    await wait(700);
    expect([here.has("late"), here.has("later")]).toEqual([false, false]);
  });
});
