import {
  ClawError,
  type Containment,
  type DeniedPaths,
  type Located,
  type ShellAnalyser,
  type ShellPath,
  type ShellReport,
  type ToolCallView,
  type Workspace,
  type CallScope,
} from "@claw/kernel";
import { type CallReading, readingOf } from "./call-reading.ts";
import { type DecisionRecord, partRecords, rulesInOrder, triedRules } from "./decision-record.ts";
import { type Judgement, judge } from "./judge.ts";
import { mayHaveOtherNames, type OtherNames, withOtherNames } from "./hard-links.ts";
import { type LinkSearch, linksThrough } from "./links-below.ts";
import type { Mode } from "./modes.ts";
import type { Voice } from "./order.ts";
import type { ProtectedFolders } from "./protected-paths.ts";
import { type Wall, containmentOf } from "./reach.ts";
import { type RepositoryCheck, topOf } from "./repository.ts";
import type { RuleSet } from "./rules.ts";
import { isWishing } from "./wishes.ts";
import { ignoredBelow, type OddSearch, type SecretSearch, readThrough, secretsBelow } from "./secrets-below.ts";

/** All that a decision depends on besides the call. */
export interface Conditions {
  readonly mode: Mode;
  readonly modeSource: string;
  readonly rules: RuleSet;
  readonly analyser: ShellAnalyser | undefined;
  readonly home: string | undefined;
  readonly protect: ProtectedFolders;
  readonly trusted: boolean;
  readonly repository: RepositoryCheck;
  /** Whether somebody can be asked, as far as it is known. */
  readonly asker: boolean;
  locate(path: string): Promise<Located | undefined>;
  readonly search: SecretSearch;
  readonly odd: OddSearch;
  readonly links: LinkSearch;
  /** Files of the session's folders that are asked about and have a second name; looked for where a call names a file with several. */
  otherNames(): Promise<OtherNames>;
  /** What `.agentsignore` names; undefined where that is more than can be said. */
  ignored(): Promise<readonly string[] | undefined>;
  /** What deny rules keep from programs, file by file; throws PATH_TOO_LARGE where that is more than a wall can keep. */
  denied(): Promise<DeniedPaths>;
  /** What is known of the sandbox: asked for where the mode depends on it. */
  wall(): Promise<Wall | undefined>;
  /** What hooks and classifiers that may not allow say of the call. */
  voices(): Promise<readonly Voice[]>;
  /** What classifiers say that may allow; asked in mode auto, of what is neither proven nor contained. */
  judges(): Promise<readonly Voice[]>;
}

export interface Decision {
  readonly decision: "allow" | "ask" | "deny";
  readonly reason: string;
  /** The narrowest rule that would have allowed it. */
  readonly remember?: string;
  /** How far its programs may reach if it runs. */
  readonly containment?: Containment;
  readonly record: DecisionRecord;
  readonly reading: CallReading;
  /** Whether all that it touches is in the session's folders. */
  readonly inside: boolean;
}

/** The modes in which it matters whether a sandbox stands. */
const walled: ReadonlySet<Mode> = new Set(["workspace-write", "auto"]);

/** Decides one call. Rejects only where the call is aborted. */
export async function decisionOn(call: ToolCallView, conditions: Conditions): Promise<Decision> {
  const { mode, rules, home } = conditions;
  const reading = readingOf(call, conditions.analyser, home, (folder) => topOf(folder, conditions.repository));
  const found = await Promise.all(reading.paths.map(async (path) => [path, await conditions.locate(path)] as const));
  const located = new Map(found.flatMap(([path, place]) => (place === undefined ? [] : [[path, place] as const])));
  const wall = once(() => conditions.wall());
  const below = reading.report === undefined ? { ...nothingBelow, located } : await belowOf(reading.report, call, located, { ...conditions, wall });
  const base = {
    reading,
    ...below,
    home,
    mode,
    rules,
    protect: mayHaveOtherNames(below.located) ? withOtherNames(conditions.protect, await conditions.otherNames()) : conditions.protect,
    trusted: conditions.trusted,
    repository: conditions.repository,
    asker: conditions.asker,
    voices: [] as readonly Voice[],
    wall: undefined as Wall | undefined,
  };
  let heard: typeof base & { readonly judges?: readonly Voice[] } = base;
  let judgement = judge(heard);
  // A deny stands whatever a classifier would say, and must not wait for one.
  if (judgement.verdict.decision !== "deny" || !isRuleDeny(judgement)) {
    const asksWall = judgement.parts.some(({ facts }) => !facts.proven && (walled.has(mode) || facts.unseen === true)) || reading.wishes.hosts.length > 0;
    heard = { ...base, ...(reading.report !== undefined && asksWall ? { wall: await wall() } : {}), voices: await conditions.voices() };
    judgement = judge(heard);
    if (judgement.verdict.decision === "classify") {
      heard = { ...heard, judges: await conditions.judges() };
      judgement = judge(heard);
    }
  }
  return withDenied(decided(judgement, heard, conditions, reading), { ...conditions, wall });
}

