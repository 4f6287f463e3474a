import { forEachChild, parse, type SyntaxNode } from "unbash";
import type { Draft } from "./draft.ts";
import { isParsable, longestQuoted } from "./effort.ts";
import { isMisleading } from "./misread.ts";
import { type Effort, isNesting, mayLookInto, mostLooks } from "./nesting.ts";
import { baseName } from "./paths.ts";
import { shells } from "./shells.ts";

export type Words = readonly (string | undefined)[];

export interface Launched {
  readonly commands: readonly Words[];
  readonly hidden: boolean;
  readonly broken: boolean;
}

const limits = { depth: 4, commands: 400, words: 8_000, launched: 100, characters: 16_384 } as const;

/** Programs that start the program their words name. */
export const launchers: ReadonlySet<string> = new Set(
  "ash bash builtin busybox chroot chrt command coproc dash doas docker entr env eval exec fd fdfind find fish flock . alias bind complete enable hash shopt source gdb ionice kubectl ksh ltrace mksh nice nohup npx nsenter parallel pkexec podman prlimit rbash rlwrap runuser script setpriv setsid sh ssh stdbuf strace su sudo systemd-run taskset time timeout toybox trap unbuffer unshare watch xargs xvfb-run zsh".split(
    " ",
  ),
);
/** Builtins after which a name may mean another program. */
const renamers: ReadonlySet<string> = new Set([".", "alias", "bind", "complete", "enable", "hash", "shopt", "source"]);
const shellLike = /[\s;&|`$(<>]/;

/** Everything that commands may start besides, by every reading of their words. What is fed to shells is read as text. */
export function launchedBy(drafts: readonly Pick<Draft, "words" | "findings">[], fed: readonly (string | undefined)[]): Launched {
  const found: Found = { commands: [], hidden: false, broken: false, words: 0, characters: 0, effort: { left: mostLooks } };
  for (const { words, findings } of drafts) {
    const { hidden } = found;
    note(words, found, 0);
    // Which words are a program's is open only until the command is proven.
    if (findings.class === "read-only") found.hidden = hidden;
  }
  for (const text of fed) reparse(text, found, 0, true);
  return found;
}

interface Found {
  readonly commands: Words[];
  hidden: boolean;
  broken: boolean;
  words: number;
  characters: number;
  readonly effort: Effort;
}

/** Takes down one command; false once there are too many. */
function take(words: Words, found: Found): boolean {
  found.words += words.length;
  if (found.commands.length >= limits.commands || found.words > limits.words) found.broken = true;
  else found.commands.push(words);
  return !found.broken;
}

/** Takes down all that the words of one command may start. */
function note(words: Words, found: Found, depth: number): void {
  const [first, ...rest] = words;
  if (found.broken || first === undefined) {
    if (words.length > 0) found.hidden = true;
    return;
  }
  const program = baseName(first);
  if (renamers.has(program)) found.hidden = true;
  else if (program === "find" || program === "fd" || program === "fdfind") noteActions(rest, found, depth);
  else if (!launchers.has(program) || (program === "command" && /^-[pVv]*[Vv]/.test(rest[0] ?? ""))) return;
  else if (program === "eval") reparse(rest.includes(undefined) ? undefined : rest.join(" "), found, depth, true);
  else {
    if (shells.has(program) && !rest.some((word) => word !== undefined && !/^[-+]/.test(word))) found.hidden = true;
    noteLaunched(rest, found, depth);
  }
}

/** Behind `-exec`, or `-x`, a command stands. */
function noteActions(rest: Words, found: Found, depth: number): void {
  for (const [index, word] of rest.entries()) {
    if (found.broken) return;
    if (word === undefined || !/^(?:-(?:exec|ok)(?:dir)?|-x|-X|--exec(?:-batch)?)$/.test(word) || index + 1 >= rest.length) continue;
    const inner = rest.slice(index + 1);
    // What is behind a further one comes by itself.
    if (take(inner, found) && inner[0] !== "find") note(inner, found, depth);
  }
}

function noteLaunched(rest: Words, found: Found, depth: number): void {
  if (rest.length > limits.launched) found.broken = true;
  // Which word begins the command depends on the launcher's options: each one may.
  for (const [index, word] of rest.entries()) {
    if (found.broken) return;
    if (word === undefined) found.hidden = true;
    else {
      if (shellLike.test(word)) reparse(word, found, depth, false);
      const inner = rest.slice(index);
      const program = baseName(word);
      if (take(inner, found) && (shells.has(program) || program === "eval" || program === "find")) note(inner, found, depth + 1);
    }
  }
}

function reparse(text: string | undefined, found: Found, depth: number, isScript: boolean): void {
  if (found.broken) return;
  found.characters += text?.length ?? 0;
  if (text === undefined) found.hidden = true;
  else if (text.length > longestQuoted || found.characters > limits.characters || depth >= limits.depth || !isParsable(text)) found.broken = true;
  else if (text.trim() !== "") {
    try {
      const script = parse(text);
      // Words that may be texts may be none; what surely is one, and is no command to the grammar, may still be one in part.
      if (isMisleading(text) || (isScript && script.errors !== undefined)) found.broken = true;
      visit(script, found, depth);
    } catch {
      found.broken = true;
    }
  }
}

function visit(node: SyntaxNode, found: Found, depth: number): void {
  if (isNesting(node) && !mayLookInto(node, found.effort)) found.broken = true;
  if (found.broken) return;
  if (node.type === "Command" && node.name !== undefined) {
    const words = [node.name, ...node.suffix.filter((part) => part.type === "Word")].map((word) =>
      (word.parts?.every(({ type }) => type === "Literal" || type === "SingleQuoted") ?? true) ? word.value : undefined,
    );
    if (take(words, found)) note(words, found, depth + 1);
  }
  forEachChild(node, (child) => visit(child, found, depth));
}
