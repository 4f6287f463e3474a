import type { VerbHelp } from "./user-help.ts";

const dryRun = ["--dry-run", "say what would happen, and write nothing"] as const;
const build = ["--no-build", "take dist as it is"] as const;
const sigstore = [
  ["--identity-token FILE", "the token that says who you are, for --keyless; in CI it is found"],
  ["--fulcio-url URL", "another certificate authority"],
  ["--rekor-url URL", "another transparency log"],
  ["--tsa-url URL", "another timestamp authority"],
] as const;
const signs = [
  ["--key FILE", "sign with this private key (claw ext sign --new-key FILE makes one)"],
  ["--keyless", "sign as the CI job or person you are"],
  ["--log", "put a key's signature into the transparency log"],
] as const;
const signsIndex = [
  ["--index-key FILE", "sign the index too; without it the operator does; may repeat"],
  ["--index-keyless", "sign the index as the CI job or person you are"],
  ["--days N", "how long the index is good"],
  ["--push", "commit and push the folder's checkout"],
] as const;
const changes = [["--to FOLDER", "the marketplace's folder"], ...signsIndex, ...sigstore, dryRun] as const;
const rotates = [
  ["--root-key FILE", "the root key there is; may repeat"],
  ["--new-key FILE", "a key that is to be; may repeat"],
  ["--threshold N", "how many of them have to sign"],
  ["--root-days N", "how long the root is good"],
  dryRun,
] as const;

/** What help says of the verbs for whoever writes extensions. */
export const authorHelp: readonly VerbHelp[] = [
  {
    usage: "new SCOPE/NAME",
    what: "begin an extension in a folder of its own",
    flags: [
      ["--template NAME", "tool, classifier or provider"],
      ["--folder FOLDER", "where, if not in ./NAME"],
      ["--workflow", "a GitHub Actions workflow that publishes, too"],
      dryRun,
    ],
    examples: [["claw ext new acme/word-list", "writes ./word-list"]],
  },
  {
    usage: "types [FOLDER]",
    what: "src/contract.gen.ts from extension.json",
    flags: [["--watch", "again whenever extension.json is saved"], dryRun],
  },
  {
    usage: "check [FOLDER]",
    what: "everything that publishing would refuse, with the line that puts it right",
    aliases: ["validate"],
    flags: [build, ["--warnings", "fail for warnings too"]],
  },
  { usage: "test [FOLDER]", what: "its tests, with its own Vitest; what follows -- goes to Vitest" },
  { usage: "pack [FOLDER]", what: "bundle it and make NAME-VERSION.tgz", flags: [["--out FOLDER", "where the .tgz goes"], build, dryRun] },
  {
    usage: "sign FILE",
    what: "write FILE.sigstore.json",
    flags: [
      ...signs,
      ...sigstore,
      ["--new-key FILE", "make a key, and FILE.pub.pem for a marketplace"],
      ["--wrap SIG", "make a bundle of what cosign or openssl signed"],
      ["--attest", "say what it was built from, too"],
      dryRun,
    ],
    examples: [["claw ext sign --new-key keys/acme.pem", "a key pair; no FILE is needed"]],
  },
  {
    usage: "publish [FOLDER…] --to FOLDER",
    what: "check, pack, sign, verify and publish",
    flags: [["--to FOLDER", "the marketplace's folder"], ...signs, ...signsIndex, build, ["--attest", "say what it was built from, too"], ...sigstore, dryRun],
    examples: [["claw ext publish --to ../site --key acme.pem --index-key index.pem", "this folder"]],
  },
  {
    usage: "yank NAME@VERSION --to FOLDER",
    what: "never choose a version anew",
    flags: [["--reason TEXT", "what people are told"], ["--undo", "take it back"], ...changes],
  },
  {
    usage: "revoke NAME[@RANGE] --to FOLDER",
    what: "refuse it everywhere, for ever",
    flags: [["--severity S", "malicious, vulnerable or key-compromise"], ["--reason TEXT", "what people are told"], ...changes],
  },
  {
    usage: "deprecate NAME --to FOLDER",
    what: "say what to use instead",
    flags: [["--reason TEXT", "what people are told"], ["--undo", "take it back"], ...changes],
  },
];

/** What help says of the verbs for whoever runs a marketplace. */
export const operatorHelp: readonly VerbHelp[] = [
  {
    usage: "marketplace init FOLDER --id URL",
    what: "make a folder a marketplace",
    flags: [
      ["--id URL", "its name: the address where people will find it"],
      ["--keys FOLDER", "where new private keys go; FOLDER-keys without it"],
      ["--publisher SCOPE=WHO", "who may publish: a public key's file, a workflow, a person; may repeat"],
      ["--root-key FILE", "a root key of yours; may repeat"],
      ["--index-key FILE", "an index key of yours; may repeat"],
      ["--root-keys N", "how many root keys to make"],
      ["--root-threshold N", "how many root keys have to sign"],
      ["--index-threshold N", "how many index keys have to sign"],
      ["--root-days N", "how long the root is good"],
      ["--max-index-days N", "how long an index may be good"],
      ["--trusted-root FILE", "the trusted root of a sigstore of your own"],
      ["--mirror URL", "where it is too; may repeat"],
      dryRun,
    ],
    examples: [["claw ext marketplace init site --id https://ext.acme.example --publisher acme=acme.pub.pem", ""]],
  },
  {
    usage: "marketplace index FOLDER",
    what: "take in what waits and sign the next index",
    flags: [
      ...signsIndex,
      ["--publisher SCOPE=WHO", "who may publish, from now on; may repeat"],
      ["--remove-publisher SCOPE=WHO", "who may no longer; may repeat"],
      ["--tlog", "with --publisher: only what is in the transparency log"],
      ["--alias SHORT=NAME", "a short name; may repeat"],
      ["--remove-name NAME", "take an extension out for good, with --reason; may repeat"],
      ["--reason TEXT", "what people are told"],
      ["--no-incoming", "leave what waits"],
      ...sigstore,
      dryRun,
    ],
  },
  { usage: "marketplace rotate-index FOLDER", what: "others sign the index from now on", flags: rotates },
  { usage: "marketplace rotate-root FOLDER", what: "others hold the root, or it is good for longer", flags: rotates },
  {
    usage: "marketplace site FOLDER",
    what: "pages of everything it publishes, for a browser",
    flags: [["--out FOLDER", "where the pages go, if not beside what they tell of"], ["--base URL", "where they will be"], dryRun],
  },
  { usage: "marketplace verify FOLDER", what: "check everything a folder publishes, with the code of an install" },
];
