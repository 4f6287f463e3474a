/** Paths that are asked about in every mode but danger-full-access. */

export type Guard = "protected" | "secret";

export interface ProtectedFolders {
  /** claw's own folders: what it is configured with, what it remembers, what it runs. */
  readonly own: readonly string[];
  /** The session's folder of spilled output, which is inside one of them and is there to be read. */
  readonly scratch?: string | undefined;
}

const example = /\.(?:example|sample|template|dist|defaults?|schema)$/;

/** Files that hold secrets by convention: reading one sends it to the model's provider. */
const secretNames: readonly RegExp[] = [
  /^\.env(?:$|[._-])/, /^\.envrc$/, /\.env$/, /\.(?:pem|key|p12|pfx|ppk|jks|keystore|kdbx)$/, /^id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?(?:[._-](?!pub$).*)?$/,
  /^[._]netrc$/, /^\.npmrc$/, /^\.pypirc$/, /^\.pgpass$/, /^\.my\.cnf$/, /^\.htpasswd$/, /^\.git-credentials$/, /^\.dockercfg$/, /^\.dockerconfigjson$/, /^\.vault-token$/,
  /^credentials(?:\.json|\.toml|\.ya?ml|\.tfrc\.json)?$/, /^mcp-tokens\.json$/, /^secrets?\.(?:json|ya?ml|toml)$/, /^service[-_]account.*\.json$/, /^\.(?:bash|zsh|sh|python|node_repl|psql|mysql)_history$/,
];

/** Folders that hold secrets by convention, as a path ends or goes through them. */
const secretPlaces: readonly RegExp[] = [
  /\/\.ssh(?:\/(?!known_hosts|[^/]*\.pub$)|$)/, /\/\.gnupg(?:\/|$)/, /\/\.aws(?:\/|$)/, /\/\.azure(?:\/|$)/, /\/\.config\/(?:gcloud|gh)(?:\/|$)/, /\/\.kube\/(?:config|cache)/, /\/\.docker\/config\.json$/,
  /\/\.password-store(?:\/|$)/, /\/proc\/[^/]+\/environ$/,
];

/** Files that something outside of this session obeys: who writes one decides what runs later. */
const protectedNames: ReadonlySet<string> = new Set([
  ".mcp.json", ".gitmodules", ".gitattributes", ".gitconfig", ".envrc", ".npmrc", ".yarnrc", ".yarnrc.yml", ".pnpmfile.cjs", ".pre-commit-config.yaml", "lefthook.yml",
  ".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".bash_aliases", ".profile", ".zshrc", ".zshenv", ".zprofile", ".zlogin", ".zlogout", ".kshrc", ".mkshrc", ".cshrc", ".tcshrc", ".login",
  ".inputrc", ".pam_environment", ".xprofile", ".xinitrc", ".xsessionrc", "config.fish", "authorized_keys",
  ".gitlab-ci.yml", ".travis.yml", "azure-pipelines.yml", "bitbucket-pipelines.yml", "jenkinsfile", "appveyor.yml",
  "agents.md", "claude.md", "claude.local.md", "claw.md",
]);
const protectedFolders: ReadonlySet<string> = new Set([".git", ".claw", ".claude", ".vscode", ".idea", ".devcontainer", ".husky", ".circleci", ".ssh", ".gnupg", ".aws"]);
const protectedPlaces: readonly RegExp[] = [/\/\.github\/(?:workflows|actions)(?:\/|$)/, /\/node_modules\/\.bin(?:\/|$)/, /\.code-workspace$/, /\/\.cargo\/config(?:\.toml)?$/, /\/\.config\/(?:systemd|autostart|fish|git)(?:\/|$)/];

/** One spelling for every way a file system may take a name: case, invisible signs, dots and spaces at the end. */
const folded = (path: string): string =>
  path
    .normalize("NFC")
    .toLowerCase()
    .replaceAll(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]/g, "")
    .replaceAll("\\", "/")
    .split("/")
    .map((name) => (name === "." || name === ".." ? name : name.replace(/[. ]+$/, "").replace(/^git~\d$/, ".git")))
    .join("/");

const isIn = (path: string, folder: string): boolean => path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);

/** How an absolute path is guarded, if it is. What is secret is protected too. */
export function guardOf(path: string, { own, scratch }: ProtectedFolders): Guard | undefined {
  if (scratch !== undefined && isIn(path, scratch)) return undefined;
  const name = folded(path);
  const names = name.split("/");
  const last = names.at(-1) ?? "";
  if (!example.test(last) && (secretNames.some((one) => one.test(last)) || secretPlaces.some((one) => one.test(name)))) return "secret";
  const isProtected = protectedNames.has(last) || names.some((one) => protectedFolders.has(one)) || protectedPlaces.some((one) => one.test(name)) || own.some((folder) => isIn(name, folded(folder)));
  return isProtected ? "protected" : undefined;
}
