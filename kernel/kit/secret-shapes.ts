import type { StringMap } from "./json-strings.ts";

const secretName = /(?:^|_)(?:KEYS?(?:_|$)|(?:PASS|PAT|AUTH)$)|(?:API|ACCESS|PRIVATE)_?KEY|SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|CREDENTIAL/i;

/** Whether an environment variable of this name holds a secret. */
export const isSecretName = (name: string): boolean => secretName.test(name);

/** A shorter value is more likely a word than a secret. */
const shortestSecret = 8;

/**
 * The published shapes of keys: how each begins, its name, the rest of its pattern. The first that fits counts. Every repetition
 * has an end: on text of many megabytes the engine would run out of stack.
 */
const shapes: readonly (readonly [begin: string, name: string, rest: string])[] = [
  ["sk-ant-", "anthropic-key", "[\\w-]{8,1024}"],
  // A digit, so that a class name such as sk-fading-circle-before stays what it is.
  ["sk-", "api-key", "(?=[A-Za-z_-]{0,200}[0-9])[\\w-]{16,1024}"],
  ["AKIA", "aws-key", "[0-9A-Z]{16}(?![0-9A-Za-z])"],
  ["ASIA", "aws-key", "[0-9A-Z]{16}(?![0-9A-Za-z])"],
  ["ghp_", "github-token", "[A-Za-z0-9]{16,1024}"],
  ["gho_", "github-token", "[A-Za-z0-9]{16,1024}"],
  ["ghu_", "github-token", "[A-Za-z0-9]{16,1024}"],
  ["ghs_", "github-token", "[A-Za-z0-9]{16,1024}"],
  ["ghr_", "github-token", "[A-Za-z0-9]{16,1024}"],
  ["github_pat_", "github-token", "\\w{16,1024}"],
  ["glpat-", "gitlab-token", "[\\w-]{16,1024}"],
  ["AIza", "google-key", "[\\w-]{35}"],
  ["xox", "slack-token", "[a-z]-[A-Za-z0-9-]{10,1024}"],
  ["xapp-", "slack-token", "[A-Za-z0-9-]{16,1024}"],
  ["npm_", "npm-token", "[A-Za-z0-9]{36}(?![0-9A-Za-z])"],
  ["pypi-", "pypi-token", "AgE[\\w-]{32,1024}"],
  ["hf_", "hugging-face-token", "[A-Za-z0-9]{30,1024}"],
  ["ya29.", "google-token", "[\\w-]{20,2048}"],
  ["GOCSPX-", "google-secret", "[\\w-]{20,64}"],
  ["sk_live_", "stripe-key", "[A-Za-z0-9]{16,1024}"],
  ["rk_live_", "stripe-key", "[A-Za-z0-9]{16,1024}"],
  ["sk_test_", "stripe-key", "[A-Za-z0-9]{16,1024}"],
  ["whsec_", "stripe-secret", "[A-Za-z0-9+/=]{20,256}"],
  ["SG.", "sendgrid-key", "[\\w-]{16,64}\\.[\\w-]{16,128}"],
  ["dop_v1_", "digitalocean-token", "[a-f0-9]{64}"],
  ["dckr_pat_", "docker-token", "[\\w-]{20,128}"],
  ["ATATT3x", "atlassian-token", "[\\w=-]{20,512}"],
  ["lin_api_", "linear-key", "[A-Za-z0-9]{20,128}"],
  ["gsk_", "groq-key", "[A-Za-z0-9]{20,128}"],
  ["xai-", "xai-key", "[A-Za-z0-9]{20,256}"],
  ["hvs.", "vault-token", "[\\w-]{20,512}"],
  // A JSON Web Token: its first part is an object, its second too.
  ["eyJ", "web-token", "[\\w-]{8,8192}\\.eyJ[\\w-]{8,16384}\\.[\\w-]{16,8192}"],
];
const key = `(?<![\\w-])(?:${shapes.map(([begin, , rest]) => begin + rest).join("|")})`;

