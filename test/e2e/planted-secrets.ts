import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** One secret, and where it lies. */
export interface Planted {
  readonly kind: string;
  readonly value: string;
  readonly where: { readonly variable: string } | { readonly project: string; readonly text: string } | { readonly home: string; readonly text: string };
}

// Put together here so that no scanner takes this file for a leak.
const join2 = (...parts: readonly string[]): string => parts.join("");
const pem = (kind: string, body: string): string =>
  [join2("-----BEGIN ", kind, " PRIVATE KEY-----"), body, join2("-----END ", kind, " PRIVATE KEY-----"), ""].join("\n");
const rsa = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCplantedRsaBody0123456789abcdefghij";
const openssh = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUplantedOpensshBody0123456789abcdef";

const variable = (kind: string, name: string, value: string): Planted => ({ kind, value, where: { variable: name } });
const inProject = (kind: string, path: string, value: string, text: (value: string) => string): Planted => ({
  kind,
  value,
  where: { project: path, text: text(value) },
});
const inHome = (kind: string, path: string, value: string, text: (value: string) => string): Planted => ({
  kind,
  value,
  where: { home: path, text: text(value) },
});

/** Secrets of many kinds in the environment, in files of the project and of the person's home. */
export const planted: readonly Planted[] = [
  variable("a vendor's key", "OPENAI_API_KEY", join2("sk-", "proj-planted0123456789abcdef")),
  variable("a cloud's secret key", "AWS_SECRET_ACCESS_KEY", "plantedAwsSecret/K7MDENG/bPxRfiCYEXAMPLE"),
  variable("a code host's token", "GITHUB_TOKEN", join2("ghp_", "planted0123456789abcdefghijklmnopqrst")),
  variable("a password in an address", "DATABASE_URL", join2("postgres://app:", "plantedDbPassword", "@db.test/app")),
  variable("a registry's token", "NPM_TOKEN", join2("npm_", "planted0123456789abcdefghijklmnopqrs")),
  variable("a secret of one's own", "MY_SESSION_SECRET", "planted-session-secret-without-a-shape"),
  variable("a signing passphrase", "GPG_PASSPHRASE", "planted correct horse battery staple"),
  inProject("an environment file", ".env", "planted-env-password-1", (value) => `DB_PASSWORD=${value}\n`),
  inProject("another environment file", "config/prod.env", "planted-env-password-2", (value) => `API_SECRET=${value}\n`),
  inProject("a private key", "deploy/server.pem", rsa, (value) => pem("RSA", value)),
  inProject("a service account", "service-account.json", "plantedServiceAccountKeyBody0123456789", (value) => JSON.stringify({ private_key: pem("", value) })),
  inProject("a project's registry file", ".npmrc", "planted-npmrc-auth-token-01234", (value) => `//registry.test/:_authToken=${value}\n`),
  inProject("a header in a log", "app.log", "plantedBearerTokenInALog.0123456789", (value) => `GET /x\nAuthorization: Bearer ${value}\n`),
  inProject(
    "a web token in a log",
    "trace.txt",
    join2("eyJ", "hbGciOiJIUzI1NiJ9.eyJzdWIiOiJwbGFudGVkIn0.plantedSignature0123456789"),
    (value) => `token ${value} ok\n`,
  ),
  inProject("a key in code", "src/client.js", join2("sk_live_", "planted0123456789abcdef"), (value) => `const stripe = new Stripe("${value}");\n`),
  inProject(
    "a storage key",
    "settings.ini",
    "plantedStorageAccountKey0123456789abcdef==",
    (value) => `conn=DefaultEndpointsProtocol=https;AccountKey=${value}\n`,
  ),
  inHome("an SSH key", ".ssh/id_ed25519", openssh, (value) => pem("OPENSSH", value)),
  inHome(
    "a cloud's credentials file",
    ".aws/credentials",
    "plantedFileAwsSecret/0123456789abcdefghij",
    (value) => `[default]\naws_secret_access_key = ${value}\n`,
  ),
  inHome("git's credentials", ".git-credentials", "plantedGitPassword0123", (value) => `https://me:${value}@git.test\n`),
  inHome("a login of curl", ".netrc", "plantedNetrcPassword0123", (value) => `machine x.test login me password ${value}\n`),
  inHome("a cluster's token", ".kube/config", "plantedKubeToken0123456789abcdef", (value) => `users:\n- user:\n    token: ${value}\n`),
  inHome("a shell's history", ".bash_history", "plantedHistoryPassword0123", (value) => `mysql -u root -p${value}\n`),
];

/** The secret itself, without what is around it. */
export const bare = ({ value }: Planted): string => /^[a-z]+:\/\/[^:]+:([^@]+)@/.exec(value)?.[1] ?? value;

/** Puts every secret where it belongs; the variables among them. */
export function plant(project: string, home: string): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {};
  for (const { value, where } of planted) {
    if ("variable" in where) variables[where.variable] = value;
    else put("project" in where ? join(project, where.project) : join(home, where.home), where.text);
  }
  return variables;
}

function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode: 0o600 });
}
