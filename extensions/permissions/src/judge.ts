import { order, strictest, type Facts, type Verdict } from "./order.ts";
import { type Reach, noReach } from "./reach.ts";
import { covers, holds, type Subject } from "./rule-match.ts";
import { sceneryOf, type Found, type JudgeInput, type Scenery } from "./scenery.ts";
import { type ShellFacts, shellFacts } from "./shell-facts.ts";
import { ruleOfCommand, ruleOfPath, ruleOfTool } from "./suggestion.ts";

/** One part of a call, and what the order made of it. */
export interface JudgedPart {
  readonly facts: Facts & Partial<Pick<ShellFacts, "command" | "unseen" | "isReader">>;
  readonly reach: Reach;
  readonly verdict: Verdict;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly parts: readonly JudgedPart[];
}

/** The verdict on a call: each part goes through the order on its own, and the most restrictive holds. */
export function judge(input: JudgeInput): Judgement {
  const scenery = sceneryOf(input);
  const { report, unread, call } = input.reading;
  const parts = (report === undefined ? toolFacts(scenery) : shellFacts(scenery, report)).map((facts) => ({
    facts,
    reach: "reach" in facts ? (facts as ShellFacts).reach : noReach,
    verdict: order(
      unread ? { ...facts, allow: undefined, caution: `${call.tool} cannot be judged: the extension that reads shell text is not loaded` } : facts,
    ),
  }));
  return { parts, verdict: verdictOf(parts, input) };
}

function verdictOf(parts: readonly JudgedPart[], { reading }: JudgeInput): Verdict {
  const verdicts = parts.map(({ verdict }) => verdict);
  const verdict = strictest(verdicts);
  // Nothing to judge is nothing understood.
  if (verdict === undefined) return { step: "ask", decision: "ask", reason: `${reading.call.tool} holds nothing that could be judged` };
  if (verdict.decision === "deny") return { ...verdict, reason: `${verdict.reason}${deniedText(parts)}` };
  const asked = verdicts.filter(({ decision }) => decision !== "allow");
  if (verdict.decision !== "ask" || asked.length === 1) return verdict;
  // One question takes one rule: that of the whole call, and only if no part would be asked about all the same.
  const { remember: _remember, ...rest } = verdict;
  return reading.report === undefined || asked.some(({ remember }) => remember === undefined)
    ? rest
    : { ...rest, remember: ruleOfCommand(reading.report.text.trim()) };
}

/** More than this of a command is not read by anybody. */
const most = { parts: 5, text: 300 } as const;

/** Which parts of a call were denied, where there are others, and what would be allowed. */
function deniedText(parts: readonly JudgedPart[]): string {
  const denied = parts.filter(({ verdict }) => verdict.decision === "deny");
  const allowed = parts.filter(({ verdict }) => verdict.decision === "allow");
  if (denied.length === parts.length) return "";
  const named = denied.filter(({ facts }) => facts.command !== undefined);
  return `${named.length === 0 ? "" : ` (${textOf(named)})`}${allowed.length === 0 ? "" : `; allowed would be ${textOf(allowed)}`}`;
}

function textOf(parts: readonly JudgedPart[]): string {
  const texts = parts.slice(0, most.parts).map(({ facts }) => facts.command?.text ?? facts.what);
  const text = [...new Set(texts)].join("; ");
  return parts.length > most.parts || text.length > most.text ? `${text.slice(0, most.text)} …` : text;
}

/** A tool's own call: one part for each path, or one for the whole. */
function toolFacts(scenery: Scenery): readonly Facts[] {
  const { paths } = scenery.reading.call;
  return paths.length === 0 ? [factsOf(scenery, undefined)] : paths.map((path) => factsOf(scenery, scenery.at(path)));
}

function factsOf(scenery: Scenery, place: Found | undefined): Facts {
  const {
    reading: { call },
    rules,
    bases,
  } = scenery;
  const { tool, effect, input } = call;
  const reads = effect === "read";
  const subject: Subject = { tool, effect, input, commands: [], paths: place === undefined ? [] : [place], reads };
  const remember = place !== undefined && (effect === "read" || effect === "write") ? ruleOfPath(effect, place.real) : ruleOfTool(subject);
  return {
    ...scenery.base(remember),
    // A tool that names no path reads in the session's folder, and writes who knows where.
    inside: place?.inside ?? reads,
    proven: false,
    containable: false,
    destructive: false,
    deny: rules.deny.find((rule) => holds(rule, subject, bases))?.text,
    ask: rules.ask.find((rule) => holds(rule, subject, bases))?.text,
    allow: rules.allow.find((rule) => covers(rule, subject, bases))?.text,
    caution: place === undefined ? undefined : scenery.caution([place], reads ? "reads" : "writes"),
    because: place === undefined || place.path === place.real ? undefined : `${place.path} leads there`,
    remember,
  };
}
