import { posix } from "node:path";
import type { ShellCommand, ShellReport } from "@claw/kernel";
import { quote, type Spellings } from "./command-pattern.ts";

/** A command's spellings for rules: with its wrappers, and without. */
export interface PartSpellings {
  readonly outer: Spellings;
  readonly inner: Spellings;
}

/** Wrappers that run a command as it would run without them: a rule for the command covers it. Whoever runs it as another user or elsewhere is none. */
const seenThrough: ReadonlySet<string> = new Set(["chrt", "command", "env", "ionice", "nice", "nohup", "stdbuf", "time", "timeout", "xargs"]);

export function spellingsOf({ words, typed, wrapped }: ShellCommand): PartSpellings {
  const outer = spelled(words, typed);
  // The first word of each wrapper is not marked; those that stand further in have been read as one of the words of the first.
  const through =
    wrapped > 0 &&
    seenThrough.has(posix.basename(words[0] ?? "")) &&
    !words.slice(0, wrapped).some((word) => word !== undefined && changers.has(posix.basename(word)));
  return { outer, inner: through ? spelled(words.slice(wrapped), typed.slice(wrapped)) : outer };
}

const changers: ReadonlySet<string> = new Set(["chroot", "doas", "nsenter", "pkexec", "runuser", "setpriv", "ssh", "su", "sudo", "systemd-run", "unshare"]);

const spelled = (words: readonly (string | undefined)[], typed: readonly string[]): Spellings => ({
  typed: typed.join(" "),
  quoted: words.map((word, index) => (word === undefined ? (typed[index] ?? "") : quote(word))).join(" "),
});

/** Every spelling of one command, for rules that forbid. */
export const spellingsOfCommand = ({ words, typed, wrapped }: ShellCommand): readonly Spellings[] => [
  spelled(words, typed),
  ...bare(words, typed),
  ...(wrapped === 0 ? [] : bare(words.slice(wrapped), typed.slice(wrapped))),
];

/** Every spelling of every command, for rules that forbid: as typed, with and without quotes, without wrappers, by the program's name alone. */
export function forbiddenSpellings({ commands, launched }: ShellReport): readonly Spellings[] {
  return [...commands.flatMap(spellingsOfCommand), ...launched.flatMap((words) => bare(words, []))];
}

function bare(words: readonly (string | undefined)[], typed: readonly string[]): readonly Spellings[] {
  const known = words.map((word, index) => word ?? typed[index] ?? "$");
  const named = [posix.basename(known[0] ?? ""), ...known.slice(1)];
  return [{ typed: known.join(" "), quoted: named.join(" ") }];
}
