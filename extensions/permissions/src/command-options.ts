import type { ReadOnlyCommand } from "./read-only-commands.ts";

/** The files a command's words name, or undefined if one of them is not among what its row allows. */
export function filesOf(command: ReadOnlyCommand, words: readonly string[]): readonly string[] | undefined {
  const { operands: kind, maxOperands = Number.POSITIVE_INFINITY, operandPattern } = command;
  const read = optionsOf(command, words);
  if (read === undefined) return undefined;
  const { operands, used } = read;
  if (operands.length > maxOperands || (operandPattern !== undefined && operands.some((operand) => !operandPattern.test(operand)))) return undefined;
  if (kind === "none") return operands.length === 0 ? [] : undefined;
  if (kind === "text") return [];
  const textFirst = (command.textOptions ?? []).some((option) => used.has(option)) ? 0 : (command.textFirst ?? 0);
  return operands.slice(textFirst).filter((operand) => operand !== "-");
}

interface Options {
  readonly operands: readonly string[];
  /** The options given, by letter or name. */
  readonly used: ReadonlySet<string>;
}

function optionsOf({ flags, valued = "", long = [], other }: ReadOnlyCommand, words: readonly string[]): Options | undefined {
  const operands: string[] = [];
  const used = new Set<string>();
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (word === "--") return { operands: [...operands, ...words.slice(at + 1)], used };
    if (word === "-" || !word.startsWith("-")) operands.push(word);
    else if (other?.test(word) === true) continue;
    else if (word.startsWith("--")) {
      const [, name = "", value] = /^--([^=]+)(=[\s\S]*)?$/.exec(word) ?? [];
      used.add(name);
      if (value === undefined && long.includes(`${name}:`)) at += 1;
      else if (!long.includes(value === undefined ? name : `${name}=`) && !(value !== undefined && long.includes(`${name}:`))) return undefined;
    } else {
      const taken = clusterOf(word, flags, valued, used);
      if (taken === undefined) return undefined;
      at += taken;
    }
  }
  return { operands, used };
}

/** Reads `-abc`: how many further words it takes, or undefined if a letter is not known. */
function clusterOf(word: string, flags: string, valued: string, used: Set<string>): 0 | 1 | undefined {
  for (let at = 1; at < word.length; at += 1) {
    const letter = word.charAt(at);
    used.add(letter);
    if (valued.includes(letter)) return at + 1 < word.length ? 0 : 1;
    if (!flags.includes(letter)) return undefined;
  }
  return 0;
}
