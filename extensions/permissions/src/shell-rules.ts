import type { ShellCommand, ShellPath, ShellReport } from "@claw/kernel";
import { isWithin } from "@claw/kernel/kit";
import { isCommandMatch } from "./command-pattern.ts";
import type { Facts } from "./order.ts";
import { isAllowed } from "./path-pattern.ts";
import { holds, type Subject } from "./rule-match.ts";
import type { Rule } from "./rules.ts";
import type { Found, Scenery } from "./scenery.ts";
import { ruleOfHidden } from "./hidden-programs.ts";
import { forbiddenSpellings, type PartSpellings, spellingsOfCommand } from "./shell-part.ts";

type Forbidding = Pick<Facts, "deny" | "ask">;

const forbiddenBy = ({ rules, bases, reading: { call } }: Scenery, given: Pick<Subject, "commands" | "paths" | "reads">): Forbidding => {
  const subject: Subject = { tool: call.tool, effect: call.effect, input: call.input, ...given };
  return { deny: rules.deny.find((rule) => holds(rule, subject, bases))?.text, ask: rules.ask.find((rule) => holds(rule, subject, bases))?.text };
};

/** What a part or a call touches, what its words may name besides, and whether all it does is to read. */
interface Named {
  readonly touched: readonly Found[];
  readonly mentioned: readonly Found[];
  readonly reads: boolean;
}

const pathsOf = ({ touched, mentioned, reads }: Named): readonly Found[] => (reads ? touched : [...touched, ...mentioned]);

/** Which rules forbid one command of a call, by what it is and what it names. */
export const forbiddingPart = (scenery: Scenery, command: ShellCommand, named: Named): Forbidding =>
  forbiddenBy(scenery, { commands: spellingsOfCommand(command), paths: pathsOf(named), reads: named.reads });

/** Which rules forbid the call as a whole: all that is written in it, wherever it stands. */
export function forbiddingWhole(scenery: Scenery, report: ShellReport, named: Named): Forbidding & Partial<Pick<Facts, "voices">> {
  const found = forbiddenBy(scenery, { commands: forbiddenSpellings(report), paths: pathsOf(named), reads: named.reads });
  const rule = found.deny === undefined ? unheldRule(scenery, report) : undefined;
  if (rule === undefined) return found;
  const what = report.broken ? "cannot be read to its end, and what it holds there" : "hides which program it starts, and that";
  const why = `the ${scenery.reading.call.tool} command ${what} may be what the rule denies`;
  return { ...found, voices: [...scenery.voices, { author: `rule ${rule.text}`, decision: "deny", reason: why }] };
}

/** A deny rule holds in every mode: where nothing is asked, what it cannot be held against is denied. */
function unheldRule({ mode, rules }: Scenery, report: ShellReport): Rule | undefined {
  if (mode !== "danger-full-access") return undefined;
  if (report.broken) return rules.deny.find(({ spec }) => spec.type === "command" || spec.type === "path");
  return report.hidden ? ruleOfHidden(report, rules.deny) : undefined;
}

/** A rule that holds for the call and for none of its parts alone holds for all of them. */
export function withWhole<F extends Forbidding>(parts: readonly F[], whole: Forbidding): readonly F[] {
  const missing = (kind: keyof Forbidding): boolean => whole[kind] !== undefined && parts.every((part) => part[kind] === undefined);
  const more: Forbidding = { ...(missing("deny") ? { deny: whole.deny } : {}), ...(missing("ask") ? { ask: whole.ask } : {}) };
  return parts.map((part) => ({ ...part, ...more }));
}

/** Why the rules that forbid cannot be held against it. */
export function doubtOf({ rules, reading: { call } }: Scenery, { broken, hidden }: ShellReport): string | undefined {
  if (broken) return `the ${call.tool} command cannot be read to its end`;
  const rule = [...rules.deny, ...rules.ask].find(({ spec }) => spec.type === "command");
  return hidden && rule !== undefined
    ? `which programs the ${call.tool} command starts is known only once it runs, and rule ${rule.text} must hold`
    : undefined;
}

const isReadRule = ({ reach, spec }: Rule): boolean => reach.type === "family" && reach.effect === "read" && spec.type === "path";

/** The rule that lets these be read, if there is one for each. */
export function readRuleFor({ rules, bases }: Scenery, places: readonly Found[]): Rule | undefined {
  const found = places.map((place) => rules.allow.find((rule) => isReadRule(rule) && rule.spec.type === "path" && isAllowed(rule.spec.pattern, place, bases)));
  return found.includes(undefined) ? undefined : found[0];
}

/** A rule for all of the tool, or one that is this very text. */
export function coversWhole({ reach, spec }: Rule, { text }: ShellReport, startsInside: boolean): boolean {
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
export function coversPart({ spec }: Rule, { outer, inner }: PartSpellings, staysIn: boolean, isAstray: boolean): boolean {
  if (spec.type !== "command" || isAstray) return false;
  const { pattern } = spec;
  if (pattern.type === "exact") return isCommandMatch(pattern, outer) || isCommandMatch(pattern, inner);
  return staysIn && isCommandMatch(pattern, inner);
}

/** Whether a rule is for all of the tool, whatever it does. */
export const isForAll = (rule: Rule | undefined): boolean => rule?.spec.type === "any" || (rule?.spec.type === "command" && rule.spec.pattern.type === "any");

/** What is named as if it were inside and leads outside. */
export const astrayOf = ({ bases }: Scenery, outside: readonly Found[]): Found | undefined =>
  outside.find(({ path }) => bases.roots.some((root) => isWithin(root.path, path)));

/** Of all that a call's words may name, what stands in one of its commands. */
export const isPartOf = (path: ShellPath | undefined, { pos, end }: ShellCommand): boolean => path !== undefined && pos <= path.pos && path.end <= end;
