import type { ShellCommand, ShellPath } from "@claw/kernel";

type Told = Pick<ShellCommand, "program" | "words" | "wrapped">;

/** Options of git's log and diff that have names, counts and messages shown, and never what is in a file. */
const tellingOption =
  /^(?:-\d+|-n\d*|-[sz]|--(?:oneline|all|graph|decorate|no-decorate|follow|full-history|reverse|first-parent|no-merges|merges|shortstat|numstat|name-only|name-status|stat|summary|compact-summary|dirstat|quiet|cached|staged|no-patch|no-color|no-renames|abbrev-commit|include-untracked|only-untracked|(?:stat|dirstat|diff-filter|format|pretty|date|since|until|after|before|author|grep|max-count|decorate|color|abbrev)=.*))$/s;
/** Without one of these diff and its kin show what changed. */
const listing = /^--(?:name-only|name-status|stat|numstat|shortstat|summary|compact-summary|dirstat|quiet|no-patch)(?:=|$)|^-s$/;

/** git's sub-command and what follows it; undefined where a word that may be an option is known only once it runs. */
function gitWords({ program, words, wrapped }: Told): readonly string[] | undefined {
  const options = words.includes("--") ? words.slice(0, words.indexOf("--")) : words;
  if (program !== "git" || options.includes(undefined)) return undefined;
  const given = words.slice(wrapped + 1).filter((word) => word !== undefined);
  let at = 0;
  while (given[at]?.startsWith("-") === true) at += given[at] === "-C" || given[at] === "-c" ? 2 : 1;
  return given.slice(at);
}

/** Whether git shows names, counts and messages, and nothing of what is in a file: `git check-ignore .env`, `git log --oneline -- .env`. */
export function gitTellsNames(command: Told): boolean {
  const [name, ...rest] = gitWords(command) ?? [];
  const options = (rest.includes("--") ? rest.slice(0, rest.indexOf("--")) : rest).filter((word) => word.startsWith("-"));
  switch (name) {
    case "check-attr":
    case "check-ignore":
    case "ls-files":
    case "ls-tree":
      return true;
    case "status":
      return !options.some((word) => /^-[^-]*v|^--v/.test(word));
    case "log":
      return options.every((word) => tellingOption.test(word));
    case "diff":
      return options.every((word) => tellingOption.test(word)) && options.some((word) => listing.test(word));
    default:
      return false;
  }
}

/** A stash, as a revision. */
const stash = /^(?:refs\/)?stash(?:[@^~.]|$)/;

/** Whether git shows what is in a stash, and whether in what was not kept as well: a stash is nobody's to show but the person's. */
export function stashShown(given: readonly string[]): "kept" | "all" | undefined {
  const at = given.indexOf("stash");
  const isShow = at !== -1 && (given[at + 1] === "show" || given[at + 1] === "list");
  const revisions = given.some((word) => stash.test(word)) && given.some((word) => /^(?:diff|log|show|whatchanged|format-patch)$/.test(word));
  if (!isShow && !revisions) return undefined;
  const options = given.filter((word) => word.startsWith("-") && word !== "--");
  const tells = options.every((word) => tellingOption.test(word)) && (given[at + 1] === "list" || options.some((word) => listing.test(word)));
  if (tells) return undefined;
  return options.some((word) => /^--(?:in|on)|^-[^-]*u/.test(word)) || given.some((word) => stash.test(word) && word.includes("^")) ? "all" : "kept";
}

/** Names that are asked about, one of each kind, and for those that end as other files do the name of such a file. */
const kinds: readonly (readonly [secret: string, plain?: string])[] = [
  ...".env .env.local .env.production .env.development .env.test .env.staging prod.env .envrc .netrc _netrc .npmrc .pypirc .pgpass .my.cnf .htpasswd"
    .split(" ")
    .map((name) => [name] as const),
  ..."a.pem a.key a.p12 a.pfx a.ppk a.jks a.keystore a.kdbx id_rsa id_dsa id_ecdsa id_ed25519 credentials .git-credentials .dockercfg .vault-token .bash_history"
    .split(" ")
    .map((name) => [name] as const),
  ..."credentials secrets secret service-account mcp-tokens".split(" ").map((name) => [`${name}.json`, "zz.json"] as const),
  ..."credentials secrets secret".split(" ").flatMap((name) => [[`${name}.yaml`, "zz.yaml"] as const, [`${name}.yml`, "zz.yml"] as const]),
  ..."credentials secrets secret".split(" ").map((name) => [`${name}.toml`, "zz.toml"] as const),
];

export const secretKinds: readonly string[] = kinds.map(([secret]) => secret);

/** What a pattern of git's says of a file's own name; undefined for one that is not read. */
function shapeOf(name: string): RegExp | undefined {
  if (/\[[^\]]*[[\\]/.test(name)) return undefined;
  const source = name.split(/(\*+|\?|\[[!^]?\]?[^\]]*\]|\\.)/s).map((piece, index) => {
    if (index % 2 === 0) return RegExp.escape(piece);
    if (piece.startsWith("*")) return ".*";
    if (piece === "?") return ".";
    return piece.startsWith("[") ? piece.replace(/^\[[!^]/, "[^") : RegExp.escape(piece.slice(1));
  });
  try {
    return new RegExp(`^${source.join("")}$`, "is");
  } catch {
    return undefined;
  }
}

const mostStars = 6;

/** Whether a pattern of paths is meant for names that are asked about: it takes one of them in, and not every file of its kind. */
export function meansSecrets(pattern: string): boolean {
  const name = pattern.split("/").at(-1) ?? "";
  if (!/[*?[\\]/.test(name)) return false;
  const shape = name.split("*").length - 1 > mostStars ? undefined : shapeOf(name);
  if (shape === undefined) return true;
  if (shape.test("zz") || shape.test("zz.zz")) return false;
  return kinds.some(([secret, plain]) => shape.test(secret) && (plain === undefined || !shape.test(plain)));
}

/** A pattern of paths that git is given, and that is meant for names that are asked about. */
export function secretPattern(command: ShellCommand, text: string): string | undefined {
  if (command.program !== "git" || gitTellsNames(command)) return undefined;
  return command.reads.map((path) => patternAt(path, command, text)).find((pattern) => pattern !== undefined && meansSecrets(pattern));
}

function patternAt({ pos, end }: ShellPath, { words, typed }: ShellCommand, text: string): string | undefined {
  const word = text.slice(pos, end);
  const given = words[typed.indexOf(word)] ?? word.replaceAll(/["']/g, "");
  // What is left out is not shown.
  if (/^:(?:[/!^]*[!^]|\([^)]*\bexclude\b)/.test(given)) return undefined;
  return given.replace(/^:(?:\([^)]*\)|\/)?/, "").replace(/^[^*?[]*:(?=[^:]*$)/, "");
}
