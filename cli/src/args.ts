import { ClawError, nearest } from "@claw/kernel/host";
import { type FlagSpec, otherNames, refusedFlags } from "./flags.ts";

/** A command line, read once. Every value of a flag is kept, in order. */
export interface Arguments {
  readonly flags: ReadonlyMap<string, readonly string[]>;
  readonly positionals: readonly string[];
  /** Positionals and unknown flags, in order: what a command reads for itself. */
  readonly words: readonly string[];
  /** Words after `--`: never a verb, never a flag. */
  readonly rest: readonly string[];
  /** Flags that are in no catalogue: a command's own, or mistakes. */
  readonly unknown: readonly string[];
}

/** Values of a flag that stands alone. */
const on = "true";
const off = "false";

/**
 * Reads a command line against the flags there are. A flag that takes a value takes exactly the next word, whatever it looks
 * like, so a flag's value is never taken for a flag. Flags count before, after and between other words, until `--`.
 */
export function parseArguments(argv: readonly string[], catalogue: readonly FlagSpec[]): Arguments {
  const flags = new Map<string, string[]>();
  const positionals: string[] = [];
  const words: string[] = [];
  const unknown: string[] = [];
  const find = finder(catalogue);
  const waiting = [...argv];
  for (let word = waiting.shift(); word !== undefined; word = waiting.shift()) {
    if (word === "--") return { flags, positionals, words, rest: waiting, unknown };
    if (word === "-" || !word.startsWith("-")) {
      positionals.push(word);
      words.push(word);
      continue;
    }
    const parts = split(word).map((part) => ({ part, spec: find(part.name) }));
    if (parts.some(({ spec }) => spec === undefined)) {
      unknown.push(word);
      words.push(word);
      continue;
    }
    for (const { part, spec } of parts) {
      if (spec !== undefined) flags.set(spec.name, [...(flags.get(spec.name) ?? []), valueOf(word, part, spec, waiting)]);
    }
  }
  return { flags, positionals, words, rest: [], unknown };
}

interface Part {
  readonly name: string;
  readonly value?: string;
}

/** `--name`, `--name=value`, `-n`, and `-nm` for `-n -m`. */
function split(word: string): readonly Part[] {
  if (!word.startsWith("--")) return Array.from(word.slice(1), (name) => ({ name }));
  const [name = "", ...value] = word.slice(2).split("=");
  return [value.length === 0 ? { name } : { name, value: value.join("=") }];
}

/** `allowedTools` and `allowed-tools` are the same flag. */
const kebab = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function finder(catalogue: readonly FlagSpec[]): (name: string) => (FlagSpec & { readonly negated: boolean }) | undefined {
  const byName = new Map<string, FlagSpec>();
  for (const spec of catalogue)
    for (const name of [spec.name, ...(spec.aliases ?? []), ...(spec.short === undefined ? [] : [spec.short])]) byName.set(name, spec);
  return (given) => {
    const asked = given.length === 1 ? given : kebab(given);
    const name = Object.hasOwn(otherNames, asked) ? (otherNames[asked] ?? asked) : asked;
    const known = byName.get(name);
    if (known !== undefined) return { ...known, negated: false };
    const positive = name.startsWith("no-") ? byName.get(name.slice(3)) : undefined;
    return positive?.takes === "none" ? { ...positive, negated: true } : undefined;
  };
}

function valueOf(word: string, part: Part, spec: FlagSpec & { readonly negated: boolean }, words: string[]): string {
  if (spec.takes === "none") {
    if (part.value !== undefined && part.value !== on && part.value !== off) throw usage(`${word}: --${spec.name} takes no value`);
    return (part.value ?? on) === on && !spec.negated ? on : off;
  }
  const value = part.value ?? words.shift();
  if (value === undefined) throw usage(`--${spec.name} needs a value: ${spec.value ?? "VALUE"}`);
  return value;
}

/** What to say of a flag that nobody knows. */
export function unknownFlag(word: string, catalogue: readonly FlagSpec[]): ClawError {
  const name = split(word)[0]?.name ?? word;
  const refused = Object.hasOwn(refusedFlags, kebab(name)) ? refusedFlags[kebab(name)] : undefined;
  if (refused !== undefined) return usage(`${word} is not served: ${refused}`);
  const near = nearest(
    kebab(name),
    catalogue.map((spec) => spec.name),
  )[0];
  return usage(`there is no flag ${word}${near === undefined ? "" : `; did you mean --${near}?`}`);
}

const usage = (message: string): ClawError => new ClawError("USAGE", message, {}, { fix: "claw --help" });

/** Whether a flag that stands alone was given, and not taken back. */
export const isOn = (args: Arguments, name: string): boolean => args.flags.get(name)?.at(-1) === on;

/** The last value of a flag. */
export const lastOf = (args: Arguments, name: string): string | undefined => args.flags.get(name)?.at(-1);

/** The values of a list flag: split on commas and spaces outside parentheses. */
export const listOf = (args: Arguments, name: string): readonly string[] => (args.flags.get(name) ?? []).flatMap(splitList);

/** `Bash(git log, x), Read` is two items: separators inside parentheses belong to the item. */
export function splitList(text: string): readonly string[] {
  const items: string[] = [];
  let item = "";
  let depth = 0;
  for (const character of text) {
    if (character === "(") depth += 1;
    if (character === ")") depth = Math.max(0, depth - 1);
    if (depth === 0 && (character === "," || /\s/.test(character))) {
      if (item !== "") items.push(item);
      item = "";
    } else item += character;
  }
  return item === "" ? items : [...items, item];
}
