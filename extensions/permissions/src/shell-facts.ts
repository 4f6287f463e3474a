import { isCommandMatch } from "./command-pattern.ts";
import { isDestructive } from "./destructive.ts";
import type { Facts } from "./order.ts";
import { isAllowed } from "./path-pattern.ts";
import { holds, type Subject } from "./rule-match.ts";
import type { Rule } from "./rules.ts";
import type { Scenery } from "./scenery.ts";
import type { ShellCall, ShellPart } from "./shell-call.ts";
import { ruleOfCommand } from "./suggestion.ts";

/** What decides a shell call: each simple command of a plain one, or all of one that is not. */
export function shellFacts(scenery: Scenery, shell: ShellCall): readonly Facts[] {
  const {
    rules,
    reading: { call },
  } = scenery;
  const startsInside = scenery.at(call.paths[0] ?? call.cwd).inside;
  const whole = rules.allow.find((rule) => coversWhole(rule, shell, startsInside));
  // No rule says where a command starts.
  const remembered = (typed: string): string | undefined => (startsInside ? ruleOfCommand(typed) : undefined);
  const doubt = doubtOf(scenery, shell);
  const destructive = shell.every.commands.some(isDestructive);
  if (shell.parts === undefined) {
    const places = shell.aims.map((aim) => scenery.aimed(aim));
    return [
      {
        ...scenery.base(ruleOfCommand(shell.command)),
        ...forbidding(scenery, shell, places, false),
        inside: false,
        proven: false,
        destructive,
        allow: whole?.text,
        caution: doubt ?? scenery.caution(places, false),
        because: `${call.tool} cannot be judged command by command, as ${shell.why}`,
        remember: remembered(shell.command),
      },
    ];
  }
  const moves = shell.parts.length > 1 && shell.parts.some(({ folders }) => folders.length > 1 || folders[0]?.path !== shell.parts?.[0]?.folders[0]?.path);
  return shell.parts.map((part) => {
    const places = part.aims.map((aim) => scenery.aimed(aim));
    const isAtHome = part.folders.every((folder) => scenery.aimed(folder).inside);
    const outside = places.filter(({ inside }) => !inside);
    const isReader = part.proof !== undefined && isAtHome && !(part.proof.noFolders && places.some(({ isFolder }) => isFolder));
    const reading =
      isReader && outside.length > 0 ? rules.allow.filter(({ reach, spec }) => reach.type === "family" && reach.effect === "read" && spec.type === "path") : [];
    const read = outside.map((place) => reading.find(({ spec }) => spec.type === "path" && isAllowed(spec.pattern, place, scenery.bases)));
    const allow =
      whole ??
      rules.allow.find((rule) => isAtHome && coversPart(rule, part, outside.length === 0)) ??
      (read.length > 0 && !read.includes(undefined) ? read[0] : undefined);
    return {
      ...scenery.base(ruleOfCommand(part.typed)),
      ...forbidding(scenery, shell, places, isReader),
      inside: isAtHome && outside.length === 0,
      proven: isReader && outside.length === 0,
      destructive,
      allow: allow?.text,
      caution: doubt ?? scenery.caution(places, isReader),
      because: outside[0] === undefined ? undefined : `${outside[0].path} is outside the session's folders`,
      // Where it runs is part of what it does.
      remember: remembered(moves || part.obeys ? shell.command : part.typed),
    };
  });
}

function forbidding(scenery: Scenery, shell: ShellCall, paths: Subject["paths"], reads: boolean): Pick<Facts, "deny" | "ask"> {
  const {
    rules,
    bases,
    reading: { call },
  } = scenery;
  const subject: Subject = { tool: call.tool, effect: call.effect, input: call.input, commands: shell.spellings, paths, reads };
  return { deny: rules.deny.find((rule) => holds(rule, subject, bases))?.text, ask: rules.ask.find((rule) => holds(rule, subject, bases))?.text };
}

/** Why the rules that forbid cannot be held against it. */
function doubtOf({ rules, reading: { call } }: Scenery, { every }: ShellCall): string | undefined {
  if (every.broken) return `the ${call.tool} command cannot be read to its end`;
  const rule = [...rules.deny, ...rules.ask].find(({ spec }) => spec.type === "command");
  return every.hidden && rule !== undefined
    ? `which programs the ${call.tool} command starts is known only once it runs, and rule ${rule.text} must hold`
    : undefined;
}

/** A rule for all of the tool, or one that is this very text. */
function coversWhole({ reach, spec }: Rule, { command }: ShellCall, startsInside: boolean): boolean {
  if (reach.type !== "tool" || reach.name !== "bash") return false;
  if (spec.type === "any") return true;
  if (spec.type !== "command") return false;
  return spec.pattern.type === "any" || (spec.pattern.type === "exact" && startsInside && (command === spec.pattern.text || command === spec.pattern.raw));
}

/** A pattern covers what stays inside; only an exact rule, whose paths its author saw, covers what does not. */
function coversPart({ spec }: Rule, { outer, inner, obeys }: ShellPart, staysInside: boolean): boolean {
  if (spec.type !== "command" || obeys) return false;
  const { pattern } = spec;
  if (pattern.type === "exact") return isCommandMatch(pattern, outer) || isCommandMatch(pattern, inner);
  return staysInside && isCommandMatch(pattern, inner);
}
