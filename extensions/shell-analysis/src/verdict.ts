import type { ShellClass, ShellCommand, ShellDoubt, ShellPath, ShellReport } from "@claw/kernel";
import { type Draft, distrustAll, unique } from "./draft.ts";
import { worse } from "./findings.ts";
import { launchedBy, launchers } from "./launched.ts";
import { mentionsOf } from "./mentions.ts";
import { baseName, pathAt, uniquePaths } from "./paths.ts";
import type { Analysis } from "./walk-state.ts";

/** Puts together what was found out about a text. `doubts` concern it as a whole. */
export function reportOf(text: string, { drafts, fed, hidden, broken }: Analysis, doubts: readonly ShellDoubt[]): ShellReport {
  const ordered = isOrdered(drafts) ? drafts : drafts.toSorted((one, other) => one.pos - other.pos || one.order - other.order);
  const starts = fed.length > 0 || hidden || ordered.some(({ words: [first] }) => first !== undefined && launchers.has(baseName(first)));
  const { commands: launched, hidden: hides, broken: breaks } = starts ? launchedBy(ordered, fed) : nothing;
  const all = breaks ? [...doubts, { why: "what its programs may start is too much to be followed", pos: 0, end: text.length }] : doubts;
  if (breaks) distrustAll(ordered, all);
  const commands = ordered.map(commandOf);
  const sum = sumOf(commands, all);
  return {
    text,
    class: sum.class,
    commands,
    launched,
    reads: uniquePaths(sum.reads),
    writes: uniquePaths(sum.writes),
    hosts: unique(sum.hosts),
    programs: unique(sum.programs),
    mentions: uniquePaths(mentionsOf(ordered, launched)),
    hidden: hidden || hides,
    broken: broken || breaks,
    unjudged: uniqueDoubts(sum.unjudged),
    why: uniqueDoubts(sum.why),
  };
}

interface Sum {
  class: ShellClass;
  readonly reads: ShellPath[];
  readonly writes: ShellPath[];
  readonly hosts: string[];
  readonly programs: string[];
  readonly unjudged: ShellDoubt[];
  readonly why: ShellDoubt[];
}

/** What holds of all commands together. */
function sumOf(commands: readonly ShellCommand[], doubts: readonly ShellDoubt[]): Sum {
  const sum: Sum = {
    class: doubts.length > 0 ? "unknown" : "read-only",
    reads: [],
    writes: [],
    hosts: [],
    programs: [],
    unjudged: [...doubts],
    why: [...doubts],
  };
  for (const command of commands) {
    sum.class = worse(sum.class, command.class);
    for (const path of command.reads) sum.reads.push(path);
    for (const path of command.writes) sum.writes.push(path);
    for (const host of command.hosts) sum.hosts.push(host);
    if (command.program !== undefined) sum.programs.push(command.program);
    if (command.quoted) continue;
    for (const doubt of command.why) {
      sum.why.push(doubt);
      if (command.class === "unknown") sum.unjudged.push(doubt);
    }
  }
  return sum;
}

const nothing = { commands: [], hidden: false, broken: false } as const;

const isOrdered = (drafts: readonly Draft[]): boolean =>
  drafts.length < 2 || drafts.every(({ pos }, index) => index === 0 || (drafts[index - 1]?.pos ?? 0) < pos);

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
  const kept: ShellDoubt[] = [];
  /** By where they begin: few begin at one place. */
  const seen = new Map<number, ShellDoubt[]>();
  for (const doubt of doubts) {
    const there = seen.get(doubt.pos);
    if (there?.some(({ end, why }) => end === doubt.end && why === doubt.why) === true) continue;
    if (there === undefined) seen.set(doubt.pos, [doubt]);
    else there.push(doubt);
    kept.push(doubt);
  }
  return kept;
}
