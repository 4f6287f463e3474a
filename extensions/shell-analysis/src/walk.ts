import type { ShellDoubt, ShellSpan } from "@claw/kernel";
import { parse, type CommandNode, type CompoundList, type ParsedScript, type PipelineNode, type Redirected, type Statement, type Word } from "unbash";
import { isHarmlessName } from "./assignments.ts";
import { distrustAll } from "./draft.ts";
import { longestQuoted } from "./effort.ts";
import type { Field } from "./field.ts";
import { type Findings, merge, noFindings, raise } from "./findings.ts";
import { anywhere, type Folder } from "./paths.ts";
import { movesFolder } from "./loops.ts";
import { mayLookInto } from "./nesting.ts";
import { keyword, reckon, walkTest } from "./keywords.ts";
import { walkCommand, walkRedirection } from "./simple-command.ts";
import { deepest } from "./scene.ts";
import { createWalk, disturb, reading, type Source, spanOf, type Walk } from "./walk-state.ts";
import { checkEnd } from "./slips.ts";
import { type Reading, readWord } from "./words.ts";

/** Walks through a whole script; what disturbs it is taken out on all its commands. */
export function walkScript(script: ParsedScript, source: Source, from: Pick<Walk, "analysis" | "depth" | "folders">): readonly ShellDoubt[] {
  const { analysis } = from;
  const start = analysis.drafts.length;
  const walk = createWalk(script, source, from, { enter, nested });
  try {
    walkParsed(script, walk);
  } catch (error) {
    // The parser reads nested parts on first sight, and gives up on some by throwing.
    analysis.broken = true;
    disturb(walk, script, error instanceof RangeError ? "it is nested too deep to be read" : "the grammar gives up on it");
  }
  if (walk.disturbances.length > 0) distrustAll(analysis.drafts.slice(start), walk.disturbances);
  return walk.disturbances;
}

/** Walks through a substitution, which runs in a shell of its own. */
function enter(script: ParsedScript | undefined, part: ShellSpan, walk: Walk): void {
  if (script === undefined || walk.nesting >= deepest) {
    walk.analysis.broken = true;
    disturb(walk, part, script === undefined ? "a substitution in it cannot be read" : "its substitutions are nested too deep");
    return;
  }
  const { source, findings } = walk;
  if (script.source !== undefined) walk.source = { text: script.source, origin: spanOf(part, walk) };
  walk.findings = undefined;
  walk.nesting += 1;
  apart(walk, () => walkParsed(script, walk));
  walk.nesting -= 1;
  walk.findings = findings;
  walk.source = source;
}

/** Walks through a text that is handed to a shell: its commands are taken in too, and the command that runs it answers for them. */
function nested(text: string, field: Field, walk: Walk, folders: readonly Folder[], findings: Findings): void {
  const { analysis, depth } = walk;
  const start = analysis.drafts.length;
  let script: ParsedScript | undefined;
  try {
    if (text.length <= longestQuoted) script = parse(text);
  } catch {
    // What is not parsed is broken.
  }
  if (script === undefined) analysis.broken = true;
  if (script === undefined) return raise(findings, "unknown", "the text that it runs cannot be read", field);
  const source: Source = { text, origin: typeof walk.source.origin === "number" ? originOf(text, field) : walk.source.origin };
  for (const { why, ...span } of walkScript(script, source, { analysis, depth: depth + 1, folders })) raise(findings, "unknown", why, span);
  for (const draft of analysis.drafts.slice(start)) {
    draft.quoted = true;
    merge(findings, draft.findings);
  }
  if (analysis.drafts.length === start) raise(findings, "unknown", "the text that it runs holds no command", field);
}

/** What the places in a quoted text are counted from, if they are the same as in what was typed. */
function originOf(value: string, { text, pos, end }: Field): Source["origin"] {
  if (text === value) return pos;
  return text.length === value.length + 2 && text.slice(1, -1) === value ? pos + 1 : { pos, end };
}

function walkParsed(script: ParsedScript, walk: Walk): void {
  const [error] = script.errors ?? [];
  if (error !== undefined) {
    walk.analysis.broken = true;
    disturb(walk, { pos: error.pos, end: error.pos }, `it cannot be parsed: ${error.message}`);
  }
  walkStatements(script.commands, walk);
}

function walkStatements(statements: readonly Statement[], walk: Walk): void {
  for (const statement of statements) walkStatement(statement, walk);
}

const walkList = (list: CompoundList, walk: Walk): void => walkStatements(list.commands, walk);

function walkStatement({ command, background }: Statement, walk: Walk): void {
  const before = walk.inBackground;
  if (background === true) walk.inBackground = true;
  if (command.type === "AndOr") {
    const { isSure } = walk;
    command.commands.forEach((one, index) => {
      // Past an `||` it is open which of the commands before it ran.
      if (command.operators[index - 1] === "||") walk.folders = walk.seen;
      walkPipeline(one, walk);
      walk.isSure = false;
    });
    walk.isSure = isSure;
  } else walkPipeline(command, walk);
  // The next statement runs whether or not a `cd` of this one worked.
  walk.folders = walk.seen;
  walk.inBackground = before;
}

