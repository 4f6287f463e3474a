import type { ShellClass, ShellCommand, ShellPath, ShellReport } from "@claw/kernel";
import type { Facts } from "./order.ts";
import { type Reach, furtherHosts, noReach, reachText, staysInside, type Wall } from "./reach.ts";
import type { Rule } from "./rules.ts";
import { isOutOfOrder } from "./running-order.ts";
import type { Found, Scenery } from "./scenery.ts";
import { cautionOf, isOutOfSight, isOwnListing, repositoryProblem } from "./shell-caution.ts";
import { spellingsOf } from "./shell-part.ts";
import { astrayOf, coversPart, coversWhole, doubtOf, forbiddingPart, forbiddingWhole, isForAll, isPartOf, readRuleFor, withWhole } from "./shell-rules.ts";
import { ruleOfCommand } from "./suggestion.ts";
import { isUnknownPath } from "./unknown-path.ts";
import { wishFacts } from "./wish-facts.ts";
import { isWishing } from "./wishes.ts";

/** What decides one simple command of a shell call, and what it needs. */
export interface ShellFacts extends Facts {
  readonly command: ShellCommand | undefined;
  readonly reach: Reach;
  /** Whether it does nothing but read, be it outside. */
  readonly isReader?: boolean;
  /** Whether it does nothing but read, and which files is known only once it runs. */
  readonly unseen?: boolean;
}

/** What a call's commands have in common. */
interface Shared {
  readonly scenery: Scenery;
  readonly report: ShellReport;
  readonly mentioned: readonly Found[];
  readonly whole: Rule | undefined;
  readonly doubt: string | undefined;
  readonly startsInside: boolean;
  /** Whether the commands run in different folders: where one runs is part of what it does. */
  readonly moves: boolean;
}

/** What decides a shell call: each simple command of it on its own, and what the call as a whole asks for. */
export function shellFacts(scenery: Scenery, report: ShellReport): readonly ShellFacts[] {
  const { call, wishes } = scenery.reading;
  const startsInside = scenery.at(call.paths[0] ?? call.cwd).inside;
  const commands = report.commands.filter(({ quoted }) => !quoted);
  const shared: Shared = {
    scenery,
    report,
    mentioned: report.mentions.map((path) => scenery.aimed(path)),
    whole: scenery.rules.allow.find((rule) => coversWhole(rule, report, startsInside)),
    doubt: doubtOf(scenery, report),
    startsInside,
    moves: moves(commands),
  };
  const parts = commandFacts(commands, shared);
  // What stands outside of every command: redirections of groups, and whatever could not be read as commands at all.
  if (parts.length === 0 || report.hidden || report.broken || !isExplained(report, commands)) parts.push(wholeFacts(shared));
  const touched = [...parts.flatMap(({ places }) => places), ...[...report.reads, ...report.writes].map((path) => scenery.aimed(path))];
  const reads = parts.every(({ isReader }) => isReader === true);
  const held = withWhole(parts, forbiddingWhole(scenery, report, { touched, mentioned: shared.mentioned, reads }));
  return isWishing(wishes) ? [...held, wishFacts(scenery, report)] : held;
}

type PartFacts = ShellFacts & { readonly places: readonly Found[] };

/** What runs before a command may plant a link in the way of what it reads, or configure the repository it obeys. */
function commandFacts(commands: readonly ShellCommand[], shared: Shared): PartFacts[] {
  const alone = commands.map((command) => partFacts(command, shared, []));
  const first = alone.findIndex(({ isReader }) => isReader !== true);
  if (first === -1 || commands.length === 1) return alone;
  // Side by side or over and over, whatever stands later in the text may run earlier.
  const from = isOutOfOrder(shared.report.text) ? 0 : first + 1;
  const doers = commands.filter((_command, index) => alone[index]?.isReader !== true);
  return commands.map((command, index) => (index < from ? (alone[index] as PartFacts) : partFacts(command, shared, doers)));
}

