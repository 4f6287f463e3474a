import { existsSync } from "node:fs";
import type { ProgramSpec } from "../../../../extensions/shell-analysis/src/spec.ts";
import { argumentsOf, specs, word } from "./arguments.ts";
import type { Dice } from "./dice.ts";
import { prefixes, redirections } from "./pools.ts";

/** What waits, never ends, or takes a second to start; and what this shell or the machine would notice. */
const leftOut = new Set([
  "sleep",
  "yes",
  "watch",
  "top",
  "htop",
  "npm",
  "npx",
  "pnpm",
  "yarn",
  "kubectl",
  "docker",
  "pip",
  "pip3",
  "gdb",
  "exit",
  "logout",
  "suspend",
  "fg",
  "bg",
  "wait",
  "nice",
  "tmux",
  "vmstat",
  "iostat",
  "python3",
  "strace",
]);

const folders = ["/usr/local/bin", "/usr/bin", "/bin"];
const builtins = new Set([
  "cd",
  "echo",
  "printf",
  "test",
  "[",
  "true",
  "false",
  "pwd",
  "type",
  "command",
  "read",
  "mapfile",
  "set",
  "unset",
  "export",
  "declare",
  "local",
  "shift",
  "hash",
  "umask",
  "ulimit",
  "dirs",
  "pushd",
  "popd",
  "let",
  "eval",
  "source",
  "exec",
  "trap",
  "alias",
  "times",
  "history",
  "getopts",
  ":",
  "builtin",
  "jobs",
  "shopt",
  "help",
]);

const isHere = (program: string): boolean => builtins.has(program) || folders.some((folder) => existsSync(`${folder}/${program}`));

const known: readonly ProgramSpec[] = specs.filter(({ program }) => isHere(program) && !leftOut.has(program));
/** What is typed all day is made more often than the rest. */
const common = known.filter(({ program }) =>
  /^(?:ls|cat|grep|rg|find|sed|awk|git|sort|uniq|head|tail|wc|cut|tr|echo|printf|test|jq|diff|xargs|tar|date|stat|file|cd)$/.test(program),
);
const otherNames = [
  "touch",
  "rm",
  "tee",
  "cp",
  "./evil.sh",
  "bash -c 'touch PWN'",
  "python3 script.py",
  "make",
  "env ls",
  "timeout 1 cat",
  "nice wc",
  "command ls",
  "\\ls",
  "/bin/cat",
  '"ls"',
  "$x",
  "xargs touch",
  "sh",
  "nohup ls",
];

function simple(random: Dice): string {
  const words: string[] = [];
  if (random.oneIn(random.calm ? 60 : 10)) words.push(random.pick(prefixes));
  if (!random.calm && random.oneIn(12)) words.push(random.pick(otherNames), word(random));
  else {
    const spec = random.pick(random.oneIn(2) ? common : known);
    if (random.oneIn(15)) words.push(random.pick(["env", "timeout 1", "nice -n 5", "command", "time", "nohup", "stdbuf -oL", "env -i", "env x=1"]));
    const form = spec.alternatives !== undefined && random.oneIn(3) ? random.pick(spec.alternatives) : spec;
    words.push(spec.program, argumentsOf(random, form));
    if (spec.program === "[" || (spec.program === "test" && random.oneIn(2))) words[words.length - 2] = "[";
    if (words.at(-2) === "[" && !random.oneIn(20)) words.push("]");
  }
  if (random.oneIn(4)) words.push(random.pick(random.calm ? redirections.slice(0, 8) : redirections));
  return words.filter((one) => one !== "").join(" ");
}

function command(random: Dice, depth: number): string {
  if (depth > 2 || !random.oneIn(random.calm ? 20 : 6)) return simple(random);
  const inner = (): string => list(random, depth + 1);
  const after = random.oneIn(6) ? ` ${random.pick(redirections)}` : "";
  switch (random.below(10)) {
    case 0:
      return `(${inner()})${after}`;
    case 1:
      return `{ ${inner()}; }${after}`;
    case 2:
      return `if ${inner()}; then ${inner()}; fi${after}`;
    case 3:
      return `if ${inner()}; then ${inner()}; else ${inner()}; fi${after}`;
    case 4:
      return `for x in ${word(random)} ${word(random)}; do ${inner()}; done${after}`;
    case 5:
      return `while read -r x; do ${inner()}; done < ${random.oneIn(3) ? word(random) : "names.txt"}`;
    case 6:
      return `case ${word(random)} in ${word(random)}) ${inner()} ;; *) ${inner()} ;; esac${after}`;
    case 7:
      return `[[ ${random.pick(["-f a.txt", "a == b", "$x == *.txt", "1 -lt 2", "-v x", "$x -gt 1", "a =~ ^b", "! -e x"])} ]]${after}`;
    case 8:
      return `(( ${random.pick(["1 + 1", "x++", "x > 1", "a[$(touch PWN)]", "$x", "1 ? 2 : 3"])} ))`;
    default:
      return random.oneIn(3) ? `f() { ${inner()}; }; f` : `echo "$(${inner()})"`;
  }
}

function list(random: Dice, depth: number): string {
  const parts: string[] = [];
  for (let more = 1 + random.few(4); more > 0; more -= 1) {
    const pipeline = Array.from({ length: 1 + random.few(4) }, () => command(random, depth + 1)).join(random.oneIn(12) ? " |& " : " | ");
    parts.push(random.oneIn(25) ? `! ${pipeline}` : pipeline);
  }
  return parts.reduce((text, part) => text + random.pick(["; ", " && ", " || ", "; ", " && ", random.oneIn(4) ? " & " : "; ", "\n"]) + part);
}

const odd = [
  "'",
  '"',
  "`",
  "$(",
  ")",
  "(",
  "{",
  "}",
  ";",
  "&",
  "|",
  "<",
  ">",
  "\\",
  "\n",
  "\r",
  "\u{a0}",
  "#",
  "$",
  "!",
  "*",
  "~",
  "<<E",
  "\t",
  "\0x",
  "${",
  "[[",
  "]]",
  "((",
  "))",
  "\u{200b}",
  "=",
  ";;",
  " do ",
  " fi",
  " then ",
  ">|",
  "&>",
  "<<<",
];

/** Breaks a text somewhere: takes signs out, doubles them, puts others in. */
function broken(random: Dice, text: string): string {
  const at = random.below(text.length + 1);
  const to = Math.min(text.length, at + random.below(8));
  switch (random.below(5)) {
    case 0:
      return text.slice(0, at) + text.slice(to);
    case 1:
      return text.slice(0, to) + text.slice(at);
    case 2:
      return text.slice(0, at);
    case 3:
      return text.slice(0, at) + random.pick(odd).replace("\0", "") + text.slice(to);
    default:
      return text.slice(0, at) + random.pick(odd).replace("\0", "") + text.slice(at);
  }
}

/** A command as nobody would type it: of real programs and their options, well-formed or not. */
export function generated(random: Dice): string {
  let text = list(random, 0);
  if (random.oneIn(12))
    text += ` <<${random.pick(["E", "'E'", "-E", '"E"'])}\n${random.pick(["text", "$x", "$(ls)", "$(touch PWN)", "`touch PWN`", "\\$(touch PWN)"])}\n${random.oneIn(8) ? " " : ""}E${random.oneIn(3) ? `\n${simple(random)}` : ""}`;
  if (random.oneIn(25)) text += ` # ${simple(random)}`;
  for (let rounds = random.oneIn(random.calm ? 25 : 5) ? 1 + random.few(4) : 0; rounds > 0; rounds -= 1) text = broken(random, text);
  return text;
}
