import { ClawError, nearest } from "@claw/kernel/host";
import type { VerbHelp } from "./user-help.ts";
import { noVerb, verbIn, verbOf } from "./verb-help.ts";

/** What is wrong with a command line of `claw ext` that its parser refused, and the help that says how it is right. `words` begin with ext or plugin. */
export function usageError(words: readonly string[], message: string): ClawError {
  const [program = "ext", ...all] = words;
  const end = all.indexOf("--");
  const given = end === -1 ? all : all.slice(0, end);
  const asked = given.filter((word) => !word.startsWith("-"));
  const verb = verbIn(asked);
  if (verb === undefined) {
    const place = `claw ${program}${asked[0] === "marketplace" ? " marketplace" : ""}`;
    if (asked.length === (asked[0] === "marketplace" ? 1 : 0)) return usage(`${place} needs a verb after it`, `claw help ${place.slice("claw ".length)}`);
    return noVerb(program, asked);
  }
  const name = `claw ${program} ${verbOf(verb)}`;
  return usage(sentenceOf(name, verb, given, message), `claw help ${program} ${verbOf(verb)}`);
}

const usage = (message: string, fix: string): ClawError => new ClawError("USAGE", message, {}, { fix });

function sentenceOf(name: string, { usage: form, flags = [] }: VerbHelp, given: readonly string[], message: string): string {
  const spellings = flags.flatMap(([left]) => left.split(", ").map((one) => one.split(" ")[0] ?? one));
  const known = new Set([...spellings, "-y", "--yes"]);
  const unknown = given.map((word) => word.split("=")[0] ?? word).find((word) => /^-./.test(word) && !known.has(word) && !known.has(opposite(word)));
  if (unknown !== undefined) {
    const near = nearest(unknown, [...known])[0];
    return `${name} has no flag ${unknown}${near === undefined ? "" : `; did you mean ${near}?`}`;
  }
  const bare = /not enough arguments following: (\S+)/i.exec(message)?.[1];
  if (bare !== undefined) {
    const flag = flags.find(([left]) => left.split(/[ ,]+/).some((one) => one.replace(/^-+/, "") === bare))?.[0];
    return `${name} needs a value after ${flag ?? `--${bare}`}`;
  }
  const missing = /missing required arguments?: (.+)$/i
    .exec(message)?.[1]
    ?.split(", ")
    .map((one) => flags.find(([left]) => left.includes(`--${one}`))?.[0] ?? `--${one}`);
  if (missing !== undefined) return `${name} needs ${missing.join(" and ")}`;
  if (/not enough non-option arguments/i.test(message)) return `${name} needs more words: claw ext ${form}`;
  if (/unknown argument/i.test(message)) return `${name} takes no more words than this: claw ext ${form}`;
  return `${name}: ${message}`;
}

/** `--build` of `--no-build`, and the other way round. */
const opposite = (word: string): string => (word.startsWith("--no-") ? `--${word.slice("--no-".length)}` : `--no-${word.slice(2)}`);
