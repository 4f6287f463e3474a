/** What is obeyed at the top of a workspace by something outside of the wall: never made, changed or moved away inside. */
const atTheTop: readonly string[] = [
  ".claw",
  ".claude",
  ".mcp.json",
  ".vscode",
  ".idea",
  ".devcontainer",
  ".envrc",
  ".husky",
  ".npmrc",
  ".yarnrc.yml",
  ".gitmodules",
  ".gitattributes",
  ".agentsignore",
  "AGENTS.md",
  "AGENTS.override.md",
  "CLAUDE.md",
  "CLAUDE.local.md",
  "CLAW.md",
  ".github/workflows",
  ".github/actions",
  ".gitlab-ci.yml",
  ".circleci",
  ".cursor",
  ".codex",
  ".gemini",
  ".windsurf",
  ".yarnrc",
  ".pnpmfile.cjs",
  ".pre-commit-config.yaml",
  "lefthook.yml",
];
/** Where the home folder is the workspace. */
const atHome: readonly string[] = [
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
  ".cshrc",
  ".tcshrc",
  ".kshrc",
  ".login",
  ".logout",
  ".inputrc",
  ".vimrc",
  ".vim",
  ".exrc",
  ".emacs",
  ".emacs.d",
  ".tmux.conf",
  ".screenrc",
  ".curlrc",
  ".wgetrc",
  ".netrc",
  ".lldbinit",
  ".gdbinit",
  ".gitconfig",
  ".ssh",
  ".gnupg",
  ".aws",
  ".config",
  ".local/bin",
  ".local/lib",
  ".cargo/config.toml",
  ".cargo/bin",
  "bin",
  "Library",
];
/** Of a repository, wherever it is: what decides which programs git runs. */
const ofRepositories: readonly string[] = ["config", "config.worktree", "hooks", "info/attributes", "commondir"];

export interface ProtectedPatterns {
  /** No write of any kind. */
  readonly closed: readonly string[];
  /** Neither made nor moved away nor deleted; what they hold may change. */
  readonly pinned: readonly string[];
  /** The same, and not written either where it is a file: it leads to a repository elsewhere. */
  readonly files: readonly string[];
}

/** Patterns of paths below a folder, in any case: the usual file systems of a Mac take `.GIT` for `.git`. */
export function protectedPatterns(root: string, isHome: boolean): ProtectedPatterns {
  const top = `^${literal(root)}/`;
  const anywhere = `${top}(.+/)?${anyCase(".git")}`;
  const names = [...atTheTop, ...(isHome ? atHome : [])];
  const within = `(/${anyCase("modules")}/.+|/${anyCase("worktrees")}/[^/]+)?`;
  return {
    closed: [...names.map((name) => `${top}${anyCase(name)}(/|$)`), ...ofRepositories.map((name) => `${anywhere}${within}/${anyCase(name)}(/|$)`)],
    pinned: [
      ...names.flatMap((name) => foldersOf(name).map((folder) => `${top}${anyCase(folder)}$`)),
      `${anywhere}(/${anyCase("info")}|/${anyCase("modules")}(/.+)?|/${anyCase("worktrees")}(/[^/]+)?)?$`,
    ],
    files: [`${anywhere}$`],
  };
}

const foldersOf = (name: string): readonly string[] => name.split("/").slice(0, -1);

/**
 * A pattern for a path that holds nothing of the path that could mean something. What is not plain stands for any one sign, and what
 * is not ASCII for any of them, however they are told: that protects a little more, never less.
 */
const literal = (path: string): string => path.replace(/[^\x00-\x7f]+|[^A-Za-z0-9/_-]/g, (run) => (run.charCodeAt(0) > 0x7f ? "[^/]+" : "."));

/** Of the names above alone. */
const anyCase = (name: string): string => name.replace(/[A-Za-z]/g, (letter) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`).replaceAll(".", "[.]");