/** The wall keeps what deny rules name from programs whose text does not show what they touch. What it cannot keep must not start. */
async function withDenied(decision: Decision, { denied, wall, rules }: Pick<Conditions, "denied" | "wall" | "rules">): Promise<Decision> {
  const { containment, remember: _, ...rest } = decision;
  if (containment?.type !== "contained" || !rules.deny.some(({ spec }) => spec.type === "path")) return decision;
  const { state = "unavailable" } = (await wall()) ?? {};
  // Without a wall nothing is kept from a program.
  if (state !== "active" && state !== "degraded") return decision;
  try {
    return { ...decision, containment: { ...containment, denied: await denied() } };
  } catch (error) {
    if (!ClawError.is(error, "PATH_TOO_LARGE")) throw error;
    return { ...rest, decision: "deny", reason: `${error.message}; ${error.fix ?? ""}` };
  }
}

const nothingBelow = { linksBelow: new Map<ShellPath, readonly ShellPath[]>(), secretsBelow: new Map<ShellPath, string>() } as const;

/** What lies below the folders of a shell call that matters: links, and what must not be read unasked. */
async function belowOf(
  report: ShellReport,
  call: ToolCallView,
  located: ReadonlyMap<string, Located>,
  { search, odd, links, ignored, wall, locate }: Pick<Conditions, "search" | "odd" | "links" | "ignored" | "wall" | "locate">,
) {
  const followed = await linksThrough(report, located, links, locate);
  const places = readThrough(report, located, rootsOf(call, located));
  const secrets = await secretsBelow(places, search, odd);
  const kept = places.length === 0 ? [] : await ignored();
  // Inside the wall it is out of sight.
  const unhidden = kept?.length === 0 || (await wall())?.stands === true ? [] : kept;
  const named =
    unhidden === undefined
      ? new Map(places.map(({ path }) => [path, "what .agentsignore names, of which there is too much"] as const))
      : ignoredBelow(places, unhidden);
  return { located: new Map([...located, ...followed.located]), linksBelow: followed.links, secretsBelow: new Map([...named, ...secrets]) };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

/** Whether a rule denies it; a mode that denies what it cannot ask may still hear of a sandbox. */
const isRuleDeny = ({ verdict, parts }: Judgement): boolean =>
  verdict.step === "deny" || (verdict.step === "ceiling" && !parts.some(({ facts }) => facts.unseen === true));

function decided(
  { verdict, parts }: Judgement,
  { voices, judges, wall }: { readonly voices: readonly Voice[]; readonly judges?: readonly Voice[]; readonly wall: Wall | undefined },
  { mode, modeSource, rules }: Conditions,
  reading: CallReading,
): Decision {
  // The classifiers were asked before: whoever still has no answer asks.
  const decision = verdict.decision === "classify" ? "ask" : verdict.decision;
  const containment = decision === "deny" || reading.call.effect !== "execute" ? undefined : containmentFor(mode, parts, reading);
  const inOrder = rulesInOrder(rules);
  const recorded = partRecords(parts, inOrder);
  const record: DecisionRecord = {
    mode,
    modeSource,
    ...(reading.report === undefined ? {} : { class: reading.report.class }),
    parts: recorded,
    tried: triedRules(inOrder, recorded),
    voices,
    ...(judges === undefined ? {} : { judges }),
    ...(wall === undefined ? {} : { sandbox: { state: wall.state, backend: wall.backend } }),
    ...(containment === undefined ? {} : { containment }),
    ...(reading.call.input["needs"] === undefined ? {} : { needs: reading.wishes }),
  };
  return {
    decision,
    reason: verdict.reason,
    ...(verdict.remember === undefined ? {} : { remember: verdict.remember }),
    ...(containment === undefined ? {} : { containment }),
    record,
    reading,
    inside: parts.every(({ facts }) => facts.inside),
  };
}

const rootsOf = ({ roots }: ToolCallView, located: ReadonlyMap<string, Located>): readonly string[] => roots.map((root) => located.get(root)?.real ?? root);

/** As far as what was allowed needs; what the wall alone allowed must have it. */
function containmentFor(mode: Mode, parts: Judgement["parts"], { wishes }: CallReading): Containment {
  if (mode === "danger-full-access") return { type: "free" };
  const byWall = parts.some(
    ({ facts, verdict }) =>
      verdict.decision === "allow" &&
      verdict.step === "mode" &&
      ((facts.walled === true && mode !== "allow") || (walled.has(mode) && facts.containable && !facts.proven)),
  );
  return containmentOf(
    parts.map(({ reach }) => reach),
    wishes,
    // What was taken for a reader and is none finds nothing to write.
    { required: byWall, onlyReads: !isWishing(wishes) && parts.every(({ facts }) => facts.isReader === true) },
  );
}

/** What `.agentsignore` names, as the workspace finds it; undefined where that is more than it says. */
export async function ignoredOrTooMuch(workspace: Workspace, scope: CallScope): Promise<readonly string[] | undefined> {
  try {
    return await workspace.ignored(scope);
  } catch (error) {
    if (scope.signal.aborted || !ClawError.is(error)) throw error;
    return undefined;
  }
}

/** As the workspace finds it; a path that cannot be looked at is nowhere inside. */
export async function locatedOrNothing(locate: () => Promise<Located>, signal: AbortSignal): Promise<Located | undefined> {
  try {
    return await locate();
  } catch (error) {
    if (signal.aborted || !ClawError.is(error)) throw error;
    return undefined;
  }
}
