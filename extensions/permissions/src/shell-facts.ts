import type { ShellClass, ShellCommand, ShellPath, ShellReport } from "@claw/kernel";
import { isWithin } from "@claw/kernel/kit";
import { isCommandMatch } from "./command-pattern.ts";
import type { Facts } from "./order.ts";
import { isAllowed } from "./path-pattern.ts";
import { type Reach, noReach, reachText, staysInside } from "./reach.ts";
import { holds, type Subject } from "./rule-match.ts";
import type { Rule } from "./rules.ts";
import type { Found, Scenery } from "./scenery.ts";
import { tellsNamesOnly } from "./secrets-below.ts";
import { forbiddenSpellings, spellingsOf } from "./shell-part.ts";
import { ruleOfCommand } from "./suggestion.ts";
import { isWishing, wishText } from "./wishes.ts";

/** What decides one simple command of a shell call, and what it needs. */
export interface ShellFacts extends Facts {
  readonly command: ShellCommand | undefined;
  readonly reach: Reach;
}

/** What decides a shell call: each simple command of it on its own, and what the call as a whole asks for. */
export function shellFacts(scenery: Scenery, report: ShellReport): readonly ShellFacts[] {
  const { call, wishes } = scenery.reading;
  const startsInside = scenery.at(call.paths[0] ?? call.cwd).inside;
  const spellings = forbiddenSpellings(report);
  const mentioned = report.mentions.map((path) => scenery.aimed(path));
  const whole = scenery.rules.allow.find((rule) => coversWhole(rule, report, startsInside));
  const doubt = doubtOf(scenery, report);
  const commands = report.commands.filter(({ quoted }) => !quoted);
  const shared = { scenery, report, spellings, mentioned, whole, doubt, startsInside, moves: moves(commands) };
  const parts = commandFacts(commands, shared);
  // What stands outside of every command: redirections of groups, and whatever could not be read as commands at all.
  if (parts.length === 0 || report.hidden || report.broken || !isExplained(report, commands)) parts.push(wholeFacts(shared));
  if (isWishing(wishes)) parts.push(wishFacts(shared, [wishText(wishes), ...leadsOf(scenery, wishes.paths)].join("; ")));
  return parts;
}

/** What runs before a command may plant a link in the way of what it reads. */
function commandFacts(commands: readonly ShellCommand[], shared: Shared): ShellFacts[] {
  const alone = commands.map((command) => partFacts(command, shared, false));
  const first = alone.findIndex(({ proven }) => !proven);
  if (first === -1 || commands.length === 1) return alone;
  // Side by side or over and over, whatever stands later in the text may run earlier.
  const from = /(?<!\|)\|(?!\|)|(?<![&<>])&(?![&>])|\bdo\b|\(\s*\)/.test(shared.report.text) ? 0 : first + 1;
  return commands.map((command, index) => (index < from ? (alone[index] as ShellFacts) : partFacts(command, shared, true)));
}

interface Shared {
  readonly scenery: Scenery;
  readonly report: ShellReport;
  readonly spellings: Subject["commands"];
  readonly mentioned: readonly Found[];
  readonly whole: Rule | undefined;
  readonly doubt: string | undefined;
  readonly startsInside: boolean;
  /** Whether the commands run in different folders: where one runs is part of what it does. */
  readonly moves: boolean;
}

