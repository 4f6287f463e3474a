import { foldedPath } from "./folded-path.ts";

const anyOf = (patterns: readonly RegExp[]): RegExp => new RegExp(patterns.map(({ source }) => source).join("|"));

const example = /\.(?:example|sample|template|dist|defaults?|schema)$/;

const names = anyOf([
  /^\.env(?:$|[._-])/,
  /^\.envrc$/,
  /\.env$/,
  /\.(?:pem|key|p12|pfx|ppk|jks|keystore|kdbx)$/,
  /^id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?(?:[._-](?!pub$).*)?$/,
  /^[._]netrc$/,
  /^\.npmrc$/,
  /^\.pypirc$/,
  /^\.pgpass$/,
  /^\.my\.cnf$/,
  /^\.htpasswd$/,
  /^\.git-credentials$/,
  /^\.dockercfg$/,
  /^\.dockerconfigjson$/,
  /^\.vault-token$/,
  /^credentials(?:\.json|\.toml|\.ya?ml|\.tfrc\.json)?$/,
  /^mcp-tokens\.json$/,
  /^secrets?\.(?:json|ya?ml|toml)$/,
  /^service[-_]account.*\.json$/,
  /^\.(?:bash|zsh|sh|python|node_repl|psql|mysql)_history$/,
]);

/** Folders, as a path ends or goes through them, and files of certain folders. */
const places = anyOf([
  /\/\.ssh(?:\/(?!known_hosts|[^/]*\.pub$)|$)/,
  /\/\.gnupg(?:\/|$)/,
  /\/\.aws(?:\/|$)/,
  /\/\.azure(?:\/|$)/,
  /\/\.config\/(?:gcloud|gh)(?:\/|$)/,
  /\/\.kube\/(?:config|cache)/,
  /\/\.docker\/config\.json$/,
  /\/\.password-store(?:\/|$)/,
  /\/proc\/[^/]+\/environ$/,
]);

/** Whether what is at an absolute path holds secrets by convention: who reads it sends it to the model's provider. */
export function isSecretFile(path: string): boolean {
  const folded = foldedPath(path);
  const name = folded.slice(folded.lastIndexOf("/") + 1);
  return !example.test(name) && (names.test(name) || places.test(folded));
}
