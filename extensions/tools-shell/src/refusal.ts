import type { Exit, SandboxDenial } from "@claw/kernel";

/** What a command that failed said of a wall: which need would ask for what it wanted. */
interface Sign {
  readonly pattern: RegExp;
  /** Of what the pattern found. */
  readonly need: (found: string) => string;
  readonly refused: (found: string) => string;
}

const hostName = "(?<found>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?)";
const resolvers = [
  `could not resolve host(?:name)?:? ["']?${hostName}`,
  `getaddrinfo (?:ENOTFOUND|EAI_AGAIN) ${hostName}`,
  `unable to resolve host address [‘'"]?${hostName}`,
  `dial tcp: lookup ${hostName}`,
  `temporary failure resolving '${hostName}`,
  `(?:HTTPS?ConnectionPool\\(|Failed to establish a new connection[^\\n]{0,80})host='${hostName}`,
];
const path = `["'‘“]?(?<found>/[^\\s"'’”:]{1,300})["'’”]?`;

/** The most telling first. They are words of programs and prove nothing: they only say what could be asked for. */
const signs: readonly Sign[] = [
  {
    pattern: new RegExp(resolvers.join("|").replaceAll("(?<found>", "("), "iu"),
    need: (host) => `host:${host.toLowerCase()}`,
    refused: (host) => `host ${host}`,
  },
  {
    pattern: new RegExp(`${path}: read-only file system|EROFS: [a-z -]+, \\w+ ${path}`.replaceAll("(?<found>", "("), "iu"),
    need: (file) => `path:${file}`,
    refused: (file) => `writing ${file}`,
  },
  {
    pattern: /network is unreachable|ENETUNREACH|name resolution|name or service not known|nodename nor servname/iu,
    need: () => "host:NAME",
    refused: () => "the network",
  },
  { pattern: /read-only file system|\bEROFS\b/iu, need: () => "path:/FOLDER", refused: () => "writing outside the session's folders" },
  { pattern: /operation not permitted|\bEPERM\b/iu, need: () => "outside", refused: () => "what it tried" },
];

/** Only so much of the end is looked at: errors come last. */
const LOOKED_AT = 16 * 1024;

/**
 * One line for the model after a command that failed behind the wall, if the wall is the likely reason; it names what to ask the
 * person for. A path that was put aside is told of whether the command failed or not.
 */
export function refusalOf(exit: Exit, text: string, asked: readonly string[]): string | undefined {
  if (!exit.contained) return undefined;
  const isWell = exit.timedOut || exit.code === 0;
  const [denial] = (exit.denials ?? []).filter(({ type }) => !isWell || type === "path");
  if (denial !== undefined) return said("refused", `${denial.type} ${plain(denial.what)} (${plain(denial.why)})`, needOf(denial), asked);
  if (isWell) return undefined;
  const end = text.slice(-LOOKED_AT);
  for (const { pattern, need, refused } of signs) {
    const match = pattern.exec(end);
    const found = match?.slice(1).find((group) => group !== undefined) ?? "";
    if (match !== null) return said("seems to have refused", refused(found), need(found), asked);
  }
  return undefined;
}

function said(how: string, what: string, need: string, asked: readonly string[]): string {
  const again = asked.includes(need) ? "" : `; the same call with needs ["${need}"] asks the person for it`;
  return `the sandbox ${how} ${what}${again}`;
}

/** 443 and 80 go with a name. */
const needOf = ({ type, what }: SandboxDenial): string => (type === "host" ? `host:${plain(what).replace(/:(?:443|80)$/, "")}` : `path:${plain(what)}`);

/** What a program made up is shown as one short line. */
const plain = (text: string): string => text.replaceAll(/[^\x20-\x7e]|["\]]/g, "?").slice(0, 300);
