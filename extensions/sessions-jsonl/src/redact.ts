import type { LogEntry } from "@claw/kernel";

/** Names of variables whose values are secrets. */
const secretName = /(_KEY|_TOKEN|_SECRET|PASSWORD)$/i;
const shortestSecret = 8;

/** The published shapes of keys: how each begins, its name in a log, the rest of its pattern. */
const shapes: readonly (readonly [begin: string, name: string, rest: string])[] = [
  ["sk-ant-", "anthropic-key", "[A-Za-z0-9_-]{16,}"],
  // A digit, so that a class name such as sk-fading-circle-before stays what it is.
  ["sk-", "api-key", "(?=[A-Za-z_-]{0,200}[0-9])[A-Za-z0-9_-]{20,}"],
  ["AKIA", "aws-key", "[0-9A-Z]{16}(?![0-9A-Za-z])"],
  ["ASIA", "aws-key", "[0-9A-Z]{16}(?![0-9A-Za-z])"],
  ["ghp_", "github-token", "[A-Za-z0-9]{20,}"],
  ["gho_", "github-token", "[A-Za-z0-9]{20,}"],
  ["ghu_", "github-token", "[A-Za-z0-9]{20,}"],
  ["ghs_", "github-token", "[A-Za-z0-9]{20,}"],
  ["ghr_", "github-token", "[A-Za-z0-9]{20,}"],
  ["github_pat_", "github-token", "[A-Za-z0-9_]{20,}"],
  ["AIza", "google-key", "[0-9A-Za-z_-]{35}"],
  ["xox", "slack-token", "[a-z]-[A-Za-z0-9-]{10,}"],
];

/** A private key in PEM, as it is or as a listing with line numbers shows it; cut off ones too. */
const pemBody = "[A-Za-z0-9+/=\\s\\\\:,|\u2192-]";
const pemBegin = "-----BEGIN ";
const pem = `${pemBegin}[A-Z ]{0,24}PRIVATE KEY-----(?:${pemBody}{40,16384}?-----END [A-Z ]{0,24}PRIVATE KEY-----|${pemBody}{40,})`;

export type Redact = (entry: LogEntry) => LogEntry;

/** Takes the values of secret variables and whatever has the shape of a key out of an entry, before it is written. */
export function redactor(environment: Readonly<Record<string, string | undefined>>): Redact {
  const secrets = Object.entries(environment)
    .filter((row): row is [string, string] => secretName.test(row[0]) && (row[1]?.trim().length ?? 0) >= shortestSecret)
    .map(([name, value]) => [value.trim(), name] as const)
    .sort(([one], [other]) => other.length - one.length);
  const names = new Map(secrets);
  const values = [...names.keys()].map(escapeRegExp).join("|");
  const known = values === "" ? undefined : new RegExp(values, "g");
  const all = new RegExp([values, `(?<![A-Za-z0-9_-])(?:${shapes.map(([begin, , rest]) => escapeRegExp(begin) + rest).join("|")})`, pem].filter((part) => part !== "").join("|"), "g");

  const name = (found: string): string => `[redacted:${names.get(found) ?? shapes.find(([begin]) => found.startsWith(begin))?.[1] ?? "private-key"}]`;
  const inText = (text: string): string => text.replace(all, name);
  const inLuggage = (text: string): string => (known === undefined ? text : text.replace(known, name));
  return (entry) => mapStrings(entry, inText, inLuggage) as LogEntry;
}

/**
 * A copy with its strings mapped, or the same value when none changed. What vendors want back as it was (luggage) and
 * base64 of images is only searched for known values: the shape of a key turns up in it by chance.
 */
function mapStrings(value: unknown, text: (part: string) => string, exact: (part: string) => string): unknown {
  if (typeof value === "string") return text(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map((item) => mapStrings(item, text, exact));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  let copy: Record<string, unknown> | undefined;
  for (const [key, part] of Object.entries(value)) {
    const opaque = key === "luggage" || (key === "data" && "mediaType" in value);
    const mapped = mapStrings(part, opaque ? exact : text, exact);
    if (mapped !== part) (copy ??= { ...value })[key] = mapped;
  }
  return copy ?? value;
}

const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
