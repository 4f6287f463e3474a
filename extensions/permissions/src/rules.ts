import { ClawError } from "@claw/kernel";
import { commandPatternOf, problemOfCommand, type CommandPattern } from "./command-pattern.ts";
import { pathPatternOf, problemOfPath, type PathPattern } from "./path-pattern.ts";
import type { ToolNames } from "./tool-names.ts";
import { wildcardOf, type Wildcard } from "./wildcard.ts";

export type Decision = "allow" | "ask" | "deny";

/** Which tools a rule is about. */
type Reach =
  | { readonly type: "tool"; readonly name: string }
  /** Every tool whose name begins so: a server's. */
  | { readonly type: "prefix"; readonly prefix: string }
  /** `Read(…)` covers every file read, `Edit(…)` every writer. */
  | { readonly type: "family"; readonly effect: "read" | "write" };

type Spec =
  | { readonly type: "any" }
  | { readonly type: "command"; readonly pattern: CommandPattern }
  | { readonly type: "path"; readonly pattern: PathPattern }
  /** A host; with `below` every host under it and not itself. */
  | { readonly type: "host"; readonly host: string; readonly below: boolean }
  | { readonly type: "value"; readonly property: string; readonly wild: Wildcard };

export interface Rule {
  /** As it was written. */
  readonly text: string;
  readonly decision: Decision;
  readonly source: string;
  readonly reach: Reach;
  readonly spec: Spec;
}

/** A rule that is right and without effect, and the one to write instead. */
export interface IdleRule {
  readonly text: string;
  readonly instead: string;
  readonly source: string;
}

export interface RuleSet {
  readonly deny: readonly Rule[];
  readonly ask: readonly Rule[];
  readonly allow: readonly Rule[];
  readonly idle: readonly IdleRule[];
}

/** A rule's text, and where it stands: a file and line, a flag, a variable. */
export interface SourcedText {
  readonly text: string;
  readonly source: string;
}

export interface RuleLists {
  readonly deny: readonly SourcedText[];
  readonly ask: readonly SourcedText[];
  readonly allow: readonly SourcedText[];
}

/** Texts that all come from one place. */
export const from = (source: string, texts: readonly string[]): readonly SourcedText[] => texts.map((text) => ({ text, source }));

/** The tools whose rules name something other than a command or a path, and the property of their input that is meant. */
const valued: Readonly<Record<string, string>> = { agent: "subagent_type", skill: "skill" };

/** Reads every rule. Throws PERMISSION_RULE_INVALID with all that is wrong: a rule is never skipped. */
export function rulesOf(lists: RuleLists, names: ToolNames): RuleSet {
  const problems: { readonly rule: SourcedText; readonly why: string }[] = [];
  const idle: IdleRule[] = [];
  const read = (decision: Decision): readonly Rule[] =>
    lists[decision].flatMap((given) => {
      const rule = ruleOf(given.text, decision, given.source, names);
      if ("why" in rule) problems.push({ rule: given, why: rule.why });
      else if ("instead" in rule) idle.push({ ...rule, source: given.source });
      else return [rule];
      return [];
    });
  const rules: RuleSet = { deny: read("deny"), ask: read("ask"), allow: read("allow"), idle };
  if (problems.length === 0) return rules;
  const sources = [...new Set(problems.map(({ rule }) => rule.source))];
  const list = problems.map(({ rule, why }) => `"${rule.text}": ${why}${sources.length > 1 ? ` (${rule.source})` : ""}`).join("; ");
  const count = problems.length === 1 ? "a permission rule is" : `${problems.length} permission rules are`;
  throw new ClawError(
    "PERMISSION_RULE_INVALID",
    `${count} invalid in ${sources.join(", ")}: ${list}`,
    { rule: problems.map(({ rule }) => rule.text).join(", ") },
    {
      fix: `write rules as Tool or Tool(what), with one of the tools ${names.all.join(", ")} or mcp__server__tool`,
    },
  );
}

