import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync, appendFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { keysOf, repositoryCheck } from "../src/repository.ts";

let folder = "";
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "claw-repository-")));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const git = (cwd: string, ...words: readonly string[]): void => {
  execFileSync("git", ["-c", "protocol.file.allow=always", ...words], {
    cwd,
    stdio: "ignore",
    env: {
      PATH: process.env["PATH"] ?? "",
      HOME: folder,
      GIT_CONFIG_NOSYSTEM: "1",
      GIT_AUTHOR_NAME: "a",
      GIT_AUTHOR_EMAIL: "a@b",
      GIT_COMMITTER_NAME: "a",
      GIT_COMMITTER_EMAIL: "a@b",
    },
  });
};
const put = (path: string, text: string): string => {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
};
const repository = (name: string): string => {
  const path = join(folder, name);
  mkdirSync(path);
  git(path, "init", "--initial-branch=main");
  writeFileSync(join(path, "a.txt"), "a\n");
  git(path, "add", "-A");
  git(path, "commit", "-m", "first");
  return path;
};
const check = (path: string): string | undefined => repositoryCheck()(path);

describe("a repository as git makes it is plain", () => {
  test("after init, and below it", () => {
    const own = repository("own");
    mkdirSync(join(own, "src/deep"), { recursive: true });
    expect([check(own), check(join(own, "src/deep")), check(join(own, ".git"))]).toEqual([undefined, undefined, `${join(own, ".git")} is a bare repository`]);
  });

  test("after clone, with a remote, a branch and a person", () => {
    repository("own");
    git(folder, "clone", "own", "copy");
    const copy = join(folder, "copy");
    git(copy, "config", "user.name", "A Person");
    git(copy, "config", "branch.main.rebase", "true");
    git(copy, "config", "pull.ff", "only");
    expect(check(copy)).toBeUndefined();
  });

  test("as a worktree of another", () => {
    const own = repository("own");
    git(own, "worktree", "add", "../second");
    expect(check(join(folder, "second"))).toBeUndefined();
    appendFileSync(join(own, ".git/config"), "[core]\n\tpager = touch PWN\n");
    expect(check(join(folder, "second"))).toContain("core.pager");
  });

  test("where there is none there is nothing to obey", () => {
    expect(check(folder)).toBeUndefined();
  });
});

describe("whatever may start a program is named", () => {
  test.each([
    ["core.pager", "[core]\n\tpager = touch PWN\n"],
    ["core.editor", "[core]\n\teditor = touch PWN\n"],
    ["core.fsmonitor", "[core]\n\tfsmonitor = touch PWN\n"],
    ["core.sshcommand", "[core]\n\tsshCommand = touch PWN\n"],
    ["core.hookspath", "[CORE]\n\tHooksPath = .\n"],
    ["core.askpass", "[core]\n\taskPass = touch PWN\n"],
    ["core.alternaterefscommand", "[core]\n\talternateRefsCommand = touch PWN\n"],
    ["core.worktree", "[core]\n\tworktree = /\n"],
    ["core.gitproxy", "[core]\n\tgitProxy = touch PWN\n"],
    ["credential.helper", "[credential]\n\thelper = !touch PWN\n"],
    ["diff.external", "[diff]\n\texternal = touch PWN\n"],
    ["diff.x.textconv", '[diff "x"]\n\ttextconv = touch PWN\n'],
    ["diff.x.command", '[diff "x"]\n\tcommand = touch PWN\n'],
    ["filter.x.clean", '[filter "x"]\n\tclean = touch PWN\n'],
    ["filter.x.process", '[filter "x"]\n\tprocess = touch PWN\n'],
    ["merge.x.driver", '[merge "x"]\n\tdriver = touch PWN\n'],
    ["gpg.program", "[gpg]\n\tprogram = touch PWN\n"],
    ["gpg.ssh.program", '[gpg "ssh"]\n\tprogram = touch PWN\n'],
    ["pager.log", "[pager]\n\tlog = touch PWN\n"],
    ["interactive.difffilter", "[interactive]\n\tdiffFilter = touch PWN\n"],
    ["sequence.editor", "[sequence]\n\teditor = touch PWN\n"],
    ["alias.st", "[alias]\n\tst = !touch PWN\n"],
    ["remote.origin.uploadpack", '[remote "origin"]\n\tuploadpack = touch PWN\n'],
    ["remote.origin.vcs", '[remote "origin"]\n\tvcs = PWN\n'],
    ["remote.origin.promisor", '[remote "origin"]\n\tpromisor = true\n'],
    ["extensions.partialclone", "[extensions]\n\tpartialClone = origin\n"],
    ["extensions.worktreeconfig", "[extensions]\n\tworktreeConfig = true\n"],
    ["log.showsignature", "[log]\n\tshowSignature = true\n"],
    ["trailer.x.command", '[trailer "x"]\n\tcommand = touch PWN\n'],
    ["difftool.x.cmd", '[difftool "x"]\n\tcmd = touch PWN\n'],
    ["uploadpack.packobjectshook", "[uploadpack]\n\tpackObjectsHook = touch PWN\n"],
    ["url.x.insteadof", '[url "x"]\n\tinsteadOf = https://\n'],
    ["http.proxy", "[http]\n\tproxy = http://evil\n"],
    ["submodule.x.update", '[submodule "x"]\n\tupdate = !touch PWN\n'],
    ["include.path", "[include]\n\tpath = /tmp/evil\n"],
    ["includeif.gitdir:/.path", '[includeIf "gitdir:/"]\n\tpath = /tmp/evil\n'],
    ["core.pager", '[remote "a\\"]\\\\"]\n\turl = x\n[core]\n\tpager = x\n'],
    ["core.pager", "\uFEFF[core]\r\n\tpager = x\r\n"],
  ])("%s", (key, text) => {
    const config = put("own/.git/config", `[core]\n\tbare = false\n${text}`);
    expect(check(join(folder, "own"))).toBe(`${config} sets ${key}, which may start a program`);
  });

  test.each([
    ["a key before any section", "pager = x\n"],
    ["a key behind its header", "[core] pager = x\n"],
    ["an open header", "[core\n"],
    ["a name that does not end", '[remote "x]\n'],
    ["an unknown escape", '[remote "\\x"]\n'],
    ["a key that is none", "[core]\n\tpa ger = x\n"],
    ["a value that goes on in the next line", "[user]\n\tname = a \\\n[gui]\n\tpager = x\n"],
    ["one that goes on behind a carriage return", "[core]\n\tabbrev = 7 \\\r\n[gui]\n\tpager = x\n"],
    ["a comment that only looks as if it went on", "[core]\n\tabbrev = 7 # \\\n\tpager = x\n"],
    ["a NUL", "[core]\n\tpa\u0000ger = x\n"],
  ])("%s cannot be understood", (_what, text) => {
    expect(keysOf(text)).toBeUndefined();
  });

  test("comments, quotes and keys without a value are told", () => {
    expect(keysOf('# [x]\n[user]\n\tname = "a # b"\n\temail # c\n; d\n[Remote "A.b\\"c"]\n\turl=x\n')).toEqual([
      "user.name",
      "user.email",
      'remote.A.b\\"c.url',
    ]);
  });

  test("a worktree's own configuration counts", () => {
    const own = repository("own");
    put("own/.git/config.worktree", "[core]\n\tpager = x\n");
    expect(check(own)).toContain("sets core.pager");
  });

  test("the hook that reading commands run, and that alone", () => {
    const own = repository("own");
    put("own/.git/hooks/pre-commit", "#!/bin/sh\n");
    expect(check(own)).toBeUndefined();
    chmodSync(put("own/.git/hooks/post-index-change", "#!/bin/sh\n"), 0o755);
    expect(check(own)).toBe(`${join(own, ".git/hooks/post-index-change")} would be run`);
  });

  test("repositories inside it, which git asks as well", () => {
    const own = repository("own");
    repository("own/inner");
    expect(check(own)).toBeUndefined();
    git(own, "add", "inner");
    expect(check(own)).toContain("names repositories inside this one");
  });

  test("a change is seen", () => {
    const own = repository("own");
    const remembering = repositoryCheck();
    expect(remembering(own)).toBeUndefined();
    appendFileSync(join(own, ".git/config"), "[core]\n\tpager = x\n");
    expect(remembering(own)).toContain("core.pager");
  });
});