/** `before` is what may run before it and does more than read. */
function partFacts(command: ShellCommand, shared: Shared, before: readonly ShellCommand[]): PartFacts {
  const { scenery, report, whole, doubt, mentioned } = shared;
  const { rules, wall } = scenery;
  const paths = [...command.reads, ...linksOf(scenery, command.reads)];
  const reads = paths.map((path) => scenery.aimed(path));
  const writes = [...command.writes, ...linksOf(scenery, command.writes)].map((path) => scenery.aimed(path));
  const atHome = command.folders.every((folder) => scenery.aimed(folder).inside);
  const outsideReads = reads.filter(({ inside }) => !inside);
  const outsideWrites = writes.filter(({ inside }) => !inside);
  // The root stands for what is not known: it is never shown as a whole.
  const readable = [...new Set(outsideReads.map(({ real }) => real).filter((real) => real !== "/"))];
  const isWary = before.length > 0 && command.reads.some((path) => !isOwnListing(path, command, report.text));
  const problem = plantedFor(command, before, scenery) ?? repositoryProblem(scenery, command);
  const takesFolder = command.filesOnly && reads.some(({ isFolder }) => isFolder);
  const isReader = command.class === "read-only" && atHome && !takesFolder && !isWary && problem === undefined;
  const isUnseen = isOutOfSight(paths, reads, report.text);
  // Which files it reads is known only once it runs: the wall keeps it to the workspace, where nothing secret lies.
  const walled = isReader && outsideReads.length > 0 && wall?.stands === true && isUnseen;
  const staysIn = outsideReads.length + outsideWrites.length === 0;
  const astray = astrayOf(scenery, [...outsideReads, ...outsideWrites]);
  const obeysElsewhere = command.obeys === "repository" && command.folders.some(({ path }) => path !== scenery.reading.call.cwd);
  const isCoverable = atHome && command.plain && !obeysElsewhere;
  const spelled = spellingsOf(command);
  const covering = isCoverable ? rules.allow.find((rule) => coversPart(rule, spelled, staysIn, astray !== undefined)) : undefined;
  const readRule = isReader && outsideReads.length > 0 ? readRuleFor(scenery, outsideReads) : undefined;
  const reach: Reach = isReader
    ? { ...noReach, readable }
    : {
        hosts: command.hosts,
        writable: [...new Set(outsideWrites.map(({ real }) => real))],
        readable,
        credentials: command.credentials,
        guarded: scenery.caution(writes, "writes") !== undefined,
      };
  const asWhole = shared.moves || obeysElsewhere || !command.plain;
  const places = [...reads, ...writes];
  const own = mentioned.filter((_place, index) => isPartOf(report.mentions[index], command));
  return {
    ...scenery.base(ruleOfCommand(command.text)),
    ...forbiddingPart(scenery, command, { touched: places, mentioned: own, reads: isReader }),
    command,
    places,
    reach,
    isReader,
    inside: atHome && staysIn,
    proven: isReader && (outsideReads.length === 0 || walled),
    walled,
    unseen: isReader && outsideReads.length > 0 && isUnseen,
    containable: wall?.stands === true && atHome && isUnseen && staysInside(reach, wall) && isContainable(command, wall),
    destructive: command.destructive,
    destroys: command.destructive ? [...new Set(writes.map(({ path }) => scenery.shown(path)))] : [],
    allow: ((astray === undefined || isForAll(whole) ? whole : undefined) ?? covering ?? readRule)?.text,
    caution: doubt ?? cautionOf(scenery, report, mentioned, command, { paths, reads, writes, isReader }),
    because: problem ?? outsideText(paths, reads, report.text),
    wants: isReader ? undefined : reachText(reach, wall),
    remember: shared.startsInside && astray === undefined ? ruleOfCommand(asWhole ? report.text.trim() : command.text) : undefined,
  };
}

const linksOf = ({ linksBelow }: Scenery, paths: readonly ShellPath[]): readonly ShellPath[] => paths.flatMap((path) => linksBelow.get(path) ?? []);

/** What reaches the network can do so inside where the sandbox's settings allow each host it names. */
const isContainable = ({ class: kind, hosts }: ShellCommand, wall: Wall): boolean =>
  kind !== "outside-write" && (kind !== "network" || (hosts.length > 0 && furtherHosts(hosts, wall).length === 0));

/** What other programs than git wrote before git runs may be its configuration; a trusted folder's is obeyed anyway. */
function plantedFor({ obeys }: ShellCommand, before: readonly ShellCommand[], { trusted }: Scenery): string | undefined {
  const other = obeys === "repository" && !trusted ? before.find(({ program }) => program !== "git") : undefined;
  return other === undefined ? undefined : `${other.text} may have changed what git obeys`;
}

function outsideText(paths: readonly ShellPath[], places: readonly Found[], text: string): string | undefined {
  const index = places.findIndex(({ inside }) => !inside);
  const [path, place] = [paths[index], places[index]];
  if (path === undefined || place === undefined) return undefined;
  if (isUnknownPath(path, text)) return "what it reads is known only once it runs";
  return place.path === place.real ? `${place.path} is outside the session's folders` : `${place.path} leads to ${place.real}, outside the session's folders`;
}

/** The call as a whole, where its commands do not account for all of it. */
function wholeFacts({ scenery, report, mentioned, whole, doubt, startsInside }: Shared): PartFacts {
  const places = [...report.reads, ...report.writes].map((path) => scenery.aimed(path));
  const astray = astrayOf(
    scenery,
    places.filter(({ inside }) => !inside),
  );
  const why = report.unjudged[0]?.why ?? report.why[0]?.why ?? "it holds no command";
  return {
    ...scenery.base(ruleOfCommand(report.text.trim())),
    ...forbiddingWhole(scenery, report, { touched: places, mentioned, reads: false }),
    command: undefined,
    places,
    reach: noReach,
    inside: false,
    proven: false,
    containable: scenery.wall?.stands === true && startsInside && !report.broken && places.every(({ inside }) => inside),
    destructive: report.commands.some(({ destructive }) => destructive),
    allow: (astray === undefined || isForAll(whole) ? whole : undefined)?.text,
    caution: doubt ?? scenery.caution(places, "writes") ?? scenery.caution(mentioned, "reads"),
    because: `${scenery.reading.call.tool} cannot be judged command by command, as ${why}`,
    remember: startsInside && astray === undefined ? ruleOfCommand(report.text.trim()) : undefined,
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