function ruleOf(text: string, decision: Decision, source: string, names: ToolNames): Rule | Omit<IdleRule, "source"> | { readonly why: string } {
  const trimmed = text.trim();
  const [, name = "", open, inner = ""] = /^([A-Za-z_][\w.:-]*\*?)\s*(\(([\s\S]*)\))?$/.exec(trimmed) ?? [];
  if (name === "") return { why: /[()]/.test(trimmed) ? "its brackets do not fit" : "it names no tool" };
  const bare = open === undefined || inner.trim() === "" || inner.trim() === "*";
  const made = (reach: Reach, spec: Spec): Rule => ({ text: trimmed, decision, source, reach, spec });

  if (/^mcp__/i.test(name)) {
    if (!bare) return { why: "a server's tool takes no further words" };
    if (/^mcp__$/i.test(name)) return { why: "it names no server" };
    if (decision === "allow" && name.endsWith("*") && !/^mcp__.+?__/i.test(name)) return { text: trimmed, instead: "mcp__server__* with the server's name" };
    return made(serverReach(name.toLowerCase()), { type: "any" });
  }
  if (name.endsWith("*")) return { why: "a star in a tool's name is only for mcp__server__*" };
  const own = names.own(name);
  if (own === undefined) return { why: `there is no tool ${name}` };
  if (bare) return made({ type: "tool", name: own }, { type: "any" });
  return specOf(own, inner, decision, trimmed, made);
}

/** `mcp__server` and `mcp__server__*` are every tool of it; `mcp__server__tool` is one. */
function serverReach(name: string): Reach {
  if (name.endsWith("*")) return { type: "prefix", prefix: name.slice(0, -1) };
  return /^mcp__.+?__/.test(name) ? { type: "tool", name } : { type: "prefix", prefix: `${name}__` };
}

function specOf(own: string, inner: string, decision: Decision, text: string, made: (reach: Reach, spec: Spec) => Rule): ReturnType<typeof ruleOf> {
  const tool: Reach = { type: "tool", name: own };
  switch (own) {
    case "bash": {
      const why = problemOfCommand(inner);
      return why === undefined ? made(tool, { type: "command", pattern: commandPatternOf(inner) }) : { why };
    }
    case "read_file":
    case "file_edit":
    case "write_file":
    case "notebook_edit":
    case "glob":
    case "grep": {
      // A space at the end counts only behind a backslash, as in .gitignore.
      const spec = inner.trimStart().replace(/(?<!\\)\s+$/, "");
      const why = problemOfPath(spec);
      if (why !== undefined) return { why };
      const covers = own === "read_file" || own === "glob" || own === "grep" ? "read" : "write";
      const whole = own === "read_file" || own === "file_edit";
      // What Claude Code never consults must not loosen anything here that it does not loosen there.
      if (!whole && decision === "allow") return { text, instead: `${covers === "read" ? "Read" : "Edit"}(${spec})` };
      return made(whole ? { type: "family", effect: covers } : tool, { type: "path", pattern: pathPatternOf(spec) });
    }
    case "web_fetch":
      return hostOf(inner, (spec) => made(tool, spec));
    default: {
      const property = Object.hasOwn(valued, own) ? valued[own] : undefined;
      return property === undefined ? { why: `${own} takes no further words` } : made(tool, { type: "value", property, wild: wildcardOf(inner.trim()) });
    }
  }
}

function hostOf(inner: string, made: (spec: Spec) => Rule): ReturnType<typeof ruleOf> {
  const [, below, name = ""] = /^domain:(\*\.)?([^\s/@:*?#\\]+)$/i.exec(inner.trim()) ?? [];
  const host = hostnameOf(`https://${name}/`);
  return host === undefined
    ? { why: "write WebFetch(domain:example.com) or WebFetch(domain:*.example.com)" }
    : made({ type: "host", host, below: below !== undefined });
}

/** The host a URL leads to, in its one spelling; undefined if it is no URL of the web. */
export function hostnameOf(url: string): string | undefined {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol) || parsed.hostname === "") return undefined;
  return parsed.hostname.replace(/\.$/, "");
}