describe("what is not where git keeps it is not plain", () => {
  test("a bare layout among the files", () => {
    put("own/HEAD", "ref: refs/heads/main\n");
    for (const name of ["own/objects/x", "own/refs/x"]) put(name, "");
    expect(check(join(folder, "own"))).toBe(`${join(folder, "own")} is a bare repository`);
  });

  test("a link as `.git`", () => {
    const own = repository("own");
    mkdirSync(join(folder, "other"));
    symlinkSync(join(own, ".git"), join(folder, "other/.git"));
    expect(check(join(folder, "other"))).toContain("leads elsewhere");
  });

  test.each([
    ["a folder of another name", "gitdir: ../store\n"],
    ["nowhere", "gitdir: ../missing/.git/worktrees/x\n"],
    ["two lines", "gitdir: ../store\nx\n"],
    ["nonsense", "x"],
  ])("a `.git` file that names %s", (_what, text) => {
    mkdirSync(join(folder, "store"));
    put("own/.git", text);
    expect(check(join(folder, "own"))).toContain("leads elsewhere");
  });

  test("a submodule sets where its files are, and is asked about", () => {
    repository("library");
    const own = repository("own");
    git(own, "submodule", "add", "../library", "library");
    expect(check(join(own, "library"))).toContain("core.worktree");
  });

  test("a forged commondir", () => {
    const own = repository("own");
    const evil = repository("evil");
    put("evil/.git/commondir", `${join(own, ".git")}\n`);
    expect(check(evil)).toContain("leads elsewhere");
    put("evil/.git/commondir", "missing\n");
    expect(check(evil)).toContain("cannot be read");
  });

  test("too long, no file, no folder", () => {
    const own = repository("own");
    writeFileSync(join(own, ".git/config"), "#".repeat(200_001));
    expect(check(own)).toContain("too long to be checked");
    rmSync(join(own, ".git/config"));
    mkdirSync(join(own, ".git/config"));
    expect(check(own)).toContain("cannot be read");
    expect(check(join(folder, "missing"))).toContain("cannot be looked at");
  });
});

test("whatever stands in a configuration, its keys are told or it is not understood", () => {
  const piece = fc.constantFrom("[core]", '[a "b"]', "[", "]", '"', "\\", "\n", "=", "pager", " ", "\t", "#", ";", "\r", "\u0000", "x", "é");
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.array(piece).map((pieces) => pieces.join("")),
      ),
      (text) => {
        for (const key of keysOf(text) ?? []) expect(key).toMatch(/^[a-z0-9.-]+\.[^\n]*[a-z0-9-]$/);
      },
    ),
  );
});
