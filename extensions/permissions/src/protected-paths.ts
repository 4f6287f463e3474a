/** Paths that are asked about in every mode but danger-full-access. */
import { foldedPath, isSecretFile, isWithin } from "@claw/kernel/kit";

export type Guard = "protected" | "secret";

export interface ProtectedFolders {
  /** claw's own folders: what it is configured with, what it remembers, what it runs. */
  readonly own: readonly string[];
  /** The session's folder of spilled output, which is inside one of them and is there to be read. */
  readonly scratch?: string | undefined;
  /** Device and inode of the files in which this person's credentials are: a hard link is another name of one. */
  readonly credentials?: readonly string[];
  /** The same of files that must not be written unasked. */
  readonly guarded?: readonly string[];
}

/** Files that something outside of this session obeys: who writes one decides what runs later. */
const protectedNames: ReadonlySet<string> = new Set([
  ".mcp.json",
  ".agentsignore",
  ".gitmodules",
  ".gitattributes",
  ".gitconfig",
  ".envrc",
  ".npmrc",
  ".yarnrc",
  ".yarnrc.yml",
  ".pnpmfile.cjs",
  ".pnpmfile.mjs",
  ".pre-commit-config.yaml",
  "lefthook.yml",
  ".lefthook.yml",
  "lefthook-local.yml",
  "hgrc",
  ".bazelrc",
  "mise.toml",
  ".mise.toml",
  ".autoenv.zsh",
  "opencode.json",
  ".aider.conf.yml",
  "gemini.md",
  ".cursorrules",
  ".windsurfrules",
  ".clinerules",
  ".bashrc",
  ".bash_profile",
  ".bash_login",
  ".bash_logout",
  ".bash_aliases",
  ".profile",
  ".zshrc",
  ".zshenv",
  ".zprofile",
  ".zlogin",
  ".zlogout",
  ".kshrc",
  ".mkshrc",
  ".cshrc",
  ".tcshrc",
  ".login",
  ".inputrc",
  ".pam_environment",
  ".xprofile",
  ".xinitrc",
  ".xsession",
  ".xsessionrc",
  ".logout",
  ".vimrc",
  ".gvimrc",
  ".exrc",
  ".nvimrc",
  ".nvim.lua",
  ".dir-locals.el",
  ".rprofile",
  ".ghci",
  ".ocamlinit",
  ".irbrc",
  ".pryrc",
  ".iex.exs",
  ".emacs",
  ".emacs.el",
  ".tmux.conf",
  ".screenrc",
  ".gdbinit",
  ".lldbinit",
  ".curlrc",
  ".wgetrc",
  "config.fish",
  "authorized_keys",
  ".gitlab-ci.yml",
  ".travis.yml",
  "azure-pipelines.yml",
  "bitbucket-pipelines.yml",
  "jenkinsfile",
  "appveyor.yml",
  "agents.md",
  "agents.override.md",
  "claude.md",
  "claude.local.md",
  "claw.md",
]);
const protectedFolders: ReadonlySet<string> = new Set([
  ".git",
  ".claw",
  ".claude",
  ".vscode",
  ".idea",
  ".devcontainer",
  ".husky",
  ".cursor",
  ".codex",
  ".gemini",
  ".windsurf",
  ".circleci",
  ".buildkite",
  ".githooks",
  ".git-hooks",
  ".hg",
  ".jj",
  ".mvn",
  ".mise",
  ".zed",
  ".helix",
  ".opencode",
  ".continue",
  ".kiro",
  ".roo",
  ".agents",
  ".ssh",
  ".gnupg",
  ".aws",
]);
const protectedPlaces: readonly RegExp[] = [
  /\/\.github\/(?:(?:workflows|actions)(?:\/|$)|copilot-instructions\.md$)/,
  /\/\.(?:forgejo|gitea)\/workflows(?:\/|$)/,
  /\/\.yarn\/(?:releases|plugins)(?:\/|$)/,
  /\/\.config\/mise(?:\.toml$|\/|$)/,
  /\/node_modules\/\.bin(?:\/|$)/,
  // What the kernel and other programs are made of, not files.
  /^\/proc\/(?:sys(?:\/|$)|sysrq-trigger$|[^/]+\/(?:mem|environ|fd(?:\/|$)|root(?:\/|$)|cwd(?:\/|$)))/,
  /^\/(?:sys|boot)(?:\/|$)/,
  /^\/dev\/(?!null$|zero$|full$|u?random$|std(?:in|out|err)$|tty$|fd(?:\/|$))/,
  /\.code-workspace$/,
  /\/\.cargo\/config(?:\.toml)?$/,
  /\/\.config\/(?:systemd|autostart|fish|git)(?:\/|$)/,
];

/** What other programs have in memory and open, and disks as such: who reads it passes every wall by. */
const opaque: readonly RegExp[] = [
  /^\/proc\/[^/]+\/(?:task\/[^/]+\/)?(?:mem$|fd\/\d+$|(?:root|cwd)(?:\/|$))/,
  /^\/proc\/kcore$/,
  /^\/dev\/(?:k?mem$|port$|(?:sd|hd|vd|xvd|nvme|mmcblk|dm-|loop|md|nbd|zd)[^/]*$|(?:disk|mapper)(?:\/|$))/,
];

/** How an absolute path is guarded, if it is. What is secret is protected too. */
export function guardOf(path: string, { own, scratch }: ProtectedFolders): Guard | undefined {
  if (scratch !== undefined && isWithin(scratch, path)) return undefined;
  const name = foldedPath(path);
  if (isSecretFile(path) || opaque.some((one) => one.test(name))) return "secret";
  const names = name.split("/");
  const last = names.at(-1) ?? "";
  const isProtected =
    protectedNames.has(last) ||
    names.some((one) => protectedFolders.has(one)) ||
    protectedPlaces.some((one) => one.test(name)) ||
    own.some((folder) => isWithin(foldedPath(folder), name));
  return isProtected ? "protected" : undefined;
}
