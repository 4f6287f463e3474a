import { posix } from "node:path";
import { parse, type Command, type ParsedScript, type PipelineNode, type Redirection, type Statement } from "unbash";
import { isMatch, wildcardOf } from "./wildcard.ts";
import { isMisleading, shellWordOf, type ShellWord } from "./shell-words.ts";

/** One simple command of a plain sequence. */
export interface Step {
  readonly words: readonly ShellWord[];
  /** The folders it may run in: the call's, and those an earlier `cd` may have led to. */
  readonly folders: readonly string[];
}

export interface ShellSource {
  readonly command: string;
  /** Where it starts. */
  readonly folder: string;
  readonly home: string | undefined;
}

/** Past these a command is not plain, whatever it says. */
const limits = { bytes: 4096, steps: 50, words: 100, folders: 8 } as const;

export type PlainReading = { readonly steps: readonly Step[] } | { readonly why: string };

/**
 * A command as a plain sequence: words without expansions, joined by `&&`, `||`, `;`, `|` and line ends, nothing redirected but
 * to /dev/null or to one another. Anything else answers why not: only what is understood whole may run unasked.
 */
export function plainReading({ command, folder, home }: ShellSource): PlainReading {
  if (Buffer.byteLength(command) > limits.bytes) return { why: `it is longer than ${limits.bytes} bytes` };
  if (isMisleading(command)) return { why: "it holds characters that cannot be seen" };
  const script = parsed(command);
  if (script === undefined || (script.errors ?? []).length > 0) return { why: "it cannot be parsed" };
  const walk: Walk = { home, folders: [folder], seen: [folder], steps: [] };
  try {
    for (const statement of script.commands) walkStatement(statement, walk);
  } catch (error) {
    if (error instanceof NotPlain) return { why: error.message };
    throw error;
  }
  if (walk.steps.length === 0) return { why: "it holds no command" };
  return walk.steps.length > limits.steps ? { why: `it holds more than ${limits.steps} commands` } : { steps: walk.steps };
}

/** The parser gives up on some input by throwing. */
export function parsed(source: string): ParsedScript | undefined {
  try {
    return parse(source);
  } catch {
    return undefined;
  }
}

class NotPlain extends Error {}

interface Walk {
  readonly home: string | undefined;
  /** Where the next command may run. */
  folders: readonly string[];
  /** Every folder that was possible so far. */
  seen: readonly string[];
  readonly steps: Step[];
}

/** Builtins after which the shell is no longer the one that was read: other variables, functions, another folder. */
const shellChangers: ReadonlySet<string> = new Set([
  ".",
  "alias",
  "bind",
  "builtin",
  "declare",
  "dirs",
  "enable",
  "eval",
  "exec",
  "export",
  "getopts",
  "hash",
  "let",
  "local",
  "mapfile",
  "popd",
  "pushd",
  "read",
  "readarray",
  "readonly",
  "set",
  "shopt",
  "source",
  "trap",
  "typeset",
  "unalias",
  "unset",
]);

function walkStatement({ command, background }: Statement, walk: Walk): void {
  if (background === true) throw new NotPlain("it starts something in the background");
  if (command.type === "AndOr") {
    command.commands.forEach((one, index) => {
      // Past an `||` it is open which of the commands before it ran.
      if (command.operators[index - 1] === "||") walk.folders = walk.seen;
      walkPipeline(one, walk);
    });
  } else walkPipeline(command, walk);
  // The next statement runs whether or not a `cd` of this one worked.
  walk.folders = walk.seen;
}

function walkPipeline(node: PipelineNode, walk: Walk): void {
  if (node.type === "Command") return walkCommand(node, walk, true);
  if (node.type !== "Pipeline") throw new NotPlain("it is more than simple commands");
  const { commands, operators } = node;
  if (operators.includes("|&")) throw new NotPlain("it pipes with |&");
  for (const command of commands) {
    if (command.type !== "Command") throw new NotPlain("it is more than simple commands");
    // Each part of a real pipeline runs in a shell of its own: its `cd` moves nobody else.
    walkCommand(command, walk, commands.length === 1);
  }
  return undefined;
}

function walkCommand(command: Command, walk: Walk, alone: boolean): void {
  const { name, prefix, suffix } = command;
  const words: ShellWord[] = name === undefined ? [] : [shellWordOf(name, walk.home)];
  for (const part of [...prefix, ...suffix]) {
    if (part.type === "Assignment") throw new NotPlain("it sets a variable");
    if (part.type === "Word") words.push(shellWordOf(part, walk.home));
    else if (!isHarmless(part)) throw new NotPlain("it redirects to or from a file");
  }
  const program = words[0];
  if (program?.value === undefined || program.glob || program.value === "") throw new NotPlain("which program it starts is known only once it runs");
  const unknown = words.find(({ value }) => value === undefined);
  if (unknown !== undefined) throw new NotPlain(`what ${unknown.text} means is known only once it runs`);
  if (words.some(({ glob, value }) => glob && mayNameSecret(value ?? ""))) throw new NotPlain("which files it names is known only once it runs");
  if (words.length > limits.words) throw new NotPlain(`it holds more than ${limits.words} words`);
  const inner = program.value === "command" ? words.slice(1).map(({ value }) => value ?? "") : [];
  if (shellChangers.has(program.value) || inner.some((value) => value === "cd" || shellChangers.has(value)))
    throw new NotPlain(`${program.value} changes the shell itself`);
  walk.steps.push({ words, folders: walk.folders });
  if (program.value === "cd" && alone) changeFolder(words, walk);
}

/** Whether a pattern may name what must not be read unasked: anything hidden, anything too clever, or one of the usual names. */
function mayNameSecret(pattern: string): boolean {
  if (/(?:^|\/)\.|[?[]/.test(pattern)) return true;
  const wild = wildcardOf(pattern.slice(pattern.lastIndexOf("/") + 1));
  return ["id_rsa", "id_ed25519", "server.pem", "server.key", "store.p12", "prod.env", "credentials", "credentials.json", "secrets.yml", "secrets.json"].some(
    (name) => isMatch(wild, name),
  );
}

function changeFolder(words: readonly ShellWord[], walk: Walk): void {
  const target = words[1]?.value ?? "";
  if (words.length !== 2 || target === "" || target.startsWith("-") || words[1]?.glob === true)
    throw new NotPlain("where its cd leads is known only once it runs");
  walk.folders = walk.folders.map((folder) => posix.resolve(folder, target));
  walk.seen = [...new Set([...walk.seen, ...walk.folders])];
  if (walk.seen.length > limits.folders) throw new NotPlain("it changes folder too often");
}

const isHarmless = (redirection: Redirection): boolean => {
  if (redirection.type !== "Redirect" || redirection.descriptor?.type === "FileDescriptorVariable") return false;
  const { operator, descriptor, target } = redirection;
  const number = descriptor?.value ?? 1;
  if (operator === ">&") return (number === 1 || number === 2) && (target?.text === "1" || target?.text === "2");
  if (target?.text !== "/dev/null") return false;
  return operator === "&>" || (operator === ">" && (number === 1 || number === 2)) || (operator === "<" && descriptor === undefined);
};
