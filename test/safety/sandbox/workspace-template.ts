import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What something outside of the wall obeys, as it is in many workspaces. */
const files: Readonly<Record<string, string>> = {
  ".git/config.worktree": "[core]",
  ".git/modules/part/config": "[core]",
  ".git/modules/part/hooks/README": "",
  "vendor/part/.git/config": "[core]",
  "vendor/part/.git/HEAD": "ref: refs/heads/main",
  "vendor/part/.git/hooks/README": "",
  "tree/.git": "gitdir: ../.git/worktrees/tree",
  ".claw/settings.json": "{}",
  ".claw/settings.local.json": "{}",
  ".claude/settings.json": "{}",
  ".mcp.json": "{}",
  ".vscode/settings.json": "{}",
  ".idea/workspace.xml": "",
  ".devcontainer/devcontainer.json": "{}",
  ".husky/pre-commit": "",
  ".npmrc": "",
  ".gitattributes": "",
  ".github/workflows/ci.yml": "",
  "AGENTS.md": "",
  "checks/hooks/pre-commit": "",
  "checks/clean": "",
  "shared.gitconfig": "[core]",
  "package.json": "{}",
};

/** A repository with all of these, a submodule's part and a worktree. */
export function writeTemplate(folder: string): void {
  const git = (...args: readonly string[]): void => {
    const { status, stderr } = spawnSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.test", ...args], { cwd: folder });
    if (status !== 0) throw new Error(`git ${args.join(" ")}: ${stderr.toString()}`);
  };
  mkdirSync(folder, { recursive: true });
  git("init", "-q", "-b", "main");
  git("commit", "-q", "--allow-empty", "-m", "first");
  git("config", "extensions.worktreeConfig", "true");
  // Many projects keep these in their own folders, and lead git there.
  git("config", "core.hooksPath", "checks/hooks");
  git("config", "filter.part.clean", "checks/clean %f");
  git("config", "include.path", "../shared.gitconfig");
  git("config", "includeIf.onbranch:main.path", "../absent.gitconfig");
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `${text}\n`);
  }
}
