import { escaped } from "./escaped.ts";
import type { StringMap } from "./json-strings.ts";

/** Variables whose values are secrets, by their names. */
const secretName = /(?:^|_)(?:(?:API)?KEY|TOKEN|SECRET|PASSWORD|PASSWD|PASSPHRASE|CREDENTIALS?)S?(?:_|$)/i;

/** A shorter value is more likely a word of the conversation than a secret. */
const shortest = 8;

/** The published shapes of keys. A bare `sk-` needs a digit: class names begin so too. */
const shapes = [
  "sk-ant-[\\w-]{8,}",
  "sk-(?=[A-Za-z_-]{0,200}\\d)[\\w-]{16,}",
  "(?:AKIA|ASIA)[0-9A-Z]{16}(?![0-9A-Za-z])",
  "gh[pousr]_[A-Za-z0-9]{16,}",
  "github_pat_\\w{16,}",
  "glpat-[\\w-]{16,}",
  "AIza[\\w-]{35}",
  "xox[a-z]-[A-Za-z0-9-]{10,}",
];
const shape = new RegExp(`(?<![\\w-])(?:${shapes.join("|")})`, "g");
const pem = /-----BEGIN [A-Z ]{0,24}PRIVATE KEY-----[\s\S]{0,16384}?(?:-----END [A-Z ]{0,24}PRIVATE KEY-----|$)/g;
const password = /\b([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)[^\s/@]+@/gi;

const placeholder = "{{secret}}";

/** Takes the values of secret variables, and whatever looks like a key, out of strings. */
export function withoutSecrets(environment: Readonly<Record<string, string | undefined>>): StringMap {
  const values = Object.entries(environment).flatMap(([name, value = ""]) => (secretName.test(name) && value.trim().length >= shortest ? [value.trim()] : []));
  // The longest first, so that one secret that holds another leaves nothing behind.
  const known = [...new Set(values)].sort((left, right) => right.length - left.length).map(escaped);
  const exact = known.length === 0 ? undefined : new RegExp(known.join("|"), "g");
  const opaque = (text: string): string => (exact === undefined ? text : text.replace(exact, placeholder));
  return { opaque, text: (text) => opaque(text).replace(pem, placeholder).replace(shape, placeholder).replace(password, `$1${placeholder}@`) };
}
