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
];
const key = `(?<![\\w-])(?:${shapes.map(([begin, , rest]) => begin + rest).join("|")})`;

/** In PEM, as it is or as a listing with line numbers shows it. One that is cut off ends where nothing can be a key any more. */
const privateKey =
  "-----BEGIN [A-Z ]{0,24}PRIVATE KEY-----(?:(?:[^-]|-(?!----BEGIN )){0,16384}?-----END [A-Z ]{0,24}PRIVATE KEY-----|(?:[A-Za-z0-9+/=\\s\\\\:,|\u2192]|-(?!----)){40,16384})";

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
  const all = new RegExp([...values, key, privateKey, password].join("|"), "g");

  const opaque = (text: string): string => (known === undefined ? text : text.replace(known, replacement));
  function replacement(found: string): string {
    const name = names.get(found);
    if (name !== undefined) return mark(name);
    if (!found.startsWith("://")) return mark(shapes.find(([begin]) => found.startsWith(begin))?.[1] ?? "private-key");
    return `${opaque(found.slice(0, found.indexOf(":", 3) + 1))}${mark("password")}@`;
  }
  return { opaque, text: (text) => text.replace(all, replacement) };
}
