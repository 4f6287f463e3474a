import { controlCharacters, hiddenCharacters, joiningCharacters } from "@claw/kernel/kit";
import type { ShellAnalyser, ShellDoubt, ShellPlace, ShellReport, ShellTightening } from "@claw/kernel";
import { parse, type ParsedScript } from "unbash";
import { distrustAll } from "./draft.ts";
import { isParsable } from "./effort.ts";
import { createMemory } from "./memory.ts";
import { mostLooks } from "./nesting.ts";
import { startOf } from "./paths.ts";
import { programsOf, type Programs } from "./programs.ts";
import { specifications } from "./spec-list.ts";
import { reportOf } from "./verdict.ts";
import { walkScript } from "./walk.ts";
import type { Analysis } from "./walk-state.ts";

/** Past these nothing is proven; past the second not all of it is read. */
const limits = { proven: 4096, commands: 100, read: 128, seen: 65_536 } as const;

/** Signs that are not seen or that look like a space: whoever reads the command would read another one. */
const misleading = new RegExp(`[${controlCharacters}${hiddenCharacters}${joiningCharacters}\\u00A0\\u1680\\u2000-\\u200A\\u202F\\u205F\\u3000\\p{Cs}]`, "u");
const ascii = /^[\t\n -~]*$/;

/** Reads shell texts against the specifications, and against what extensions say of programs besides. */
export function createAnalyser(tightenings: readonly ShellTightening[] = []): ShellAnalyser {
  const programs = programsOf(specifications, tightenings);
  const memory = createMemory();
  return {
    analyse(text, place) {
      if (text.length > limits.proven) return analysed(text, place, programs);
      const known = memory.recall(text, place);
      if (known !== undefined) return known;
      const report = analysed(text, place, programs);
      memory.keep(report, place);
      return report;
    },
  };
}

function analysed(text: string, place: ShellPlace, programs: Programs): ShellReport {
  const analysis: Analysis = { place, programs, drafts: [], fed: [], effort: { left: mostLooks }, most: limits.read, begun: 0, hidden: false, broken: false };
  const doubts: ShellDoubt[] = [];
  const doubt = (why: string): void => void doubts.push({ why, pos: 0, end: text.length });
  if (text.length > limits.proven) doubt(`it is longer than ${limits.proven} characters`);
  if (text.length <= limits.seen && !ascii.test(text) && misleading.test(text)) doubt("it holds characters that cannot be seen");
  try {
    const script = isParsable(text) ? parsed(text) : undefined;
    if (script === undefined) {
      analysis.broken = true;
      doubt(text.length > limits.proven ? "it is too much to be read" : "it cannot be parsed");
    } else {
      doubts.push(...walkScript(script, { text, origin: 0 }, { analysis, depth: 0, folders: [startOf(place)] }));
      if (analysis.drafts.length === 0) doubt("it holds no command");
      if (analysis.drafts.length > limits.commands) doubt(`it holds more than ${limits.commands} commands`);
    }
    distrustAll(analysis.drafts, doubts);
    return reportOf(text, analysis, doubts);
  } catch (error) {
    return unreadable(text, `it cannot be judged: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The parser gives up on some input by throwing. */
function parsed(text: string): ParsedScript | undefined {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

function unreadable(text: string, why: string): ShellReport {
  const doubts: readonly ShellDoubt[] = [{ why, pos: 0, end: text.length }];
  const none = { commands: [], launched: [], reads: [], writes: [], hosts: [], programs: [], mentions: [] } as const;
  return { text, class: "unknown", ...none, hidden: true, broken: true, unjudged: doubts, why: doubts };
}
