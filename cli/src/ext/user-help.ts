/** What help says of one verb of `claw ext`. */
export interface VerbHelp {
  /** What is typed after `claw ext`: the verb, and the words it takes in capitals. */
  readonly usage: string;
  readonly what: string;
  /** Other names it answers to. */
  readonly aliases?: readonly string[];
  readonly flags?: readonly (readonly [string, string])[];
  readonly examples?: readonly (readonly [string, string])[];
}

const dryRun = ["--dry-run", "say what would happen, and write nothing"] as const;
const yes = ["-y, --yes", "ask nothing: only what is covered already is accepted"] as const;
const trust = ["--trust NAME", "trust NAME: its code runs in claw's process, with all it asks for; may repeat"] as const;
const project = ["--project", "for this project and its lock, not for you"] as const;
const enable = ["--no-enable", "without adding it to the settings"] as const;
const unsigned = ["--allow-unsigned", "also what nobody signed, so that anybody could have changed it"] as const;
const insecure = ["--insecure", "HTTP from another machine, which anybody in between can change"] as const;

/** What help says of the verbs for whoever uses extensions. */
export const userHelp: readonly VerbHelp[] = [
  {
    usage: "add NAME…[@RANGE]",
    what: "install: shows the plan, and asks",
    flags: [
      ["--from PLACE", "from there: a marketplace, a mirror, a folder or file with a package, a .clawpack"],
      ["--root sha256:…", "the root of a .clawpack's marketplace, as its operator says it; may repeat"],
      project,
      enable,
      yes,
      trust,
      ["--fresh", "a version named exactly, however new it is"],
      ["--allow-downgrade", "a version older than the one that is installed"],
      unsigned,
      insecure,
      dryRun,
    ],
    examples: [
      ["claw ext add acme/word-list", "the newest version that fits"],
      ["claw ext add acme/word-list@^1.2", "the newest in a range"],
      ["claw ext add --from all.clawpack", "all that is in a file, without a network"],
    ],
  },
  {
    usage: "remove NAME…",
    what: "uninstall",
    aliases: ["uninstall"],
    flags: [["--purge", "its data too"], ["--prune", "what only it needed, too"], project, yes, dryRun],
  },
  {
    usage: "update [NAME…]",
    what: "newer versions, with what is different in them",
    flags: [["--patch", "only those in which nothing is different but the version"], project, yes, trust, unsigned, insecure, dryRun],
  },
  { usage: "rollback NAME", what: "the version before, without any network", flags: [yes, dryRun] },
  { usage: "search [WORDS]", what: "what the marketplaces have" },
  {
    usage: "list",
    what: "the extensions of this run",
    flags: [
      ["--all", "those that are installed and not on, too"],
      ["--updates", "ask the marketplaces for newer versions"],
    ],
  },
  { usage: "info NAME", what: "what one does, asks for and costs, and who signs it; installed or not", aliases: ["details"] },
  { usage: "enable NAME…", what: "have it in every run", flags: [yes, dryRun] },
  { usage: "disable NAME…", what: "leave it out of every run", flags: [yes, dryRun] },
  {
    usage: "trust NAME|PUBLISHER",
    what: "let its code run in claw's process",
    flags: [["--list", "whom you trust"], ["--remove", "no longer"], yes, dryRun],
  },
  { usage: "grant NAME", what: "give it what it asks for", flags: [["--optional", "what it could do without, too"], yes, dryRun] },
  { usage: "ungrant NAME", what: "take back what it was given", flags: [yes, dryRun] },
  { usage: "verify [NAME]", what: "compare what is installed with its lock" },
  {
    usage: "repair NAME",
    what: "fetch a damaged package again",
    flags: [["--from PLACE", "from there: a mirror or a copy of its marketplace"], insecure, yes, dryRun],
  },
  { usage: "audit", what: "revoked, yanked, deprecated, unsigned, outdated" },
  { usage: "why NAME", what: "who asked for it" },
  { usage: "lock", what: "write this project's lock", flags: [yes, dryRun] },
  { usage: "ci", what: "install exactly what this project's lock says", flags: [yes, trust, unsigned, insecure, dryRun] },
  { usage: "gc", what: "remove packages that nothing needs any more", flags: [yes, dryRun] },
  {
    usage: "mirror URL FOLDER",
    what: "copy a marketplace, signatures and all",
    flags: [["--only NAMES", "some names only, or the word lock for what this project's lock has"], insecure, yes, dryRun],
  },
  {
    usage: "bundle -o FILE",
    what: "all that is installed in one file, for a machine without a network",
    flags: [["-o, --output FILE", "the .clawpack to write"], ["--project", "what this project's lock has"], insecure, yes, dryRun],
  },
  {
    usage: "install NAME…",
    what: "add, as the system before claw spelled it",
    flags: [
      ["--marketplace URL", "a marketplace for this command alone"],
      ["--require-signed", "refuse what nobody signed"],
      ["--insecure-marketplace", "HTTP from another machine"],
      ["--dest FOLDER", "not served: packages go to your own store"],
      project,
      enable,
      yes,
      trust,
      unsigned,
      dryRun,
    ],
  },
];

/** What help says of the verbs for whoever adds marketplaces. */
export const marketplaceHelp: readonly VerbHelp[] = [
  {
    usage: "marketplace add URL",
    what: "know another marketplace",
    flags: [
      ["--root sha256:…", "its root, as its operator says it; you are asked without it"],
      ["--scope SCOPE", "names of this scope come from there alone; may repeat"],
      ["--credential NAME", "the secret with the token or headers it wants"],
      ["--publisher-key FILE", "who signs there, where the documents name nobody; may repeat"],
      unsigned,
      insecure,
      yes,
      dryRun,
    ],
    examples: [["claw ext marketplace add https://ext.acme.example --scope acme", "and compare the root it shows"]],
  },
  { usage: "marketplace list", what: "the marketplaces that are known" },
  { usage: "marketplace remove ID", what: "forget one; what came from it stays", flags: [yes, dryRun] },
  {
    usage: "marketplace refresh [ID]",
    what: "ask for what is new and what is revoked",
    flags: [["--quiet", "say only what somebody has to do something about"]],
  },
];