function partFacts(command: ShellCommand, shared: Shared, unproven: boolean): ShellFacts {
  const { scenery, whole, doubt } = shared;
  const { rules, wall, bases } = scenery;
  const [reads, writes] = [command.reads, command.writes].map((paths) => paths.map((path) => scenery.aimed(path))) as unknown as readonly [
    readonly Found[],
    readonly Found[],
  ];
  const atHome = command.folders.every((folder) => scenery.aimed(folder).inside);
  const outsideReads = reads.filter(({ inside }) => !inside);
  const outsideWrites = writes.filter(({ inside }) => !inside);
  // The root stands for what is not known: it is never shown as a whole.
  const known = outsideReads.map(({ real }) => real).filter((real) => real !== "/");
  const reader =
    command.class === "read-only" &&
    atHome &&
    !(command.filesOnly && reads.some(({ isFolder }) => isFolder)) &&
    !(unproven && command.reads.some((path) => !isOwnListing(path, command)));
  const planted =
    command.obeys === "repository" ? command.folders.map(({ path }) => repositoryProblem(scenery, path)).find((why) => why !== undefined) : undefined;
  const isReader = reader && planted === undefined;
  // Which files it reads is known only once it runs: the wall keeps it to the workspace, where nothing secret lies.
  const walled = isReader && outsideReads.length > 0 && wall?.stands === true && isOutOfSight(command.reads, reads) && !scenery.secretsBelow.has("/");
  const proven = isReader && (outsideReads.length === 0 || walled);
  const spelled = spellingsOf(command);
  const staysIn = outsideReads.length + outsideWrites.length === 0;
  const astray = astrayOf(shared, [...outsideReads, ...outsideWrites]);
  const obeysElsewhere = command.obeys === "repository" && command.folders.some(({ path }) => path !== scenery.reading.call.cwd);
  const covering = rules.allow.find((rule) => atHome && command.plain && !obeysElsewhere && coversPart(rule, spelled, staysIn, astray !== undefined));
  const reading =
    isReader && outsideReads.length > 0
      ? outsideReads.map((place) => rules.allow.find((rule) => isReadRule(rule) && rule.spec.type === "path" && isAllowed(rule.spec.pattern, place, bases)))
      : [];
  const readRule = reading.length > 0 && !reading.includes(undefined) ? reading[0] : undefined;
  const reach: Reach = isReader
    ? { ...noReach, readable: known }
    : {
        hosts: command.hosts,
        writable: outsideWrites.map(({ real }) => real),
        readable: known,
        credentials: command.credentials,
        guarded: scenery.caution(writes, false) !== undefined,
      };
  const wants = reachText(reach, wall);
  const asWhole = shared.moves || obeysElsewhere || !command.plain;
  const remembered = shared.startsInside && astray === undefined ? ruleOfCommand(asWhole ? shared.report.text.trim() : command.text) : undefined;
  return {
    ...scenery.base(ruleOfCommand(command.text)),
    ...forbidding(shared, [...reads, ...writes], isReader),
    command,
    reach,
    inside: atHome && staysIn,
    proven,
    walled,
    containable:
      wall?.stands === true &&
      atHome &&
      isOutOfSight(command.reads, reads) &&
      staysInside(reach, wall) &&
      command.class !== "outside-write" &&
      command.class !== "network",
    destructive: command.destructive,
    allow: ((astray === undefined || isForAll(whole) ? whole : undefined) ?? covering ?? readRule)?.text,
    caution: doubt ?? cautionOf(shared, command, { reads, writes, isReader }) ?? secretsBelow(scenery, command),
    because: planted ?? (outsideReads[0] === undefined ? undefined : `${outsideReads[0].path} is outside the session's folders`),
    wants: isReader ? undefined : wants,
    remember: remembered,
  };
}

/** Whether what it reads outside is not known at all: the wall hides what is the person's, and what is named is asked about. */
const isOutOfSight = (paths: readonly ShellPath[], places: readonly Found[]): boolean =>
  places.every(({ inside }, index) => inside || (paths[index]?.many === true && paths[index].path === "/"));

