import { ClawError, nearest } from "@claw/kernel/host";
import { section } from "../sections.ts";
import { authorHelp, operatorHelp } from "./author-help.ts";
import { marketplaceHelp, userHelp, type VerbHelp } from "./user-help.ts";

const groups: readonly (readonly [string, readonly VerbHelp[]])[] = [
  ["Use extensions", userHelp],
  ["Know marketplaces", marketplaceHelp],
  ["Write extensions", authorHelp],
  ["Run a marketplace", operatorHelp],
];
export const verbHelps: readonly VerbHelp[] = groups.flatMap(([, helps]) => helps);

const examples: readonly (readonly [string, string])[] = [
  ["claw ext search words", "what there is"],
  ["claw ext info acme/word-list", "what it asks for, and who signs it"],
  ["claw ext add acme/word-list", "install it, after a look at the plan"],
];

/** `add` of `add NAME…`, `marketplace add` of `marketplace add URL`. */
export const verbOf = ({ usage }: VerbHelp): string => /^(?:marketplace )?[a-z-]+/.exec(usage)?.[0] ?? usage;

/** The verb that words of a command line begin with. */
export function verbIn(words: readonly string[]): VerbHelp | undefined {
  const [first = "", second = ""] = words;
  const asked = first === "marketplace" ? `marketplace ${second}` : first;
  return verbHelps.find((help) => verbOf(help) === asked || (help.aliases ?? []).includes(asked));
}

/** Help on `claw ext`, on `claw ext marketplace`, or on one verb. `program` is how it was called: ext or plugin. */
export function extHelp(program: string, topic: readonly string[], columns: number): string {
  const help = verbIn(topic);
  if (help !== undefined) return verbText(program, help, columns);
  const [first] = topic;
  if (first === "marketplace" && topic.length === 1) {
    const among = [...marketplaceHelp, ...operatorHelp];
    return `${section(`claw ${program} marketplace`, rowsOf(program, among), columns)}\n${moreText(program)}`;
  }
  if (first !== undefined) throw noVerb(program, topic);
  const overview = groups.map(([title, helps]) => section(title, rowsOf(program, helps), columns));
  return [`claw ${program}: find, install and write extensions\n`, section("Examples", examples, columns), ...overview, moreText(program)].join("\n");
}

const moreText = (program: string): string => `claw help ${program} VERB says which flags a verb takes. --json prints one JSON object a line.\n`;

const rowsOf = (program: string, helps: readonly VerbHelp[]): readonly (readonly [string, string])[] =>
  helps.map(({ usage, what }) => [`claw ${program} ${usage}`, what] as const);

function verbText(program: string, { usage, what, aliases = [], flags = [], examples: own = [] }: VerbHelp, columns: number): string {
  const also = aliases.length === 0 ? [] : [`also ${aliases.map((alias) => `claw ${program} ${alias}`).join(", ")}\n`];
  return [
    section(`claw ${program} ${usage}`, [[what, ""]], columns),
    ...also,
    section("Examples", own, columns),
    section("Flags", [...flags, ["--json", "print one JSON object a line"]], columns),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

/** A verb that there is not, with the one that is meant. */
export function noVerb(program: string, words: readonly string[]): ClawError {
  const [first = "", second = ""] = words;
  const isOfMarketplace = first === "marketplace";
  const names = verbHelps.flatMap((help) => [verbOf(help), ...(help.aliases ?? [])]);
  const prefix = "marketplace ";
  const known = isOfMarketplace ? names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length)) : names;
  const near = nearest(isOfMarketplace ? second : first, isOfMarketplace ? known : [...known.filter((name) => !name.includes(" ")), "marketplace"])[0];
  const place = `claw ${program}${isOfMarketplace ? " marketplace" : ""}`;
  return new ClawError(
    "USAGE",
    `there is no ${place} ${isOfMarketplace ? second : first}${near === undefined ? "" : `; did you mean ${place} ${near}?`}`,
    {},
    { fix: near === undefined ? `claw help ${program}` : `claw help ${program}${isOfMarketplace ? " marketplace" : ""} ${near}` },
  );
}
