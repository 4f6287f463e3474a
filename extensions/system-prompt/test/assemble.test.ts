import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ClawError, type CallScope, type Processes, type ResolvedModel, SystemPromptService } from "@claw/kernel";
import { type Loaded, load } from "@claw/testing";
import { describe, expect, test } from "vitest";
import extension from "../src/index.ts";
import { findGitRoot } from "../src/git-root.ts";

const model: ResolvedModel = { address: "test/model", info: { id: "model", contextWindow: 100_000, tools: true, reasoning: false } };
const scope = (cwd: string, signal = new AbortController().signal): CallScope => ({ session: "s", cwd, roots: [cwd], signal });

async function blocksOf(claw: Loaded, cwd = claw.cwd): Promise<readonly string[]> {
  const blocks = await claw.service(SystemPromptService).assemble(scope(cwd), { model, tools: [] });
  return blocks.map((block) => (block.type === "text" ? block.text : block.type));
}
const promptOf = async (claw: Loaded, cwd = claw.cwd): Promise<string> => (await blocksOf(claw, cwd)).join("\n\n");

function put(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const git = (cwd: string, ...command: readonly string[]): void =>
  void execFileSync("git", ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main", ...command], { cwd, stdio: "pipe", env: { PATH: process.env["PATH"], HOME: cwd, GIT_CONFIG_NOSYSTEM: "1" } });

const pathsIn = (prompt: string): readonly string[] => [...prompt.matchAll(/<instructions file="([^"]*)"/g)].map(([, path = ""]) => path);
const frameOf = (prompt: string, path: string): string => prompt.slice(prompt.indexOf(`<instructions file="${path}"`)).split("</instructions>")[0] ?? "";

describe("the system prompt", () => {
  test("has a block a section, what changes least first", async () => {
    await using claw = await load(extension, { files: { "AGENTS.md": "be kind" } });
    const blocks = await blocksOf(claw);
    expect(blocks.map((block) => block.split("\n")[0])).toEqual(["You are claw, a coding agent. You work on a person's project through tools, on their behalf and within the permissions they give.", "# Instructions", "# Environment"]);
    expect(blocks[2]).toMatch(/- Date: 2026-11-22\n- Model: test\/model$/);
  });

  test("is the same every time it is made on one day", async () => {
    await using claw = await load(extension, { files: { "AGENTS.md": "@more.md", "more.md": "more" } });
    const first = await blocksOf(claw);
    claw.test.clock.move(60_000);
    expect(await blocksOf(claw)).toEqual(first);
  });

  test("leaves out the sections that are switched off", async () => {
    await using claw = await load(extension, { files: { "AGENTS.md": "x" }, config: { sections: { identity: false, environment: false } } });
    expect((await blocksOf(claw)).map((block) => block.split("\n")[0])).toEqual(["# Instructions"]);
    await using none = await load(extension, { files: { "AGENTS.md": "x" }, config: { sections: { identity: false, environment: false, instructions: false, git: false } } });
    expect(await blocksOf(none)).toEqual([]);
  });

  test("is replaced and added to by the person's own words", async () => {
    await using claw = await load(extension, { files: { "AGENTS.md": "x", "add.md": "\uFEFFfrom a file\n" }, config: { replace: "I am another.", append: "Always.", appendFile: "add.md" } });
    const [replaced, instructions = "", ...rest] = await blocksOf(claw);
    expect([replaced, instructions.split("\n")[0], rest]).toEqual(["I am another.", "# Instructions", ["Always.\n\nfrom a file\n"]]);
    await using file = await load(extension, { files: { "own.md": "From a file." }, config: { replaceFile: "own.md" } });
    expect(await blocksOf(file)).toEqual(["From a file."]);
  });

  test("fails plainly when the person's own words cannot be had", async () => {
    const failure = async (config: object, files: Record<string, string> = {}): Promise<unknown> => {
      await using claw = await load(extension, { files, config: { ...config } });
      return await blocksOf(claw).then(() => "made", (error: unknown) => (ClawError.is(error) ? error.code : error));
    };
    expect(await failure({ replace: "a", replaceFile: "b" })).toBe("USAGE");
    expect(await failure({ replaceFile: "none.md" })).toBe("PATH_NOT_FOUND");
    expect(await failure({ appendFile: "." })).toBe("PATH_NOT_FILE");
    expect(await failure({ appendFile: "big.md" }, { "big.md": "x".repeat(300_000) })).toBe("PATH_TOO_LARGE");
    expect(await failure({ appendFile: "binary" }, { binary: "a\0b" })).toBe("PATH_UNREADABLE");
  });
});

describe("instruction files", () => {
  test("are read from the person's folders, then from the git root down to the session's folder", async () => {
    await using claw = await load(extension, { files: { ".git/HEAD": "ref: refs/heads/main\n", "AGENTS.md": "root", "a/CLAUDE.md": "a", "a/b/AGENTS.md": "b", "a/b/CLAUDE.md": "not this", "a/b/CLAUDE.local.md": "private", "a/b/c/AGENTS.md": "below" } });
    const { config, home = "" } = claw.test.host.folders;
    put(config, { "AGENTS.md": "mine" });
    put(home, { ".config/AGENTS.md": "for every agent", ".claude/CLAUDE.md": "for claude" });
    const prompt = await promptOf(claw, join(claw.cwd, "a/b"));
    expect(pathsIn(prompt)).toEqual([
      join(config, "AGENTS.md"), join(home, ".config/AGENTS.md"), join(home, ".claude/CLAUDE.md"),
      ...["AGENTS.md", "a/CLAUDE.md", "a/b/AGENTS.md", "a/b/CLAUDE.local.md"].map((name) => join(claw.cwd, name)),
    ]);
    expect(prompt).not.toContain("not this");
    expect(prompt).not.toContain("below");
  });

  test("above the session's folder count only in a git project", async () => {
    await using claw = await load(extension, { files: { "AGENTS.md": "above", "sub/AGENTS.md": "here" } });
    expect(pathsIn(await promptOf(claw, join(claw.cwd, "sub")))).toEqual([join(claw.cwd, "sub/AGENTS.md")]);
  });

  test("are replaced by an override beside them", async () => {
    await using claw = await load(extension, { files: { "AGENTS.md": "a", "CLAUDE.md": "c", "AGENTS.override.md": "o" } });
    expect(pathsIn(await promptOf(claw))).toEqual([join(claw.cwd, "AGENTS.override.md")]);
  });

  test("written for others are left out when told so", async () => {
    await using claw = await load(extension, { files: { "CLAUDE.md": "c", "CLAUDE.local.md": "l" }, config: { claudeFiles: false } });
    expect(pathsIn(await promptOf(claw))).toEqual([]);
  });

  test("that are one file under two names are read once", async () => {
    await using claw = await load(extension, { files: { ".git/HEAD": "", "AGENTS.md": "once", "sub/.keep": "" } });
    symlinkSync("../AGENTS.md", join(claw.cwd, "sub/AGENTS.md"));
    expect(pathsIn(await promptOf(claw, join(claw.cwd, "sub")))).toEqual([join(claw.cwd, "AGENTS.md")]);
  });

  test("bring what they import, nested, each once, cycles refused", async () => {
    await using claw = await load(extension, { files: {
      "AGENTS.md": "See @docs/a.md, @docs/b.md, @types/node, @src and @nowhere.md.", "docs/a.md": "a @b.md", "docs/b.md": "b @a.md `@c.md`", "docs/c.md": "c", "src/.keep": "",
    } });
    const prompt = await promptOf(claw);
    const at = (name: string): string => join(claw.cwd, name);
    expect(pathsIn(prompt)).toEqual([at("AGENTS.md"), at("docs/a.md"), at("docs/b.md")]);
    expect(frameOf(prompt, at("docs/b.md"))).toBe(`<instructions file="${at("docs/b.md")}" from="the project" imported-by="${at("docs/a.md")}">\nb @a.md \`@c.md\`\n[@a.md is not imported: it imports itself]\n`);
    expect(frameOf(prompt, at("AGENTS.md"))).toContain("@nowhere.md.\n[@nowhere.md is not imported: there is no such file]\n");
  });

  test("import no deeper than five, and no more than so many", async () => {
    await using claw = await load(extension, { files: { "AGENTS.md": "@1.md", ...Object.fromEntries([1, 2, 3, 4, 5, 6].map((n) => [`${n}.md`, `@${n + 1}.md`])) } });
    const prompt = await promptOf(claw);
    expect(pathsIn(prompt).map((path) => path.slice(claw.cwd.length + 1))).toEqual(["AGENTS.md", "1.md", "2.md", "3.md", "4.md", "5.md"]);
    expect(prompt).toContain("[@6.md is not imported: imports nest deeper than 5]");
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`n${index}.md`, String(index)]));
    await using wide = await load(extension, { files: { "AGENTS.md": Object.keys(many).map((name) => `@${name}`).join("\n"), ...many } });
    expect(pathsIn(await promptOf(wide))).toHaveLength(50);
  });

  test("import nothing from outside the project, by path, by link or from the home folder", async () => {
    await using claw = await load(extension, { files: { "AGENTS.md": "@../outside.md @link.md @~/secret.md @/etc/passwd @.env @deep/.git/config @own.pem" } });
    const outside = dirname(claw.cwd);
    put(outside, { "outside.md": "OUTSIDE" });
    put(claw.test.host.folders.home ?? "", { "secret.md": "OUTSIDE" });
    put(claw.cwd, { ".env": "SECRET", "deep/.git/config": "SECRET", "own.pem": "SECRET" });
    symlinkSync(join(outside, "outside.md"), join(claw.cwd, "link.md"));
    const prompt = await promptOf(claw);
    expect(pathsIn(prompt)).toEqual([join(claw.cwd, "AGENTS.md")]);
    expect(prompt).not.toMatch(/OUTSIDE|SECRET|root:/);
    for (const name of ["../outside.md", "link.md", "~/secret.md", "/etc/passwd"]) expect(prompt).toContain(`[@${name} is not imported: it is outside the project]`);
    for (const name of [".env", "deep/.git/config", "own.pem"]) expect(prompt).toContain(`[@${name} is not imported: it may hold secrets]`);
  });

  test("of a project lead nowhere else, and a folder beside it with a longer name is somewhere else", async () => {
    await using claw = await load(extension, { files: { "AGENTS.md": "@../workspace-evil/x.md" } });
    put(`${claw.cwd}-evil`, { "x.md": "EVIL", "CLAUDE.local.md": "EVIL" });
    symlinkSync(`${claw.cwd}-evil/CLAUDE.local.md`, join(claw.cwd, "CLAUDE.local.md"));
    const prompt = await promptOf(claw);
    expect(prompt).not.toContain("EVIL");
    expect(prompt).toContain("[not read: it is a link that leads out of the project]");
    rmSync(`${claw.cwd}-evil`, { recursive: true });
  });

  test("of the person may be links, and import from their own folders only", async () => {
    await using claw = await load(extension);
    const { config, home = "" } = claw.test.host.folders;
    put(home, { "dotfiles/agents.md": "mine @beside.md @~/.claude/more.md @~/elsewhere.md", "dotfiles/beside.md": "never", ".claude/more.md": "MORE", "elsewhere.md": "ELSEWHERE" });
    put(config, { "beside.md": "BESIDE" });
    symlinkSync(join(home, "dotfiles/agents.md"), join(config, "AGENTS.md"));
    const prompt = await promptOf(claw);
    expect(pathsIn(prompt)).toEqual([join(config, "AGENTS.md"), join(config, "beside.md"), join(home, ".claude/more.md")]);
    expect(prompt).toContain("[@~/elsewhere.md is not imported: it is outside the folders of your settings]");
  });

  test("that are enormous are read no further than the cap, and cut at a line", async () => {
    await using claw = await load(extension, { files: { "AGENTS.md": "line\n".repeat(20) }, config: { maxFileBytes: 52 } });
    truncateSync(join(claw.cwd, "AGENTS.md"), 8 * 1024 ** 3);
    const before = process.memoryUsage().rss;
    const prompt = await promptOf(claw);
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024);
    expect(prompt).toContain(`${"line\n".repeat(10)}[cut: these are the first 50 of 8589934592 bytes; read the file for the rest]\n</instructions>`);
  });

  test("that are no files are a line, not a failure and not a wait", async () => {
    await using claw = await load(extension, { files: { ".git/HEAD": "", "a/AGENTS.md/x": "", "a/b/AGENTS.md": "bin\0ary", "a/b/c/.keep": "" } });
    execFileSync("mkfifo", [join(claw.cwd, "AGENTS.md")]);
    symlinkSync("AGENTS.md", join(claw.cwd, "a/b/c/AGENTS.md"));
    const prompt = await promptOf(claw, join(claw.cwd, "a/b/c"));
    expect([...prompt.matchAll(/\[not read: (.*)\]/g)].map(([, why]) => why)).toEqual(["it is no regular file", "it is a folder", "it is no text", "it cannot be opened (ELOOP)"]);
  });

  test("show what they hide", async () => {
    await using claw = await load(extension, { files: { "AGENTS.md": "be\u200B kind\u{E0041}\u202E" } });
    expect(await promptOf(claw)).toContain("be\\u{200B} kind\\u{E0041}\\u{202E}\n[3 hidden characters are written out as \\u{…}]\n</instructions>");
  });
});

