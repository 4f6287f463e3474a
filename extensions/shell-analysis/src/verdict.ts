import type { ShellClass, ShellCommand, ShellDoubt, ShellPath, ShellReport } from "@claw/kernel";
import { type Draft, unique } from "./draft.ts";
import { worse } from "./findings.ts";
import { baseName, launchedBy, launchers } from "./launched.ts";
import { mentionsOf } from "./mentions.ts";
import { pathAt, uniquePaths } from "./paths.ts";
import type { Analysis } from "./walk-state.ts";

/** Puts together what was found out about a text. `doubts` concern it as a whole. */
export function reportOf(text: string, { drafts, fed, hidden, broken }: Analysis, doubts: readonly ShellDoubt[]): ShellReport {
  const ordered = isOrdered(drafts) ? drafts : drafts.toSorted((one, other) => one.pos - other.pos || one.order - other.order);
  const commands = ordered.map(commandOf);
  const starts = fed.length > 0 || hidden || commands.some(({ words: [first] }) => first !== undefined && launchers.has(baseName(first)));
  const { commands: launched, hidden: hides, broken: breaks } = starts ? launchedBy(commands, fed) : nothing;
  const unjudged = doubts.length === 0 ? [] : [...doubts];
  for (const { class: its, why, quoted } of commands) if (its === "unknown" && !quoted) unjudged.push(...why);
  let worst: ShellClass = doubts.length > 0 ? "unknown" : "read-only";
  for (const { class: its } of commands) worst = worse(worst, its);
  const [only, ...others] = commands;
  const all = <T>(of: (command: ShellCommand) => readonly T[]): readonly T[] =>
    only === undefined ? [] : others.length === 0 ? of(only) : commands.flatMap(of);
  return {
    text,
    class: worst,
    commands,
    launched,
    reads: uniquePaths(all(({ reads }) => reads)),
    writes: uniquePaths(all(({ writes }) => writes)),
    hosts: unique(all(({ hosts }) => hosts)),
    programs: unique(all(({ program }) => (program === undefined ? [] : [program]))),
    mentions: uniquePaths(mentionsOf(ordered, launched)),
    hidden: hidden || hides,
    broken: broken || breaks,
    unjudged: uniqueDoubts(unjudged),
    why: uniqueDoubts([...doubts, ...all(({ why, quoted }) => (quoted ? [] : why))]),
  };
}

const nothing = { commands: [], hidden: false, broken: false } as const;

const isOrdered = (drafts: readonly Draft[]): boolean => drafts.every(({ pos }, index) => index === 0 || (drafts[index - 1]?.pos ?? 0) < pos);

function commandOf({ findings, folders, pos, end, text, words, typed, program, wrapped, quoted, plain }: Draft): ShellCommand {
  const { class: its, hosts, destructive, credentials, obeys, filesOnly, why } = findings;
  const span = { pos, end };
  return {
    ...span,
    text,
    words,
    typed,
    program,
    wrapped,
    class: its,
    plain,
    quoted,
    reads: uniquePaths(findings.reads),
    writes: uniquePaths(findings.writes),
    folders: folders.map((folder): ShellPath => pathAt(folder, span)),
    hosts: unique(hosts),
    destructive,
    credentials,
    obeys,
    filesOnly,
    why: uniqueDoubts(why),
  };
}

function uniqueDoubts(doubts: readonly ShellDoubt[]): readonly ShellDoubt[] {
  if (doubts.length < 2) return doubts;
  return [...new Map(doubts.map((doubt) => [`${doubt.pos}:${doubt.end}:${doubt.why}`, doubt])).values()];
}
