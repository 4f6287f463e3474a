import type { Containment, ShellClass } from "@claw/kernel";
import type { JudgedPart } from "./judge.ts";
import type { Voice } from "./order.ts";
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
  /** In the order they are tried: deny, ask, allow. */
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

export function triedRules({ deny, ask, allow }: Pick<RuleSet, "deny" | "ask" | "allow">): readonly TriedRule[] {
  return [...deny, ...ask, ...allow].slice(0, most.rules).map(({ text, decision, source }) => ({ text, decision, source }));
}

export function partRecord({ facts, reach, verdict }: JudgedPart, rules: readonly Rule[]): PartRecord {
  const { command } = facts;
  const text = facts.deny ?? (verdict.step === "ask" ? facts.ask : verdict.step === "allow" ? facts.allow : undefined);
  const rule = text === undefined ? undefined : rules.find((one) => one.text === text);
  return {
    text: cut(command?.text ?? facts.what),
    ...(command === undefined ? {} : { pos: command.pos, end: command.end, class: command.class }),
    decision: verdict.decision,
    step: verdict.step,
    reason: cut(verdict.reason),
    ...(rule === undefined ? {} : { rule: { text: rule.text, decision: rule.decision, source: rule.source } }),
    why: (command?.why ?? []).slice(0, most.paths).map(({ why }) => cut(why)),
    reads: (command?.reads ?? []).slice(0, most.paths).map(({ path }) => cut(path)),
    writes: (command?.writes ?? []).slice(0, most.paths).map(({ path }) => cut(path)),
    hosts: [...(command?.hosts ?? reach.hosts)].slice(0, most.paths),
  };
}

export const partRecords = (parts: readonly JudgedPart[], rules: readonly Rule[]): readonly PartRecord[] =>
  parts.slice(0, most.parts).map((part) => partRecord(part, rules));
