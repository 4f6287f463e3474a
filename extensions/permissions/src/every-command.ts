import { posix } from "node:path";
import { forEachChild, type Command, type SyntaxNode } from "unbash";
import { parsed } from "./shell.ts";
import { shellWordOf, type ShellWord } from "./shell-words.ts";

/** Every command that a shell text may run, wherever it stands: in substitutions, functions, strings handed to a shell. */
export interface EveryCommand {
  /** Each as its words; what a launcher such as `env` or `xargs` starts counts as a command too. */
  readonly commands: readonly (readonly ShellWord[])[];
  /** The files redirected to or from, as far as they are known. */
  readonly targets: readonly ShellWord[];
  /** Whether some program can be known only once it runs. */
  readonly hidden: boolean;
  /** Whether part of it could not be read at all. */
  readonly broken: boolean;
}

const limits = { characters: 65_536, depth: 6, commands: 2_000, words: 50_000, launched: 200 } as const;

/** Programs that start the program their words name. */
const launchers: ReadonlySet<string> = new Set([
  "builtin",
  "busybox",
  "chroot",
  "chrt",
  "command",
  "coproc",
  "doas",
  "entr",
  "env",
  "exec",
  "flock",
  "gdb",
  "ionice",
  "ltrace",
  "nice",
  "nohup",
  "nsenter",
  "parallel",
  "pkexec",
  "prlimit",
  "rlwrap",
  "runuser",
  "script",
  "setpriv",
  "setsid",
  "ssh",
  "stdbuf",
  "strace",
  "su",
  "sudo",
  "systemd-run",
  "taskset",
  "time",
  "timeout",
  "toybox",
  "trap",
  "unbuffer",
  "unshare",
  "watch",
  "xargs",
  "xvfb-run",
]);
const shells: ReadonlySet<string> = new Set(["ash", "bash", "dash", "fish", "ksh", "mksh", "rbash", "sh", "zsh"]);
/** Builtins after which a name may mean another program. */
const renamers: ReadonlySet<string> = new Set([".", "alias", "bind", "complete", "enable", "hash", "shopt", "source"]);

export function everyCommand(source: string, home: string | undefined): EveryCommand {
  const found: Found = { commands: [], targets: [], words: 0, hidden: false, broken: false, full: false, home };
  collect(source, found, 0);
  const { commands, targets, hidden, broken, full } = found;
  return { commands, targets, hidden, broken: broken || full };
}

interface Found {
  readonly commands: (readonly ShellWord[])[];
  readonly targets: ShellWord[];
  readonly home: string | undefined;
  /** How many words all the commands have. */
  words: number;
  hidden: boolean;
  broken: boolean;
  /** Whether there is more than is looked at. */
  full: boolean;
}

function collect(source: string, found: Found, depth: number): void {
  if (source.length > limits.characters || depth > limits.depth || found.full) {
    found.broken = true;
    return;
  }
  const script = parsed(source);
  if (script === undefined) found.broken = true;
  else visit(script, found, depth);
}

function visit(node: SyntaxNode, found: Found, depth: number): void {
  if (node.type === "Script" && (node.errors ?? []).length > 0) found.broken = true;
  if (node.type === "HereDoc" && node.closing === undefined) found.broken = true;
  if (node.type === "Redirect" && node.target !== undefined) found.targets.push(shellWordOf(node.target, found.home));
  if (node.type === "Command") read(node, found, depth);
  try {
    forEachChild(node, (child) => visit(child, found, depth));
  } catch {
    // The parser resolves nested scripts on first sight; on one it gives up the whole is unread, which is asked about.
    found.broken = true;
  }
}

function read(command: Command, found: Found, depth: number): void {
  const words: ShellWord[] = command.name === undefined ? [] : [shellWordOf(command.name, found.home)];
  for (const part of command.suffix) {
    if (part.type === "Word") words.push(shellWordOf(part, found.home));
    else if (part.type === "Assignment") words.push({ text: part.text, value: undefined, glob: false });
  }
  if (words.length === 0) return;
  note(words, found, depth);
  const program = programOf(words[0]);
  if (program === undefined || !shells.has(program)) return;
  const fed = command.redirects.flatMap((one) =>
    one.type === "HereDoc" ? [one.body.text] : one.type === "HereString" && one.target !== undefined ? [shellWordOf(one.target, found.home).value] : [],
  );
  for (const text of fed)
    if (text === undefined) found.hidden = true;
    else collect(text, found, depth + 1);
}

const programOf = (word: ShellWord | undefined): string | undefined => (word?.value === undefined || word.glob ? undefined : posix.basename(word.value));

/** Takes down one command; false once there are too many. */
function take(words: readonly ShellWord[], found: Found): boolean {
  found.words += words.length;
  if (found.commands.length >= limits.commands || found.words > limits.words) found.full = true;
  else found.commands.push(words);
  return !found.full;
}

/** Takes down one command and all that its words may start. */
function note(words: readonly ShellWord[], found: Found, depth: number): void {
  if (!take(words, found)) return;
  const program = programOf(words[0]);
  const rest = words.slice(1);
  if (program === undefined || renamers.has(program)) found.hidden = true;
  else if (program === "eval") reparse([rest.some(({ value }) => value === undefined) ? undefined : rest.map(({ value }) => value).join(" ")], found, depth);
  else if (shells.has(program)) noteShell(rest, found, depth);
  else if (launchers.has(program)) noteLaunched(rest, found, depth);
  else if (program === "find") {
    for (const [index, { value }] of rest.entries()) {
      if (found.full) return;
      if (/^-(?:exec|ok)(?:dir)?$/.test(value ?? "") && index + 1 < rest.length) note(rest.slice(index + 1), found, depth);
    }
  }
}

/** `bash -c TEXT` runs the text, `bash FILE` a file; a shell with neither runs whatever is sent to it. */
function noteShell(rest: readonly ShellWord[], found: Found, depth: number): void {
  if (rest.some(({ value }) => value === undefined || /^-[a-z]*c/i.test(value)))
    reparse(
      rest.map(({ value }) => value),
      found,
      depth,
    );
  else if (!rest.some(({ value }) => value !== undefined && !value.startsWith("-") && !value.startsWith("+"))) found.hidden = true;
}

function noteLaunched(rest: readonly ShellWord[], found: Found, depth: number): void {
  if (rest.length > limits.launched) {
    found.broken = true;
    return;
  }
  // Which word begins the command depends on the launcher's options: each one may.
  for (const [index, word] of rest.entries()) {
    if (word.value === undefined) found.hidden = true;
    else if (/[\s;&|`$(]/.test(word.value)) reparse([word.value], found, depth);
    const inner = rest.slice(index);
    const program = programOf(word);
    const goesOn = program !== undefined && (shells.has(program) || program === "eval" || program === "find");
    if (goesOn) note(inner, found, depth);
    else take(inner, found);
    if (found.full) return;
  }
}

function reparse(texts: readonly (string | undefined)[], found: Found, depth: number): void {
  for (const text of texts)
    if (text === undefined) found.hidden = true;
    else if (text !== "") collect(text, found, depth + 1);
}
