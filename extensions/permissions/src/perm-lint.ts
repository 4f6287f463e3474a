import { type CommandPattern, isCommandMatch } from "./command-pattern.ts";
import type { Rule, RuleSet } from "./rules.ts";

/** Something about a rule that its author should know. */
export interface LintFinding {
  readonly rule: string;
  readonly decision: Rule["decision"];
  readonly source: string;
  readonly code: "dead" | "never" | "shadowed" | "duplicate" | "covered" | "wide";
  readonly text: string;
}

/** Programs that run whatever they are told: a rule for anything behind them allows everything. */
const wide =
  /^(?:(?:ba|da|z|k|fi|a)?sh|sudo|doas|su|env|eval|exec|source|xargs|npx|bunx|pnpx|uvx|node|deno|bun|python[0-9.]*|perl|ruby|php|lua|docker|podman|ssh|make|awk|find|git|curl|wget)$/;

export function lintRules({ deny, ask, allow, idle }: RuleSet): readonly LintFinding[] {
  const finding = ({ text, decision, source }: Rule, code: LintFinding["code"], said: string): LintFinding => ({
    rule: text,
    decision,
    source,
    code,
    text: said,
  });
  const all = [...deny, ...ask, ...allow];
  return [
    ...idle.map(({ text, source, instead }): LintFinding => ({
      rule: text,
      decision: "allow",
      source,
      code: "dead",
      text: `it has no effect; write ${instead}`,
    })),
    ...all.flatMap((rule) => {
      const why = neverText(rule);
      return why === undefined ? [] : [finding(rule, "never", why)];
    }),
    ...all.flatMap((rule, index) => {
      const first = all.findIndex((one) => one.text === rule.text && one.decision === rule.decision);
      return first < index ? [finding(rule, "duplicate", `it stands in ${all[first]?.source ?? ""} already`)] : [];
    }),
    ...allow.flatMap((rule) => {
      const over = [...deny, ...ask].find((one) => includes(one, rule));
      return over === undefined ? [] : [finding(rule, "shadowed", `the ${over.decision} rule ${over.text} (${over.source}) always holds before it`)];
    }),
    ...ask.flatMap((rule) => {
      const over = deny.find((one) => includes(one, rule));
      return over === undefined ? [] : [finding(rule, "shadowed", `the deny rule ${over.text} (${over.source}) always holds before it`)];
    }),
    ...allow.flatMap((rule) => {
      const wider = allow.find((one) => one !== rule && one.text !== rule.text && includes(one, rule));
      return wider === undefined ? [] : [finding(rule, "covered", `the allow rule ${wider.text} (${wider.source}) allows that and more`)];
    }),
    ...allow.flatMap((rule) => {
      const why = widthOf(rule);
      return why === undefined ? [] : [finding(rule, "wide", why)];
    }),
  ];
}

/** Whether one rule holds wherever another does, as far as their texts show. */
function includes(wider: Rule, narrower: Rule): boolean {
  if (JSON.stringify(wider.reach) !== JSON.stringify(narrower.reach)) return false;
  if (wider.spec.type === "any") return true;
  if (wider.spec.type !== "command" || narrower.spec.type !== "command")
    return wider.spec.type === narrower.spec.type && specText(wider) === specText(narrower);
  const { pattern } = narrower.spec;
  if (wider.spec.pattern.type === "any") return true;
  if (pattern.type === "exact") return isCommandMatch(wider.spec.pattern, { typed: pattern.text, quoted: pattern.text });
  return specText(wider) === specText(narrower) || isPrefix(wider.spec.pattern, pattern);
}

/** Whether a pattern is for everything behind a text that another one begins with. */
function isPrefix(wider: CommandPattern, { type, ...narrower }: CommandPattern): boolean {
  if (wider.type !== "wild" || type !== "wild" || !("wild" in narrower)) return false;
  const [first = "", ...rest] = wider.wild.pieces;
  const begins = narrower.wild.pieces[0] ?? "";
  return rest.length === 1 && rest[0] === "" && begins !== first && begins.startsWith(first);
}

/** Why a rule can hold for no call: each command is held against it on its own, without what it redirects and the variables it sets. */
function neverText({ reach, spec, decision }: Rule): string | undefined {
  if (reach.type !== "tool" || reach.name !== "bash" || spec.type !== "command" || spec.pattern.type === "any") return undefined;
  const { pattern } = spec;
  // An exact rule that allows is also held against the whole text of a call.
  if (pattern.type === "exact" && decision === "allow") return undefined;
  const text = pattern.type === "exact" ? pattern.text : pattern.wild.pieces.join("*");
  if (/["'\\]/.test(text)) return undefined;
  const [sign] = /&&|\|\||[;|<>]|&(?=\s|$)/.exec(text) ?? [];
  if (sign !== undefined)
    return `each command of a call is held against it on its own, so nothing with ${sign} in it ever matches; write a rule for each command`;
  return /^[A-Za-z_]\w*=/.test(text) ? "variables that are set are no part of the command a rule is held against, so it never matches" : undefined;
}

const specText = ({ text }: Rule): string => /\(([\s\S]*)\)$/.exec(text)?.[1]?.trim() ?? "";

function widthOf({ reach, spec }: Rule): string | undefined {
  if (reach.type !== "tool" || reach.name !== "bash") return undefined;
  if (spec.type === "any" || (spec.type === "command" && spec.pattern.type === "any"))
    return "it allows every command; the mode auto with a sandbox asks about what wants out";
  if (spec.type !== "command" || spec.pattern.type !== "wild") return undefined;
  const [first = "", rest] = (spec.pattern.wild.pieces[0] ?? "").split(" ");
  return wide.test(first) && (rest === undefined || rest === "") ? `${first} runs whatever it is told, so it allows everything` : undefined;
}