/** What is written is protected and secret, what is read is secret; of a command that does who knows what, everything it names. */
function cautionOf(
  { scenery, report, mentioned }: Shared,
  command: ShellCommand,
  { reads, writes, isReader }: { readonly reads: readonly Found[]; readonly writes: readonly Found[]; readonly isReader: boolean },
): string | undefined {
  const known = scenery.caution(writes, false) ?? scenery.caution(reads, true);
  const { home } = scenery.bases;
  const whole =
    known !== undefined || tellsNamesOnly(command)
      ? undefined
      : reads.find(({ real }, index) => home !== undefined && real !== "/" && command.reads[index]?.many === true && isWithin(real, home.real));
  if (whole !== undefined) return `it would read all that is in ${whole.path}`;
  if (known !== undefined || isReader) return known;
  // A wall keeps what is protected from being written, whoever tries.
  const mayWrite = command.class === "unknown" && scenery.wall?.stands !== true;
  const own = mayWrite ? mentioned.filter((_place, index) => isPartOf(report.mentions[index], command)) : [];
  return scenery.caution(own, false) ?? scenery.caution(mentioned, true);
}

const isPartOf = (path: ShellPath | undefined, { pos, end }: ShellCommand): boolean => path !== undefined && pos <= path.pos && path.end <= end;

/** Whether it only lists the folder it runs in: no link below is followed for that. */
const isOwnListing = ({ path, many }: ShellPath, command: ShellCommand): boolean =>
  command.folders.some((folder) => folder.path === path) && (!many || tellsNamesOnly(command));

function secretsBelow({ secretsBelow: found }: Scenery, { reads }: ShellCommand): string | undefined {
  const path = reads
    .filter(({ many }) => many)
    .map(({ path: folder }) => found.get(folder))
    .find((one) => one !== undefined);
  return path === undefined ? undefined : `it would read ${path} as well, which may hold secrets`;
}

function repositoryProblem({ at, repository, trusted, reading }: Scenery, folder: string): string | undefined {
  const { real } = at(folder);
  if (trusted && (real === at(reading.call.cwd).real || folder === reading.call.cwd)) return undefined;
  return repository(real);
}

/** The call as a whole, where its commands do not account for all of it. */
function wholeFacts(shared: Shared): ShellFacts {
  const { scenery, report, mentioned, whole, doubt, startsInside } = shared;
  const places = [...report.reads, ...report.writes].map((path) => scenery.aimed(path));
  const astray = astrayOf(
    shared,
    places.filter(({ inside }) => !inside),
  );
  const why = report.unjudged[0]?.why ?? report.why[0]?.why ?? "it holds no command";
  return {
    ...scenery.base(ruleOfCommand(report.text.trim())),
    ...forbidding(shared, places, false),
    command: undefined,
    reach: noReach,
    inside: false,
    proven: false,
    containable: scenery.wall?.stands === true && startsInside && !report.broken && places.every(({ inside }) => inside),
    destructive: report.commands.some(({ destructive }) => destructive),
    allow: (astray === undefined || isForAll(whole) ? whole : undefined)?.text,
    caution: doubt ?? scenery.caution(places, false) ?? scenery.caution(mentioned, true),
    because: `${scenery.reading.call.tool} cannot be judged command by command, as ${why}`,
    remember: startsInside && astray === undefined ? ruleOfCommand(report.text.trim()) : undefined,
  };
}

/** What is named as if it were inside and leads outside. */
const astrayOf = ({ scenery: { bases } }: Shared, outside: readonly Found[]): Found | undefined =>
  outside.find(({ path }) => bases.roots.some((root) => isWithin(root.path, path)));

/** Whether a rule is for all of the tool, whatever it does. */
const isForAll = (rule: Rule | undefined): boolean => rule?.spec.type === "any" || (rule?.spec.type === "command" && rule.spec.pattern.type === "any");

const leadsOf = ({ at }: Scenery, paths: readonly string[]): readonly string[] =>
  paths.map(at).flatMap(({ path, real }) => (path === real ? [] : [`${path} leads to ${real}`]));

