import { shown } from "../arguments.ts";
import { type Brackets, takeBracket } from "./brackets.ts";

/** A script of sed, read to its end: what files it names, and why it may do more than edit text. */
export interface SedReading {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly doubt: string | undefined;
}

const number = /\d+/y;
const space = /[ \t]*/y;
const between = /[ \t\n;]*/y;
const label = /[ \t]*[\w.-]*/y;
const line = /[ \t]*([^\n]*)/y;
/** Text of `a`, `i` and `c`: to the end of a line that no backslash continues. */
const text = /(?:\\[\s\S]|[^\\\n])*/y;
const flags = /[gpiIMm0-9]*/y;
/** What may stand behind a command. */
const end = /[ \t]*(?=[;\n}#]|$)/y;

/** Where reading ends. It is no error, which would take down where it was made: that takes longer than all the rest. */
class Stop {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

export function readSed(script: string): SedReading {
  const reading = { script, at: 0, depth: 0, reads: [] as string[], writes: [] as string[] };
  try {
    while (readCommand(reading));
    return { ...reading, doubt: reading.depth === 0 ? undefined : "its script is not closed" };
  } catch (error) {
    if (error instanceof Stop) return { ...reading, doubt: error.why };
    throw error;
  }
}

interface Reading {
  readonly script: string;
  readonly reads: string[];
  readonly writes: string[];
  at: number;
  depth: number;
}

function skip(reading: Reading, pattern: RegExp): string {
  pattern.lastIndex = reading.at;
  const found = pattern.exec(reading.script)?.[0] ?? "";
  reading.at += found.length;
  return found;
}

function readCommand(reading: Reading): boolean {
  skip(reading, between);
  if (reading.at >= reading.script.length) return false;
  readAddresses(reading);
  const command = reading.script.charAt(reading.at);
  reading.at += 1;
  switch (command) {
    case "#":
      skip(reading, line);
      return true;
    case "{":
      reading.depth += 1;
      return true;
    case "}":
      reading.depth -= 1;
      if (reading.depth < 0) throw new Stop("its script closes what is not open");
      return finish(reading);
    case ":":
    case "b":
    case "t":
    case "T":
      skip(reading, label);
      return finish(reading);
    case "a":
    case "i":
    case "c":
      skip(reading, text);
      return true;
    case "r":
    case "R":
      reading.reads.push(nameIn(reading));
      return true;
    case "w":
    case "W":
      reading.writes.push(nameIn(reading));
      return true;
    case "s":
      readSubstitution(reading);
      return true;
    case "y":
      readSections(reading);
      return finish(reading);
    case "l":
    case "q":
    case "Q":
      skip(reading, space);
      skip(reading, number);
      return finish(reading);
    default:
      if (!/^[=dDgGhHnNpPxzF]$/.test(command)) throw new Stop(command === "e" ? "its script runs a command" : `its command ${shown(command)} is not known`);
      return finish(reading);
  }
}

function finish(reading: Reading): true {
  end.lastIndex = reading.at;
  if (!end.test(reading.script)) throw new Stop(`what follows ${shown(reading.script.slice(0, reading.at))} is not known`);
  return true;
}

/** The name of a file, which goes to the end of the line. */
function nameIn(reading: Reading): string {
  const name = skip(reading, line).replace(/^[ \t]*/, "");
  if (name === "") throw new Stop("its script names no file");
  return name;
}

function readAddresses(reading: Reading): void {
  if (readAddress(reading, false)) {
    skip(reading, space);
    if (reading.script.charAt(reading.at) === ",") {
      reading.at += 1;
      skip(reading, space);
      if (!readAddress(reading, true)) throw new Stop("an address of its script cannot be read");
    }
  }
  skip(reading, /[ \t!]*/y);
}

function readAddress(reading: Reading, isSecond: boolean): boolean {
  const { script } = reading;
  const sign = script.charAt(reading.at);
  if (sign === "$") {
    reading.at += 1;
    return true;
  }
  if (isSecond && (sign === "+" || sign === "~")) {
    reading.at += 1;
    return skip(reading, number) !== "";
  }
  if (sign === "/" || sign === "\\") {
    if (sign === "\\") reading.at += 1;
    readSection(reading, script.charAt(reading.at), reading.at + 1, true);
    skip(reading, /[IM]*/y);
    return true;
  }
  if (skip(reading, number) === "") return false;
  skip(reading, /~\d+/y);
  return true;
}

function readSubstitution(reading: Reading): void {
  readSections(reading);
  skip(reading, flags);
  const next = reading.script.charAt(reading.at);
  if (next === "e") throw new Stop("its script runs what it replaces as a command");
  if (next === "w") {
    reading.at += 1;
    reading.writes.push(nameIn(reading));
  } else finish(reading);
}

/** `/one/other/` with any sign between. */
function readSections(reading: Reading): void {
  const delimiter = reading.script.charAt(reading.at);
  readSection(reading, delimiter, reading.at + 1, true);
  readSection(reading, delimiter, reading.at, false);
}

function readSection(reading: Reading, delimiter: string, from: number, isPattern: boolean): void {
  const { script } = reading;
  if (!/^[!-/:-@[\]^-`{-~]$/.test(delimiter)) throw new Stop("a separator of its script cannot be read");
  const brackets: Brackets = { open: -1 };
  for (let at = from; at < script.length; at += 1) {
    const sign = script.charAt(at);
    if (sign === "\\") at += 1;
    else if (sign === delimiter) {
      // Whether a separator in brackets ends the pattern depends on the version of sed.
      if (brackets.open !== -1) throw new Stop("a separator of its script stands in brackets");
      reading.at = at + 1;
      return;
    } else if (sign === "\n" && isPattern) break;
    else if (isPattern) {
      const last = takeBracket(script, at, brackets);
      if (last === undefined) throw new Stop("brackets of its script cannot be read");
      at = last;
    }
  }
  throw new Stop("a pattern of its script has no end");
}
