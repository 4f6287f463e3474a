import type { Effect } from "@claw/kernel";
import { isCommandMatch, type Spellings } from "./command-pattern.ts";
import { isAllowed, isForbidden, type Bases, type Place } from "./path-pattern.ts";
import { hostnameOf, type Rule } from "./rules.ts";
import { isMatch } from "./wildcard.ts";

/** What a rule is held against. */
export interface Subject {
  readonly tool: string;
  readonly effect: Effect;
  readonly input: Readonly<Record<string, unknown>>;
  /** Of a shell call: the commands in it. */
  readonly commands: readonly Spellings[];
  readonly paths: readonly Place[];
  /** Whether all that it does to its paths is to read them. */
  readonly reads: boolean;
}

/** Whether a deny or an ask rule holds for any part of this. */
export function holds(rule: Rule, subject: Subject, bases: Bases): boolean {
  if (!reaches(rule, subject)) return false;
  switch (rule.spec.type) {
    case "command": {
      const { pattern } = rule.spec;
      return pattern.type === "any" || subject.commands.some((command) => isCommandMatch(pattern, command));
    }
    case "path": {
      const { pattern } = rule.spec;
      return subject.paths.some((path) => isForbidden(pattern, path, bases));
    }
    default:
      return isPlainMatch(rule, subject);
  }
}

/** Whether an allow rule covers all of this. Shell commands are covered one by one, elsewhere. */
export function covers(rule: Rule, subject: Subject, bases: Bases): boolean {
  if (!reaches(rule, subject)) return false;
  switch (rule.spec.type) {
    case "command":
      return false;
    case "path": {
      const { pattern } = rule.spec;
      return subject.paths.length > 0 && subject.paths.every((path) => isAllowed(pattern, path, bases));
    }
    default:
      return isPlainMatch(rule, subject);
  }
}

function reaches({ reach }: Rule, { tool, effect, reads }: Subject): boolean {
  switch (reach.type) {
    case "tool":
      return tool === reach.name || tool.toLowerCase() === reach.name;
    case "prefix":
      return tool.toLowerCase().startsWith(reach.prefix);
    // A program may read and write whatever it is told of; only a proven reader only reads.
    case "family":
      return effect === reach.effect || (effect === "execute" && (reach.effect === "read" || !reads));
    default:
      return reach satisfies never;
  }
}

function isPlainMatch({ spec }: Rule, { input }: Subject): boolean {
  switch (spec.type) {
    case "any":
      return true;
    case "host": {
      const url = input["url"];
      const host = typeof url === "string" ? hostnameOf(url) : undefined;
      return host !== undefined && (spec.below ? host.endsWith(`.${spec.host}`) : host === spec.host);
    }
    case "value": {
      const value = input[spec.property];
      return typeof value === "string" && isMatch(spec.wild, value);
    }
    default:
      return false;
  }
}
