import type { Containment, ShellClass } from "@claw/kernel";
import type { JudgedPart } from "./judge.ts";
import type { OrderStep, Voice } from "./order.ts";
import type { Wall } from "./reach.ts";
import type { Decision as RuleDecision, Rule, RuleSet } from "./rules.ts";
import type { Wishes } from "./wishes.ts";

/** A rule as it was tried: its text, what it decides, and where it stands. */
export interface TriedRule {
  readonly text: string;
  readonly decision: RuleDecision;
  readonly source: string;
}

/** How the decision on one part came to be. */
export interface PartRecord {
  readonly text: string;
  /** Where it stands in the command; absent for a call that is no shell text. */
  readonly pos?: number;
  readonly end?: number;
  readonly class?: ShellClass;
  readonly decision: "allow" | "ask" | "deny" | "classify";
  readonly step: string;
  readonly reason: string;
  readonly rule?: TriedRule;
  /** How many of the record's rules were tried, from the first one on. */
  readonly tried: number;
  readonly why: readonly string[];
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly hosts: readonly string[];
}

/** How a decision came to be: kept with the call in the session's log, and told by `claw why`. */
export interface DecisionRecord {
  readonly mode: string;
  readonly modeSource: string;
  readonly class?: ShellClass;
  readonly parts: readonly PartRecord[];
  /** Every rule that a part was held against, in the order they are tried: deny, ask, allow. */
  readonly tried: readonly TriedRule[];
  readonly voices: readonly Voice[];
  readonly judges?: readonly Voice[];
  readonly sandbox?: Pick<Wall, "state" | "backend">;
  readonly containment?: Containment;
  readonly needs?: Wishes;
}

/** More than this of anything explains nothing. */
const most = { parts: 60, rules: 200, paths: 40, text: 2_000 } as const;

const cut = (text: string): string => (text.length <= most.text ? text : `${text.slice(0, most.text)}… (${text.length} characters)`);

/** The rules in the order they are tried. */
export const rulesInOrder = ({ deny, ask, allow }: Pick<RuleSet, "deny" | "ask" | "allow">): readonly Rule[] => [...deny, ...ask, ...allow];

/** Those that some part was held against. */
export const triedRules = (rules: readonly Rule[], parts: readonly PartRecord[]): readonly TriedRule[] =>
  rules.slice(0, Math.min(most.rules, Math.max(0, ...parts.map(({ tried }) => tried)))).map(({ text, decision, source }) => ({ text, decision, source }));

/** Where the order came to its end: what stands behind the rule that decided, or behind the step that did, was not tried. */
function countTried(step: OrderStep, rule: Rule | undefined, rules: readonly Rule[]): number {
  if (rule !== undefined) return rules.indexOf(rule) + 1;
  const kinds: readonly RuleDecision[] = step === "allow" || step === "mode" ? ["deny", "ask", "allow"] : step === "ask" ? ["deny", "ask"] : ["deny"];
  return rules.filter(({ decision }) => kinds.includes(decision)).length;
}

export function partRecord({ facts, reach, verdict }: JudgedPart, rules: readonly Rule[]): PartRecord {
  const { command } = facts;
  const text = facts.deny ?? (verdict.step === "ask" ? facts.ask : verdict.step === "allow" ? facts.allow : undefined);
  const kind = facts.deny === undefined ? verdict.step : "deny";
  const rule = text === undefined ? undefined : rules.find((one) => one.text === text && one.decision === kind);
  return {
    text: cut(command?.text ?? facts.what),
    ...(command === undefined ? {} : { pos: command.pos, end: command.end, class: command.class }),
    decision: verdict.decision,
    step: verdict.step,
    reason: cut(verdict.reason),
    ...(rule === undefined ? {} : { rule: { text: rule.text, decision: rule.decision, source: rule.source } }),
    tried: countTried(verdict.step, rule, rules),
    why: (command?.why ?? []).slice(0, most.paths).map(({ why }) => cut(why)),
    reads: (command?.reads ?? []).slice(0, most.paths).map(({ path }) => cut(path)),
    writes: (command?.writes ?? []).slice(0, most.paths).map(({ path }) => cut(path)),
    hosts: [...(command?.hosts ?? reach.hosts)].slice(0, most.paths),
  };
}

export const partRecords = (parts: readonly JudgedPart[], rules: readonly Rule[]): readonly PartRecord[] =>
  parts.slice(0, most.parts).map((part) => partRecord(part, rules));
