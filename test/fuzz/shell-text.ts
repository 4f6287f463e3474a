import { createAnalyser } from "../../extensions/shell-analysis/src/analyser.ts";
import { specifications } from "../../extensions/shell-analysis/src/spec-list.ts";
import type { ShellAnalyser, ShellPlace, ShellReport } from "../../kernel/src/contracts/shell.ts";
import { generated } from "../safety/shell/generated/commands.ts";
import { Dice } from "../safety/shell/generated/dice.ts";
import { mutateText } from "./mutation.ts";
import { promise, type Target } from "./target.ts";
import type { Random } from "./random.ts";

const mebibyte = 1024 * 1024;

/** In use for a while: the bar is not for an analyser that is still being compiled. */
function warm(): ShellAnalyser {
  const analyser = createAnalyser();
  for (let number = 0; number < 1000; number += 1) analyser.analyse(generated(new Dice(1, number)), place(0));
  return analyser;
}

const place = (number: number): ShellPlace => ({ folder: "/home/dev/project", roots: ["/home/dev/project"], home: `/home/dev${number}` });

let analyser: ShellAnalyser | undefined;
let asked = 0;
/** Somewhere else each time: nothing is answered from memory. */
function analyse(text: string): ShellReport {
  asked += 1;
  analyser ??= warm();
  return analyser.analyse(text, place(asked));
}

/** Signs that a shell grammar is made of: most of what has ever kept a parser busy is some of these, many times over. */
const signs: readonly string[] = [
  "(",
  ")",
  "((",
  "))",
  "{",
  "}",
  "$(",
  "${",
  "$((",
  "`",
  '"',
  "'",
  "$'",
  "\\",
  "\n",
  ";",
  "&",
  "|",
  "<",
  ">",
  "<<E",
  "<<-E\n",
  "<(",
  "[",
  "]",
  "[[",
  "]]",
  "{a,",
  ",b}",
  "{1..9}",
  "*",
  "?",
  "~",
  "!",
  "#",
  "=",
  "a",
  " ",
  "if ",
  "then ",
  "fi",
  "case x in ",
  "esac",
  "for x in ",
  "do ",
  "done",
  "x=",
  "a[",
  "@(",
  "${x:-",
  "//",
  "\t",
  "1",
  "function f ",
];

const programs = specifications.map(({ program }) => program);
const printable = (random: Random): string => String.fromCharCode(random.oneIn(3) ? 97 + random.below(26) : 32 + random.below(95)).replace("'", "x");

function size(random: Random): number {
  if (random.oneIn(400)) return random.below(mebibyte);
  return random.below(2 ** (2 + random.below(13)));
}

/** Random bytes as text, random signs, one sign over and over, a long word for a program, commands taken apart: up to 1 MiB. */
function input(random: Random): string {
  analyser ??= warm();
  const dice = new Dice(random.next(), 0);
  switch (random.below(7)) {
    case 0: {
      const bytes = Buffer.alloc(size(random));
      for (let at = 0; at < bytes.length; at += 1) bytes[at] = random.next();
      return bytes.toString(random.oneIn(2) ? "utf8" : "latin1");
    }
    case 1: {
      const most = size(random);
      const parts: string[] = [];
      for (let length = 0; length < most; length += parts.at(-1)?.length ?? 1) parts.push(random.pick(signs));
      return parts.join("");
    }
    case 2: {
      const piece = random.pick(signs) + (random.oneIn(2) ? random.pick(signs) : "");
      return piece.repeat(Math.ceil(size(random) / piece.length));
    }
    case 3: {
      const command = generated(dice);
      return command === "" ? "" : command.repeat(Math.min(100, Math.ceil(size(random) / command.length)));
    }
    case 4: {
      // What a specification's patterns are held against.
      const piece = printable(random) + (random.oneIn(2) ? printable(random) : "");
      const word = piece.repeat(Math.ceil(random.below(16_000) / piece.length)) + (random.oneIn(2) ? printable(random) : "");
      const option = random.oneIn(2) ? `-${printable(random)} ` : "";
      return `${random.pick(programs)} ${option}'${random.oneIn(3) ? "-" : ""}${word}'`;
    }
    default:
      return mutateText(random, generated(dice), signs);
  }
}

/** The shell analysis, of texts that may be nothing of the kind: it never throws, and is never long about it. */
export const shellText: Target<string, ShellReport> = {
  name: "shell-text",
  refusals: /^$/,
  mostMs: 5,
  input,
  read: analyse,
  holds(report, text) {
    promise(report.text === text, "it is not the text that was given");
    promise(
      report.class !== "read-only" || (text.length <= 4096 && report.commands.length > 0 && report.commands.length <= 100),
      "it is beyond what may be proven",
    );
    promise(report.class !== "read-only" || !/[\0-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/.test(text), "it holds what cannot be seen");
    promise(
      report.class !== "read-only" || (report.unjudged.length === 0 && !report.broken && !report.hidden && report.writes.length === 0),
      "it only reads, and yet",
    );
    for (const { pos, end } of [...report.why, ...report.unjudged, ...report.commands, ...report.reads, ...report.writes])
      promise(pos >= 0 && pos <= end && end <= text.length, "a place is not in the text");
  },
};
