import { describe, expect, test } from "vitest";
import { guardOf } from "../../../extensions/permissions/src/protected-paths.ts";
import { onCommand, onRead, onWrite, own, verdictOn, callOf } from "./scene.ts";

const guard = (path: string): string | undefined => guardOf(path, { own, scratch: "/home/u/.local/state/claw/sessions/x/s1" });

describe("protected paths", () => {
  test.each([
    "/w/.git",
    "/w/.git/config",
    "/w/.git/hooks/pre-commit",
    "/w/.git/info/attributes",
    "/w/sub/.git/config",
    "/w/.GIT/Config",
    "/w/.git./config",
    "/w/.git /config",
    "/w/git~1/config",
    "/w/.g\u200cit/config",
    "/w/.gitmodules",
    "/w/.gitattributes",
    "/w/.claw/settings.json",
    "/w/.Claw/Settings.json",
    "/w/.claude/settings.local.json",
    "/w/.mcp.json",
    "/w/CLAUDE.md",
    "/w/sub/AGENTS.md",
    "/w/AGENTS.override.md",
    "/w/.vscode/settings.json",
    "/w/.idea/workspace.xml",
    "/w/x.code-workspace",
    "/w/.devcontainer/devcontainer.json",
    "/w/.yarnrc.yml",
    "/w/.husky/pre-commit",
    "/w/node_modules/.bin/tsc",
    "/home/u/.bashrc",
    "/home/u/.zshenv",
    "/home/u/.profile",
    "/home/u/.bash_login",
    "/home/u/.vimrc",
    "/home/u/.xsession",
    "/home/u/.config/fish/config.fish",
    "/w/.github/workflows/ci.yml",
    "/w/.gitlab-ci.yml",
    "/w/Jenkinsfile",
    "/w/.cargo/config.toml",
    "/home/u/.config/claw/settings.json",
    "/home/u/.local/share/claw/ext/x",
    "/home/u/.local/state/claw/grants/x.json",
  ])("%s", (path) => {
    expect(guard(path)).toBe("protected");
  });

  test.each([
    "/w/.env",
    "/w/.ENV",
    "/w/.envrc",
    "/w/.npmrc",
    "/home/u/.ssh/id_ed25519",
    "/home/u/.aws/credentials",
    "/home/u/.config/claw/credentials.json",
    "/home/u/.config/claw/mcp-tokens.json",
    "/home/u/.local/state/claw/seal.key",
  ])("%s holds secrets", (path) => {
    expect(guard(path)).toBe("secret");
  });

  test.each([
    "/w/.env.example",
    "/w/.env.sample",
    "/w/id_rsa.pub",
    "/w/src/environment.ts",
    "/w/src/keys.ts",
    "/w/.gitignore",
    "/w/.github/ISSUE_TEMPLATE.md",
    "/w/package.json",
    "/w/Makefile",
    "/w/credentials.ts",
    "/w/git/config",
    "/w/claude.txt",
    "/home/u/.local/state/claw/sessions/x/s1/bash-1.txt",
    "/home/u/.config/clawx",
  ])("%s is neither", (path) => {
    expect(guard(path)).toBeUndefined();
  });
});

describe("in the judgement", () => {
  test.each([
    ["reading what is protected is no matter", onRead("/w/.git/config"), "allow"],
    ["reading secrets is asked about even by a rule", onRead("/w/.env", { allow: ["Read", "Read(.env)"] }), "ask"],
    ["and in mode allow", onRead("/w/.env", { mode: "allow" }), "ask"],
    ["not in danger-full-access", onRead("/w/.env", { mode: "danger-full-access" }), "allow"],
    ["a link to secrets", onRead("/w/readme", { links: { "/w/readme": "/w/.env" } }), "ask"],
    ["a link among secrets", onRead("/w/.env", { links: { "/w/.env": "/w/readme" } }), "ask"],
    [
      "spilled output is there to be read",
      onRead("/home/u/.local/state/claw/sessions/x/s1/bash-1.txt", { roots: ["/w", "/home/u/.local/state/claw/sessions/x/s1"] }),
      "allow",
    ],
    ["another session's is not", onRead("/home/u/.local/state/claw/sessions/x/s2.jsonl"), "ask"],
    ["a command with a rule may not write what is protected", onCommand("cp a .git/hooks/pre-commit", { allow: ["Bash(cp:*)"] }), "ask"],
    ["nor name it in an option", onCommand("tool --out=.vscode/settings.json", { allow: ["Bash(tool:*)"] }), "ask"],
    ["another tool may not either", verdictOn(callOf("acme_count", "execute", {}, ["/w/.claw/x"]), { mode: "allow" }), "ask"],
  ] as const)("%s", (_name, verdict, decision) => {
    expect(verdict.decision).toBe(decision);
  });

  test("the question names the path, and nothing else", () => {
    expect([onWrite("/w/.GIT/config").reason, onRead("/w/.env").reason, onRead("/w/readme", { links: { "/w/readme": "/w/.env" } }).reason]).toEqual([
      ".GIT/config is protected",
      ".env may hold secrets",
      "readme leads to .env, which may hold secrets",
    ]);
  });
});
