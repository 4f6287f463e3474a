import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Attempt } from "./attempt.ts";

const intruder = "intruder";

/** Leaves something in the workspace that a program without a wall obeys later. */
const plant = (name: string, file: string, options: Partial<Attempt> = {}): Attempt => ({
  name,
  by: "bash",
  program: () => `mkdir -p "$(dirname '${file}')"; echo '${intruder}' >> '${file}' || { rm -f '${file}'; echo '${intruder}' > '${file}'; }`,
  escaped: ({ workspace }) => existsSync(join(workspace, file)) && readFileSync(join(workspace, file), "utf8").includes(intruder),
  ...options,
});

/** The same by moving away the folder it is in, which a read-only file does not hinder. */
const swap = (folder: string, file: string): Attempt => ({
  name: `plant ${folder}/${file} in the place of a ${folder} moved away`,
  by: "bash",
  program: () =>
    `mv ${folder} ${folder}.old; mkdir -p ${folder} && cp -r ${folder}.old/. ${folder}/; mkdir -p "$(dirname '${folder}/${file}')"; echo ${intruder} > '${folder}/${file}'`,
  escaped: ({ workspace }) => existsSync(join(workspace, folder, file)) && readFileSync(join(workspace, folder, file), "utf8").includes(intruder),
});

/** Makes a repository whose configuration has git start a program, and asks git outside what it would start. */
const repository = (name: string, folder: string, made: string): Attempt => ({
  name,
  by: "bash",
  bare: true,
  program: () => `${made} && git -C ${folder} config core.fsmonitor ./${intruder}`,
  escaped: ({ workspace }) =>
    spawnSync("git", ["config", "core.fsmonitor"], { cwd: join(workspace, folder) })
      .stdout.toString()
      .includes(intruder),
});

/** What §3.5 of the safety notes lists: sandboxed programs that write what the person's own programs then run. */
export const plantingAttempts: readonly Attempt[] = [
  plant("plant a git hook", ".git/hooks/pre-commit"),
  plant("plant a program in git's configuration", ".git/config"),
  plant("plant a configuration of git's worktree", ".git/config.worktree"),
  plant("plant git's attributes", ".git/info/attributes"),
  plant("lead git to another repository", ".git/commondir"),
  plant("plant a program in the configuration of a submodule", ".git/modules/part/config"),
  plant("plant a hook in a submodule", ".git/modules/part/hooks/post-checkout"),
  plant("plant a hook in a repository below", "vendor/part/.git/hooks/post-checkout"),
  plant("write .claw/settings.json", ".claw/settings.json"),
  plant("write .claw/settings.local.json", ".claw/settings.local.json"),
  plant("make .claw/settings.json where there was none", ".claw/settings.json", { bare: true }),
  plant("write .mcp.json", ".mcp.json"),
  plant("make .mcp.json where there was none", ".mcp.json", { bare: true }),
  plant("write .vscode/settings.json", ".vscode/settings.json"),
  plant("make .vscode/tasks.json where there was none", ".vscode/tasks.json", { bare: true }),
  plant("write .claude/settings.json", ".claude/settings.json"),
  plant("make .claude/settings.json where there was none", ".claude/settings.json", { bare: true }),
  plant("write .idea/workspace.xml", ".idea/workspace.xml"),
  plant("write .devcontainer/devcontainer.json", ".devcontainer/devcontainer.json"),
  plant("write .husky/pre-commit", ".husky/pre-commit"),
  plant("write .npmrc", ".npmrc"),
  plant("write .gitattributes", ".gitattributes"),
  plant("write the instructions of agents", "AGENTS.md"),
  plant("make instructions of agents where there were none", "CLAUDE.md", { bare: true }),
  plant("make .agentsignore where there was none", ".agentsignore", { bare: true }),
  plant("write a workflow of the forge", ".github/workflows/ci.yml"),
  plant("make .envrc where there was none", ".envrc", { bare: true }),
  plant("write a hook where git's configuration says that they are", "checks/hooks/pre-commit"),
  plant("make a hook where git's configuration says that they are", "checks/hooks/post-checkout"),
  plant("write the program of a filter of git's", "checks/clean"),
  plant("write a configuration that git's own includes", "shared.gitconfig"),
  plant("make a configuration that git's own includes", "absent.gitconfig"),
  swap("checks", "hooks/pre-commit"),
  ...[
    ".githooks/pre-commit",
    ".hg/hgrc",
    ".jj/repo/config.toml",
    ".helix/languages.toml",
    ".zed/settings.json",
    ".exrc",
    ".Rprofile",
    ".yarn/releases/yarn.cjs",
    ".cargo/config.toml",
    ".mvn/extensions.xml",
    "mise.toml",
    "opencode.json",
    ".github/copilot-instructions.md",
    ".npmrc",
    ".yarnrc.yml",
    ".pnpmfile.cjs",
    ".husky/pre-commit",
    ".idea/workspace.xml",
    ".devcontainer/devcontainer.json",
    ".github/workflows/ci.yml",
    ".gitlab-ci.yml",
    ".gitmodules",
    ".gitattributes",
    ".cursor/mcp.json",
    "AGENTS.override.md",
    "packages/web/AGENTS.md",
    "packages/web/.claude/settings.json",
    "packages/web/.mcp.json",
    "planted.code-workspace",
  ].map((file) => plant(`make ${file} where there was none`, file, { bare: true })),
  repository("make a repository that starts a program", "packages/web", "git init -q packages/web"),
  repository("make the workspace itself one", ".", "git init -q ."),
  repository("make a folder that git takes for a repository", "store", "git init -q --bare store"),
  repository("lead a new .git to a repository under another name", "web", "git init -q --bare objects && mkdir web && echo 'gitdir: ../objects' > web/.git"),
  swap(".git", "config"),
  swap(".git", "hooks/pre-commit"),
  swap(".claw", "settings.json"),
  swap(".vscode", "settings.json"),
  swap(".github", "workflows/ci.yml"),
  swap(".git/info", "attributes"),
  swap(".git/modules", "part/hooks/post-checkout"),
  swap(".git/modules/part", "config"),
  swap("vendor", "part/.git/hooks/post-checkout"),
  swap("vendor/part", ".git/config"),
  swap("tree", ".git"),
  {
    name: "lead a worktree's .git file elsewhere",
    by: "bash",
    program: () => `cd tree && { echo 'gitdir: ${intruder}' > .git || { mv .git .git.old; echo 'gitdir: ${intruder}' > .git; }; }`,
    escaped: ({ workspace }) => readFileSync(join(workspace, "tree/.git"), "utf8").includes(intruder),
  },
  {
    name: "put a link in the place of .claw",
    by: "bash",
    program: () => `mkdir planted && echo ${intruder} > planted/settings.json; rm -rf .claw; ln -sfn planted .claw`,
    escaped: ({ workspace }) => readFileSync(join(workspace, ".claw/settings.json"), "utf8").includes(intruder),
  },
];
