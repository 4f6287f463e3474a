import type { ShellSpan } from "@claw/kernel";
import type { Command, Redirection, Word } from "unbash";
import { type Field, openField } from "./field.ts";
import { type Findings, noFindings, raise } from "./findings.ts";
import { judge, type Judgement } from "./judge.ts";
import { moveOn } from "./moves.ts";
import { judgeRedirect } from "./redirections.ts";
import { shells } from "./shells.ts";
import { disturb, sceneOf, spanOf, type Walk } from "./walk-state.ts";
import { assign, readValue } from "./variable-setting.ts";
import { holdsParenthesis } from "./misread.ts";
import { checkEnd, isFollowedByParenthesis, isMistaken } from "./slips.ts";
import { readExpansions, type Reading, readWord } from "./words.ts";

/** More ways than this to read a command are not judged one by one. */
const mostReadings = 12;
/** Past this many words or redirections a command is not followed. */
const limits = { words: 500, redirections: 50 } as const;

export function walkCommand(command: Command, walk: Walk): void {
  const { analysis } = walk;
  if (analysis.drafts.length >= analysis.most) {
    if (!analysis.broken) disturb(walk, command, `it holds more than ${analysis.most} commands`);
    analysis.broken = true;
    return;
  }
  const findings = noFindings();
  const order = (analysis.begun += 1);
  const outer = walk.findings;
  walk.findings = findings;
  const parts = readParts(command, findings, walk);
  const { name } = command;
  const { readings } = parts;
  const span = spanOf(command, walk);
  if (walk.inBackground) raise(findings, "unknown", "it goes on in the background", span);
  const ways = waysOf(readings);
  if (ways === undefined) raise(findings, "unknown", "it can be read in too many ways", span);
  const judgement = judgeWays(ways ?? [readings.flatMap(([first = []]) => first.slice(0, 1))], walk, findings);
  let isPlain = parts.isPlain && !walk.inBackground;
  let { redirects } = parts;
  if (redirects.length > limits.redirections) {
    redirects = redirects.slice(0, limits.redirections);
    leaveOut("redirections", span, findings, walk);
  }
  for (const redirect of redirects) if (!walkRedirection(redirect, walk, findings)) isPlain = false;
  walk.findings = outer;

  const fields = ways?.length === 1 ? ways[0] : undefined;
  const { program, wrapped } = judgement;
  analysis.drafts.push({
    pos: span.pos,
    end: span.end,
    order,
    text: parts.text,
    words: fields === undefined ? readings.map(commonValue) : fields.map(({ value }) => value),
    typed: fields === undefined ? readings.map((read) => read[0]?.[0]?.text ?? "") : fields.map(({ text }) => text),
    program,
    wrapped,
    folders: judgement.folders,
    findings,
    quoted: false,
    plain: isPlain && fields !== undefined && !judgement.adds && fields.length > 0 && fields.every(isSpelledOut),
  });
  if (name === undefined) return;
  if (program === undefined) analysis.hidden = true;
  // `bash -n` runs nothing of it.
  else if (shells.has(program) && findings.class !== "read-only") feed(redirects, walk);
  moveOn(program, ways, wrapped, walk);
}

/** Judges every way to read a command; what all of them say of it comes back. */
function judgeWays(ways: readonly (readonly Field[])[], walk: Walk, findings: Findings): Judgement {
  let all: Judgement | undefined;
  for (const way of ways) {
    if (way.length === 0) continue;
    const one = judge(way, sceneOf(walk), findings);
    all = all === undefined || all.program === one.program ? (all ?? one) : { ...all, program: undefined };
  }
  return all ?? { program: undefined, wrapped: 0, adds: false, folders: walk.folders };
}

interface Parts {
  readonly readings: readonly Reading[];
  readonly redirects: readonly Redirection[];
  /** Every word and assignment, as it was typed. */
  readonly text: string;
  readonly isPlain: boolean;
}

/** Reads all words of a command, in their order. */
function readParts({ name, prefix, suffix }: Command, findings: Findings, walk: Walk): Parts {
  const readings: Reading[] = [];
  const redirects: Redirection[] = [];
  let text = "";
  let isPlain = true;
  for (const part of prefix)
    if (part.type === "Assignment") {
      isPlain = false;
      text = behind(text, part.text);
      assign(part, name, findings, walk);
    } else redirects.push(part);
  if (name !== undefined) {
    text = behind(text, name.text);
    readings.push(readPlaced(name, walk));
    if (isFollowedByParenthesis(name, walk)) disturb(walk, name, `bash takes no ( behind ${name.text}`);
  }
  for (const part of suffix) {
    if (readings.length > limits.words) {
      leaveOut("words", spanOf(part, walk), findings, walk);
      break;
    }
    if (part.type === "Word") {
      text = behind(text, part.text);
      readings.push(readPlaced(part, walk));
    } else if (part.type === "Assignment") {
      text = behind(text, part.text);
      readValue(part, walk);
      readings.push([[openField("", "one", { text: part.text, ...spanOf(part, walk) })]]);
    } else redirects.push(part);
  }
  return { readings, redirects, text, isPlain };
}

