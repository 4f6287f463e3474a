/**
 * What becomes of a name that is not there: an empty file or folder is put in its place, which cannot be written, while a program
 * runs; or the program may make it, and it is put aside afterwards.
 *
 * Held are those that claw itself, or an editor that is open, would obey at once. The others are looked for by every package manager and
 * by git, which an empty one would stop or mislead; or an empty one would keep a person's own from being read.
 */
type Absent = "file" | "folder" | "put aside";

export interface ObeyedName {
  /** From the folder it is obeyed in. */
  readonly name: string;
  readonly absent: Absent;
}

const named = (absent: Absent, names: string): readonly ObeyedName[] => names.split(" ").map((name) => ({ name, absent }));

/** At the top of a session's folder: what something outside of the wall obeys (safety.md §3.5). */
export const ofWorkspace: readonly ObeyedName[] = [
  ...named("folder", ".claw .claude .vscode"),
  ...named("file", ".mcp.json .envrc .agentsignore AGENTS.md AGENTS.override.md CLAUDE.md CLAUDE.local.md"),
  ...named("put aside", "CLAW.md .idea .devcontainer .husky .cursor .codex .gemini .windsurf .circleci .github/workflows .github/actions .gitlab-ci.yml"),
  ...named("put aside", ".npmrc .yarnrc .yarnrc.yml .pnpmfile.cjs .gitmodules .gitattributes .pre-commit-config.yaml lefthook.yml"),
  // Programs and settings of other keepers of versions and packages, which a shell's prompt or an editor starts unasked.
  ...named("put aside", ".githooks .git-hooks .lefthook.yml lefthook-local.yml .hg/hgrc .jj/repo/config.toml .yarn/releases .yarn/plugins .pnpmfile.mjs"),
  ...named("put aside", ".cargo/config .cargo/config.toml .mvn .bazelrc mise.toml .mise.toml .mise .config/mise.toml .config/mise .autoenv.zsh"),
  // Editors and interpreters read these where they are started.
  ...named("put aside", ".zed .helix .exrc .vimrc .nvimrc .nvim.lua .dir-locals.el .gdbinit .lldbinit .Rprofile .ghci .ocamlinit .irbrc .pryrc .iex.exs"),
  ...named("put aside", ".opencode opencode.json .aider.conf.yml .continue .kiro .roo .agents GEMINI.md .cursorrules .windsurfrules .clinerules"),
  ...named(
    "put aside",
    ".github/copilot-instructions.md .forgejo/workflows .gitea/workflows .buildkite .travis.yml azure-pipelines.yml bitbucket-pipelines.yml",
  ),
];

/** Names that end so, too. */
export const workspaceEndings: readonly string[] = [".code-workspace"];

/** Where the home folder is the workspace: what shells, desktops, editors and other programs of the person's start with. */
export const ofHome: readonly ObeyedName[] = [
  ...named("file", ".bashrc .bash_logout .bash_aliases .profile .zshrc .zshenv .zprofile .zlogin .zlogout .kshrc .mkshrc .cshrc .login .logout"),
  ...named("file", ".inputrc .pam_environment .gitconfig"),
  ...named("folder", ".config .ssh .local/bin"),
  // An empty one of these would be read in the place of another.
  ...named("put aside", ".bash_profile .bash_login .tcshrc .xprofile .xinitrc .xsession .xsessionrc .emacs .emacs.el .vimrc .gvimrc .exrc"),
  ...named("put aside", ".tmux.conf .screenrc .gdbinit .lldbinit .curlrc .wgetrc .netrc .hgrc .condarc .gemrc .irbrc .pryrc .Rprofile .psqlrc .sqliterc"),
  ...named("put aside", ".vim .emacs.d .gnupg .aws .bundle .ipython .bashrc.d .oh-my-zsh .forward .procmailrc .rhosts .pythonrc.py"),
  ...named(
    "put aside",
    "bin .local/lib .local/share/applications .cargo/config .cargo/config.toml .cargo/bin .m2/settings.xml .gradle/init.gradle .gradle/init.d",
  ),
];

/** In any folder of the workspace: what claw and other agents obey in a session that is started there. */
export const ofAnyFolder: ReadonlySet<string> = new Set([
  ".claw",
  ".claude",
  ".mcp.json",
  "AGENTS.md",
  "AGENTS.override.md",
  "CLAUDE.md",
  "CLAUDE.local.md",
  "CLAW.md",
]);
