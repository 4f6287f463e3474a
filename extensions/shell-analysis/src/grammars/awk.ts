import { type Arguments, shown } from "../arguments.ts";
import { pathsOf, openField } from "../field.ts";
import { contact, raise } from "../findings.ts";
import { hostAt } from "../hosts.ts";
import type { Task } from "../scene.ts";
import { type Brackets, takeBracket } from "./brackets.ts";

export function judgeAwk({ findings, scene, what }: Task, { options, operands }: Arguments): void {
  const given = options.filter(({ name }) => name === "-e" || name === "--source").flatMap(({ value }) => value ?? []);
  const file = options.find(({ name }) => name === "-f" || name === "--file");
  if (file !== undefined) raise(findings, "unknown", `${what}: its program stands in a file`, file.word);
  const programs = given.length > 0 || file !== undefined ? given : operands.slice(0, 1);
  for (const program of programs) {
    if (program.value === undefined) {
      raise(findings, "unknown", `${what}: the program ${shown(program.text)} is known only once it runs`, program);
      continue;
    }
    const doubt = awkDoubt(program.value);
    if (doubt !== undefined) raise(findings, "unknown", `${what}: ${doubt}`, program);
    // It may give itself other files.
    if (/\bARG[VC]\b/.test(program.value)) findings.reads.push(...pathsOf(openField("", "any", program), scene.folders));
    if (/\b(?:ARGV|SYMTAB)\b/.test(program.value.replace(compared, ""))) raise(findings, "unknown", `${what}: it may name a file that is a host`, program);
  }
  for (const input of programs === given ? operands : operands.slice(1)) {
    if (input.value === undefined && input.rest === "anything" && connection.startsWith(input.start.slice(0, connection.length)))
      raise(findings, "unknown", `${what}: ${shown(input.text)} may be a host`, input);
    else if (input.value?.startsWith(connection) === true) contact(findings, hostOf(input.value), input, what);
  }
}

/** The names of its files may be looked at. */
const compared = /[!=]=\s*ARGV\[\d+\](?!\s*(?:[-+*/%^]+=|=(?!=)))|\bARGV\[\d+\]\s*[!=]=/g;

/** gawk takes `/inet/tcp/0/HOST/PORT` for a connection wherever a file may stand. */
const connection = "/inet";

function hostOf(path: string): string {
  const [, , , , host = "", port = ""] = path.split("/");
  return hostAt(host, port);
}

/** The pieces of a program; what a `/` begins depends on what stands before it. */
const piece = /([ \t\r]+)|(#[^\n]*)|("(?:\\[\s\S]|[^"\\\n])*")|([A-Za-z_]\w*)|(\d[\w.]*|\.\d+)|(\|\||&&|>=|<=|==|!=|\+\+|--|\|&|>>|[\s\S])/y;
/** Words behind which a value ends, so that a `/` divides. */
const divided = /^(?:[\]\d]|\.\d)/;
/** Behind these a `/` may divide or begin a pattern: no reading is certain. mawk begins one behind `length`. */
const uncertain =
  /^(?:\)|\$|\+\+|--|getline|length|print|printf|return|in|case|delete|exit|do|else|if|while|for|switch|default|next|nextfile|break|continue|func|function|BEGIN|END)$/;
/** Without these nothing of awk does more than compute and print. */
const active = /[|>@]|system|getline/;
/** Behind these a new line ends nothing. */
const goesOn = /^(?:,|&&|\|\||\?|:)$/;
const outputs: ReadonlySet<string> = new Set(['"/dev/stderr"', '"/dev/stdout"']);

/** Why a program of awk may do more than compute and print; undefined if it does not. */
export function awkDoubt(program: string): string | undefined {
  if (!active.test(program) && !program.includes("\\\n")) return undefined;
  let before = "";
  let at = 0;
  let isPrinting = false;
  let depth = 0;
  while (at < program.length) {
    if (program.charAt(at) === "/" && !divides(before)) {
      if (uncertain.test(before)) return "whether a / in it divides is not clear";
      const end = regexEnd(program, at);
      if (end === undefined) return "where a pattern in it ends is not clear";
      at = end;
      before = "0";
      continue;
    }
    piece.lastIndex = at;
    const [token = "", blank, comment, text, word] = piece.exec(program) ?? [];
    if (token === "" || token === '"') return "a string in it has no end";
    at += token.length;
    if (blank !== undefined || comment !== undefined) continue;
    if (token === "\\") return "it goes on behind a backslash";
    if (word === "system" || word === "getline") return `it calls ${word}`;
    if (text === undefined && (token === "|" || token === "|&")) return "it sends what it prints to a command";
    if (token === "@") return "it calls what a variable names, or loads code";
    if (word === "print" || word === "printf") {
      isPrinting = true;
      depth = 0;
    } else if (token === "(" || token === "[") depth += 1;
    else if (token === ")" || token === "]") depth -= 1;
    else if (token === "\n" && goesOn.test(before)) continue;
    else if (token === ";" || token === "\n" || token === "}" || token === "{") isPrinting = false;
    else if (isPrinting && depth <= 0 && (token === ">" || token === ">>")) {
      const target = /[ \t]*("[^"\n\\]*")[ \t]*(?=[;}\n]|$)/y;
      target.lastIndex = at;
      if (!outputs.has(target.exec(program)?.[1] ?? "")) return "it writes to a file";
    }
    before = text === undefined ? token : "0";
  }
  return undefined;
}

const divides = (before: string): boolean => divided.test(before) || (/^\w/.test(before) && !uncertain.test(before));

/** Where a pattern that begins here ends. A `/` in brackets may end it, by version: then no reading is certain. */
function regexEnd(program: string, start: number): number | undefined {
  const brackets: Brackets = { open: -1 };
  for (let at = start + 1; at < program.length; at += 1) {
    const sign = program.charAt(at);
    if (sign === "\\") at += 1;
    else if (sign === "\n") return undefined;
    else if (sign === "/") return brackets.open === -1 ? at + 1 : undefined;
    else {
      const last = takeBracket(program, at, brackets);
      if (last === undefined) return undefined;
      at = last;
    }
  }
  return undefined;
}