describe("the git section", () => {
  test("tells branch, changes and commits", async () => {
    await using claw = await load(extension, { files: { "a.txt": "a", "sub/.keep": "" } });
    git(claw.cwd, "init", "--quiet");
    git(claw.cwd, "add", "a.txt");
    git(claw.cwd, "commit", "--quiet", "-m", "first: with a body\n\nnot this");
    put(claw.cwd, { "a.txt": "changed", "new.txt": "" });
    const block = (await blocksOf(claw, join(claw.cwd, "sub"))).at(-1);
    expect(block).toBe("# Git\nAs the session began; it does not follow what happens since.\n- Branch: main\n- Changes: 1 changed, 2 untracked\n- Last commits, as their authors named them:\n  - first: with a body");
  });

  test("runs none of what the repository would have git run", async () => {
    await using claw = await load(extension, { files: { "a.txt": "a" } });
    const touch = `touch ${join(claw.cwd, "PWNED")}`;
    put(claw.cwd, {
      "hooks/post-index-change": `#!/bin/sh\n${touch}\n`,
      "hooks/gpg": `#!/bin/sh\ncat > /dev/null\ncase "$*" in *--verify*) ${touch} ;; esac\necho "[GNUPG:] SIG_CREATED D" >&2\necho signature\n`,
    });
    for (const program of ["post-index-change", "gpg"]) chmodSync(join(claw.cwd, "hooks", program), 0o755);
    git(claw.cwd, "init", "--quiet");
    git(claw.cwd, "add", "a.txt");
    git(claw.cwd, "-c", `gpg.program=${join(claw.cwd, "hooks/gpg")}`, "commit", "--quiet", "--gpg-sign", "-m", "first");
    for (const [key, value] of Object.entries({
      "core.fsmonitor": touch, "core.hooksPath": join(claw.cwd, "hooks"), "core.pager": touch, "pager.status": touch, "pager.log": touch, "core.sshCommand": touch,
      "gpg.program": join(claw.cwd, "hooks/gpg"), "log.showSignature": "true",
    })) git(claw.cwd, "config", key, value);
    put(claw.cwd, { "a.txt": "b" });
    expect((await blocksOf(claw)).at(-1)).toMatch(/^# Git\n[^]*- Changes: 1 changed, 1 untracked\n[^]*- first$/);
    expect(existsSync(join(claw.cwd, "PWNED"))).toBe(false);
  });

  test("is left out without git, without a repository, in a broken one and when git is too slow", async () => {
    const failing = (start: Processes["start"]): Processes => ({ start });
    const missing = failing(() => Promise.reject(new ClawError("PROGRAM_NOT_FOUND", "git is not installed", { program: "git" })));
    const slow = failing(async () => ({
      pid: 1, output: (async function* () { yield { stream: "stdout" as const, bytes: Buffer.from("# branch.head main\n") }; })(),
      exit: Promise.resolve({ code: null, signal: "SIGTERM", timedOut: true, contained: false }), [Symbol.asyncDispose]: async () => undefined,
    }));
    for (const processes of [missing, slow, undefined]) {
      await using claw = await load(extension, { files: { ".git/HEAD": "nonsense" }, ...(processes === undefined ? {} : { services: { processes } }) });
      expect(await promptOf(claw)).not.toContain("# Git");
    }
    await using plain = await load(extension, { services: { processes: failing(() => Promise.reject(new Error("must not run"))) } });
    expect(await promptOf(plain)).not.toContain("# Git");
  });

  test("never counts without end", async () => {
    const processes: Processes = { start: async (command) => ({
      pid: 1, exit: Promise.resolve({ code: 0, signal: null, timedOut: false, contained: false }), [Symbol.asyncDispose]: async () => undefined,
      output: (async function* () {
        if (command.includes("log")) return;
        yield { stream: "stdout" as const, bytes: Buffer.from("# branch.head main\n") };
        for (;;) yield { stream: "stdout" as const, bytes: Buffer.from("? file.txt\n".repeat(1000)) };
      })(),
    }) };
    await using claw = await load(extension, { files: { ".git/HEAD": "" }, services: { processes } });
    expect(await promptOf(claw)).toMatch(/- Changes: more than 2\d{4} untracked\n/);
  });

  test("is not made in a folder that is not trusted: nothing of it is run", async () => {
    const processes: Processes = { start: () => Promise.reject(new Error("must not run")) };
    await using first = await load(extension, { files: { ".git/HEAD": "", "AGENTS.md": "x" } });
    const host = { ...first.test.host, trusted: false };
    await using claw = await load(extension, { files: { ".git/HEAD": "", "AGENTS.md": "x" }, services: { processes, host } });
    const prompt = await promptOf(claw);
    expect(prompt).not.toContain("# Git");
    expect(prompt).toContain("The person has not said that they trust this folder");
  });

  test("ends with the call", async () => {
    const abort = new AbortController();
    const reason = new Error("stop");
    const processes: Processes = { start: async (_command, _options, call) => {
      abort.abort(reason);
      call.signal.throwIfAborted();
      throw new Error("started");
    } };
    await using claw = await load(extension, { files: { ".git/HEAD": "" }, services: { processes } });
    const made = claw.service(SystemPromptService).assemble(scope(claw.cwd, abort.signal), { model, tools: [] });
    await expect(made).rejects.toBe(reason);
  });
});

describe("the git root", () => {
  test("is the nearest folder with .git, below the home folder", async () => {
    await using claw = await load(extension, { files: { "home/.git/HEAD": "", "home/p/.git/HEAD": "", "home/p/a/b/.keep": "", "home/p/a/link": "", "home/q/r/.keep": "", "home/w/.git": "gitdir: elsewhere" } });
    const at = (path: string): string => join(claw.cwd, path);
    const root = (path: string): Promise<string | undefined> => findGitRoot(at(path), at("home"));
    expect(await root("home/p/a/b")).toBe(at("home/p"));
    expect(await root("home/p")).toBe(at("home/p"));
    expect(await root("home/w")).toBe(at("home/w"));
    expect(await root("home/q/r")).toBe(undefined);
    expect(await root("home")).toBe(at("home"));
    expect(await findGitRoot("/", undefined)).toBe(undefined);
  });
});

describe("claw print-system-prompt", () => {
  test("prints the prompt, or lists its sections with where they come from", async () => {
    await using claw = await load(extension, { files: { "AGENTS.md": "be kind", ".git/HEAD": "" } });
    const { code, shown, emitted } = await claw.command("print-system-prompt", [], { json: true });
    const expected = (await promptOf(claw)).replace("\n- Model: test/model", "");
    expect({ code, shown }).toEqual({ code: 0, shown: [{ type: "code", text: expected }] });
    const [{ sections } = { sections: [] }] = emitted as readonly { readonly sections: readonly { readonly name: string; readonly source: string; readonly bytes: number; readonly text: string }[] }[];
    expect(sections.map(({ name, source }) => [name, source])).toEqual([["identity", "claw"], ["instructions", join(claw.cwd, "AGENTS.md")], ["environment", "claw"]]);
    for (const { bytes, text } of sections) expect(bytes).toBe(Buffer.byteLength(text));
  });

  test("prints what a session really began with", async () => {
    await using claw = await load(extension, { files: { "AGENTS.md": "before" }, script: [{ text: "hello" }] });
    const session = await claw.test.open();
    await claw.test.prompt(session, "hi");
    put(claw.cwd, { "AGENTS.md": "after" });
    const { shown } = await claw.command("print-system-prompt", [], { session });
    expect(shown[0]).toMatchObject({ type: "code", text: expect.stringContaining("\nbefore\n") });
    expect(claw.test.model.requests[0]?.system.map((block) => (block.type === "text" ? block.text : "")).join("\n\n")).toBe(shown[0]?.type === "code" ? shown[0].text : "");
  });

  test("takes nothing else", async () => {
    await using claw = await load(extension);
    const error = await claw.command("print-system-prompt", ["--verbose"]).catch((thrown: unknown) => thrown);
    expect(ClawError.is(error, "USAGE") && error.message).toBe('print-system-prompt takes no "--verbose"');
  });
});