const behind = (text: string, word: string): string => (text === "" ? word : `${text} ${word}`);

/** The rest is not read: rules that forbid cannot be held against it. */
function leaveOut(what: string, span: ShellSpan, findings: Findings, walk: Walk): void {
  walk.analysis.broken = true;
  raise(findings, "unknown", `it has too many ${what}`, span);
}

/** Whether a word is what it was typed as: a rule that names it was written for it. */
const isSpelledOut = ({ value, text }: Field): boolean => value !== undefined && (value === text || !/[$`]/.test(text.replace(/'[^']*'/g, "")));

/** Takes down what is written into a shell, which runs it. */
function feed(redirects: readonly Redirection[], { analysis }: Walk): void {
  for (const one of redirects)
    if (one.type === "HereDoc") analysis.fed.push(one.body.text);
    else if (one.type === "HereString") analysis.fed.push(one.target?.value);
}

/** Reads a word, with its places as places of the whole text. */
function readPlaced(word: Word, walk: Walk): Reading {
  checkEnd(word, walk);
  if (holdsParenthesis(word)) walk.words.script(undefined, word);
  const reading = readWord(word, walk.words);
  const { origin, text } = walk.source;
  if (origin === 0 && word.end <= text.length) return reading;
  return reading.map((fields) => fields.map((field) => ({ ...field, ...spanOf(field, walk) })));
}

const commonValue = (reading: Reading): string | undefined => {
  const value = reading[0]?.[0]?.value;
  return reading.every((fields) => fields.length === 1 && fields[0]?.value === value) ? value : undefined;
};

/** Every way to read all the words; undefined if there are too many. */
function waysOf(readings: readonly Reading[]): readonly (readonly Field[])[] | undefined {
  const only: Field[] = [];
  let count = 1;
  for (const read of readings) {
    count *= read.length;
    if (count === 1) for (const field of read[0] ?? []) only.push(field);
  }
  if (only.length > limits.words) return undefined;
  if (count === 1) return [only];
  if (count > mostReadings) return collapsed(readings);
  let ways: readonly (readonly Field[])[] = [[]];
  for (const read of readings) ways = ways.flatMap((before) => read.map((fields) => [...before, ...fields]));
  return ways;
}

/** One way that stands for all of them, in which a word of several readings is any of them. */
function collapsed(readings: readonly Reading[]): readonly (readonly Field[])[] | undefined {
  const fields: Field[] = [];
  for (const reading of readings) {
    if (reading.length === 1) fields.push(...(reading[0] ?? []));
    else {
      const ones = reading.map(([field, ...others]) => (others.length > 0 ? undefined : field));
      const [first] = ones;
      if (first === undefined || ones.some((field) => field === undefined || field.count !== "one")) return undefined;
      const known = ones.every((field) => field?.value !== undefined);
      fields.push({ ...openField("", "one", first), ...(known ? { choices: ones.map((field) => field?.value ?? "") } : {}) });
    }
  }
  return [fields];
}

/** Whether a rule may cover the command all the same. */
export function walkRedirection(redirect: Redirection, walk: Walk, findings: Findings): boolean {
  const span = spanOf(redirect, walk);
  if (isMistaken(redirect, walk)) {
    walk.analysis.broken = true;
    disturb(walk, redirect, "bash reads its target otherwise");
  }
  if (redirect.type === "HereDoc") {
    if (redirect.closing === undefined) {
      walk.analysis.broken = true;
      disturb(walk, redirect, "a text that it is fed has no end");
    }
    if (redirect.descriptor?.type === "FileDescriptorVariable") raise(findings, "unknown", "a redirection sets a variable", span);
    if (redirect.delimiter?.quoted !== true) readExpansions(redirect.body.parts ?? [], walk.words);
    return false;
  }
  const reading = redirect.target === undefined ? undefined : readPlaced(redirect.target, walk);
  if (redirect.type === "HereString") {
    if (reading === undefined || redirect.descriptor?.type === "FileDescriptorVariable") raise(findings, "unknown", "what it is fed cannot be read", span);
    return false;
  }
  const { folders, analysis } = walk;
  return (reading ?? [undefined]).map((fields) => judgeRedirect(redirect, fields, span, { folders, place: analysis.place, findings })).every(Boolean);
}