/** In PEM, as it is or as a listing with line numbers shows it. One that is cut off ends where nothing can be a key any more. */
const privateKey =
  "-----BEGIN [A-Z ]{0,24}PRIVATE KEY-----(?:(?:[^-]|-(?!----BEGIN )){0,16384}?-----END [A-Z ]{0,24}PRIVATE KEY-----|(?:[A-Za-z0-9+/=\\s\\\\:,|\u2192]|-(?!----)){40,16384})";

/** A value that stands for one that somebody has yet to fill in. */
const placeholder = "(?![$<{*\\[]|your|change|example|xxx)";

/** A line that sets a variable named like a secret, as in `.env` and in what `env` prints. */
const assigned = `(?<lead>^[ \\t]{0,16}(?:export[ \\t]{1,8})?[A-Z][A-Z0-9_]{0,64}(?:SECRET|TOKEN|PASSWORD|PASSWD|PASSPHRASE|API_KEY|APIKEY|ACCESS_KEY|PRIVATE_KEY|_PAT|_PASS)[ \\t]{0,4}=[ \\t]{0,4}["']?)${placeholder}[^\\s"'#…]{8,1024}`;

/** What proves who asks, in a header as a listing or a log of requests shows it. */
const header = `(?<lead>\\b[Aa]uthorization["']?[ \\t]{0,4}[:=][ \\t]{0,4}["']?(?:[Bb]earer|[Bb]asic|[Tt]oken)[ \\t]{1,4})${placeholder}[\\w.~+/=-]{12,4096}`;

/** Keys that have no shape of their own, by the name that stands before them in a vendor's own files. */
const named = `(?<lead>(?:aws_secret_access_key|aws_session_token|AccountKey|SharedAccessKey|_authToken|_password|client_secret|refresh_token)["']?[ \\t]{0,4}[:=][ \\t]{0,4}["']?)${placeholder}[A-Za-z0-9+/=_.~-]{12,4096}`;

/** `://user:password@`; a placeholder such as `${password}` is none. */
const password = "(?<=[A-Za-z0-9+.-])://[^\\s/:@]{0,1024}:(?!(?:\\$?\\{[^}\\s/@]{0,100}\\}|\\$[A-Z_]{1,100}|<[^>\\s/@]{0,100}>|\\*{1,100})@)[^\\s/@]{1,1024}@";

/**
 * Takes secrets out of texts: the values of variables named like secrets and, in `text`, whatever looks like one. `mark` makes
 * what stands there instead, of the variable's name or the secret's kind. One pass over a text, whatever there is to look for.
 */
export function secretFilter(environment: Readonly<Record<string, string | undefined>>, mark: (name: string) => string): StringMap {
  const names = new Map(
    Object.entries(environment)
      .flatMap(([name, value = ""]) => (isSecretName(name) && value.trim().length >= shortestSecret ? [[value.trim(), name] as const] : []))
      // The longest first, so that one secret that holds another leaves nothing behind.
      .sort(([one], [other]) => other.length - one.length),
  );
  const values = [...names.keys()].map((value) => RegExp.escape(value));
  const known = values.length === 0 ? undefined : new RegExp(values.join("|"), "g");
  const all = new RegExp([...values, key, privateKey, password, header, named, assigned].join("|"), "gm");

  const opaque = (text: string): string => (known === undefined ? text : text.replace(known, (found) => replacement(found, "")));
  function replacement(found: string, lead: string): string {
    if (lead !== "") return `${lead}${mark(names.get(found.slice(lead.length)) ?? "secret")}`;
    const name = names.get(found);
    if (name !== undefined) return mark(name);
    if (!found.startsWith("://")) return mark(shapes.find(([begin]) => found.startsWith(begin))?.[1] ?? "private-key");
    return `${opaque(found.slice(0, found.indexOf(":", 3) + 1))}${mark("password")}@`;
  }
  return { opaque, text: (text) => text.replace(all, (found, ...rest) => replacement(found, leadOf(rest.at(-1)))) };
}

/** What a pattern matched before the secret itself. */
const leadOf = (groups: unknown): string => (groups as { readonly lead?: string } | undefined)?.lead ?? "";