/** What a model asks for is asked about, whatever else is allowed: its word widens nothing. */
function wishFacts(shared: Shared, text: string): ShellFacts {
  const { scenery, report } = shared;
  const { wishes } = scenery.reading;
  const allowed = scenery.wall?.hosts ?? [];
  const isWithinReach = wishes.paths.length + wishes.unclear.length === 0 && !wishes.outside && wishes.hosts.every((host) => allowed.includes(host));
  return {
    ...scenery.base(ruleOfCommand(report.text.trim())),
    command: undefined,
    reach: noReach,
    inside: true,
    proven: isWithinReach,
    containable: false,
    destructive: false,
    caution: isWithinReach ? undefined : `the model asks for more than the sandbox allows: ${text}`,
  };
}

/** Whether everything the report says of the call is said of one of its commands. */
function isExplained(report: ShellReport, commands: readonly ShellCommand[]): boolean {
  const { unjudged, reads, writes } = report;
  const said = new Set(commands.flatMap((command) => [...command.reads, ...command.writes]).map(keyOf));
  const doubted = unjudged.every(({ pos, end }) => commands.some((command) => command.class !== "read-only" && command.pos <= pos && end <= command.end));
  const worst = Math.max(...commands.map((command) => classes.indexOf(command.class)));
  return doubted && classes.indexOf(report.class) <= worst && [...reads, ...writes].every((path) => said.has(keyOf(path)));
}

/** From the least to the most severe. */
const classes: readonly ShellClass[] = ["read-only", "workspace-write", "unknown", "outside-write", "network", "destructive"];

const keyOf = ({ path, pos, end }: ShellPath): string => `${pos}:${end}:${path}`;

const moves = (commands: readonly ShellCommand[]): boolean =>
  commands.length > 1 && commands.some(({ folders }) => folders.length > 1 || folders[0]?.path !== commands[0]?.folders[0]?.path);

function forbidding({ scenery, spellings, mentioned }: Shared, touched: readonly Found[], reads: boolean): Pick<Facts, "deny" | "ask"> {
  const {
    rules,
    bases,
    reading: { call },
  } = scenery;
  const subject: Subject = {
    tool: call.tool,
    effect: call.effect,
    input: call.input,
    commands: spellings,
    paths: reads ? touched : [...touched, ...mentioned],
    reads,
  };
  return { deny: rules.deny.find((rule) => holds(rule, subject, bases))?.text, ask: rules.ask.find((rule) => holds(rule, subject, bases))?.text };
}

/** Why the rules that forbid cannot be held against it. */
function doubtOf({ rules, reading: { call } }: Scenery, { broken, hidden }: ShellReport): string | undefined {
  if (broken) return `the ${call.tool} command cannot be read to its end`;
  const rule = [...rules.deny, ...rules.ask].find(({ spec }) => spec.type === "command");
  return hidden && rule !== undefined
    ? `which programs the ${call.tool} command starts is known only once it runs, and rule ${rule.text} must hold`
    : undefined;
}

const isReadRule = ({ reach, spec }: Rule): boolean => reach.type === "family" && reach.effect === "read" && spec.type === "path";

/** A rule for all of the tool, or one that is this very text. */
function coversWhole({ reach, spec }: Rule, { text }: ShellReport, startsInside: boolean): boolean {
  if (reach.type !== "tool" || reach.name !== "bash") return false;
  if (spec.type === "any") return true;
  if (spec.type !== "command") return false;
  const command = text.trim();
  return spec.pattern.type === "any" || (spec.pattern.type === "exact" && startsInside && (command === spec.pattern.text || command === spec.pattern.raw));
}

/**
 * A pattern covers what stays inside; only an exact rule, whose paths its author saw, covers what does not. Where a link leads
 * from inside is what no rule shows.
 */
function coversPart({ spec }: Rule, { outer, inner }: ReturnType<typeof spellingsOf>, staysIn: boolean, isAstray: boolean): boolean {
  if (spec.type !== "command" || isAstray) return false;
  const { pattern } = spec;
  if (pattern.type === "exact") return isCommandMatch(pattern, outer) || isCommandMatch(pattern, inner);
  return staysIn && isCommandMatch(pattern, inner);
}