function walkPipeline(node: PipelineNode, walk: Walk): void {
  if (node.type !== "Pipeline") return walkNode(node, walk);
  if (node.commands.length === 0) return disturb(walk, node, "a command is missing");
  if (node.commands.length === 1 && node.commands[0] !== undefined) return walkNode(node.commands[0], walk);
  for (const command of node.commands) apart(walk, () => walkNode(command, walk));
  return undefined;
}

/** Walks what runs in a shell of its own: it moves nobody else, and sets nothing for them. */
function apart(walk: Walk, work: () => void): void {
  const { folders, seen, definite } = walk;
  walk.seen = folders;
  work();
  walk.folders = folders;
  walk.seen = seen;
  walk.definite = definite;
}

/** Walks what may run, or not. */
function perhaps(walk: Walk, work: () => void): void {
  const { isSure, definite } = walk;
  walk.isSure = false;
  work();
  walk.isSure = isSure;
  walk.definite = definite;
}

function walkNode(node: CommandNode, walk: Walk): void {
  switch (node.type) {
    case "Command":
      return walkCommand(node, walk);
    case "Redirected":
      return walkRedirected(node, walk);
    case "Subshell":
      return apart(walk, () => walkList(node.body, walk));
    case "BraceGroup":
      return walkList(node.body, walk);
    case "If":
      walkList(node.clause, walk);
      return perhaps(walk, () => {
        walkList(node.then, walk);
        for (const { clause, then } of node.elif) {
          walkList(clause, walk);
          walkList(then, walk);
        }
        if (node.else !== undefined) walkList(node.else, walk);
      });
    case "While":
      return loop(walk, node, () => {
        walkList(node.clause, walk);
        walkList(node.body, walk);
      });
    case "For":
      for (const word of node.wordlist ?? []) aside(word, walk);
      if (!isHarmlessName(node.name.text)) disturb(walk, node.name, `${node.name.text} is not a name of the text's own`);
      return loop(walk, node, () => {
        walk.definite = new Set([...walk.definite, node.name.text]);
        walkList(node.body, walk);
      });
    case "Case":
      aside(node.word, walk);
      return perhaps(walk, () => {
        for (const { pattern, body, terminator } of node.items) {
          for (const word of pattern) aside(word, walk);
          const { folders, seen } = walk;
          walkList(body, walk);
          walk.seen = [...new Set([...seen, ...walk.seen])];
          // Behind `;&` and `;;&` the next one may run as well.
          walk.folders = terminator === undefined || terminator === ";;" ? folders : walk.seen;
        }
        walk.folders = walk.seen;
      });
    case "TestCommand":
      return keyword("[[", node, walk, (findings) => walkTest(node.expression, findings, walk));
    case "ArithmeticCommand":
      return keyword("((", node, walk, (findings) => {
        if (mayLookInto(node, walk.analysis.effort)) return reckon(node.expression, node, findings, walk);
        walk.analysis.broken = true;
        return raise(findings, "unknown", "its arithmetic is too long to be read", spanOf(node, walk));
      });
    case "ArithmeticFor":
      keyword("((", node, walk, (findings) => {
        for (const part of [node.initialize, node.test, node.update]) if (part !== undefined) reckon(part, node, findings, walk);
      });
      return loop(walk, node, () => walkList(node.body, walk));
    case "Select":
      disturb(walk, node, "select waits for an answer");
      for (const word of node.wordlist ?? []) aside(word, walk);
      return loop(walk, node, () => walkList(node.body, walk));
    case "Function":
      disturb(walk, node.name, `${node.name.text} becomes a function`);
      return apart(walk, () => perhaps(walk, () => walkBody(node.body, walk)));
    case "Coproc":
      disturb(walk, node, "a coprocess runs beside the rest");
      return apart(walk, () => walkBody(node.body, walk));
    default:
      return disturb(walk, node satisfies never, "it holds a command of a kind that is not known");
  }
}

const walkBody = (body: CommandNode | CompoundList, walk: Walk): void => (body.type === "CompoundList" ? walkList(body, walk) : walkNode(body, walk));

/** A redirection around several commands is one of each of them. */
function walkRedirected(node: Redirected, walk: Walk): void {
  const { drafts } = walk.analysis;
  const findings = noFindings();
  const harmless = reading(walk, findings, () => node.redirects.map((redirect) => walkRedirection(redirect, walk, findings))).every(Boolean);
  const start = drafts.length;
  walkNode(node.command, walk);
  if (drafts.length === start) keyword(walk.source.text.charAt(node.pos), node, walk, () => undefined);
  for (const draft of drafts.slice(start)) {
    merge(draft.findings, findings);
    if (!harmless) draft.plain = false;
  }
}

/** In a loop a `cd` may be gone through any number of times. */
function loop(walk: Walk, node: CommandNode, work: () => void): void {
  walk.loops += 1;
  // Deep down every loop is taken for one that moves.
  if (walk.loops > 8 || movesFolder(node)) {
    walk.folders = [anywhere];
    walk.seen = [...walk.seen, anywhere];
  }
  perhaps(walk, work);
  walk.loops -= 1;
}

/** Reads a word that stands in no command. */
function aside(word: Word, walk: Walk): Reading {
  checkEnd(word, walk);
  return reading(walk, undefined, () => readWord(word, walk.words));
}
