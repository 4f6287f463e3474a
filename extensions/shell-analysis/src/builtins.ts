import { isHarmlessName } from "./assignments.ts";
import { shown as quoted } from "./arguments.ts";
import { raise } from "./findings.ts";
import { judgeXargs } from "./grammars/xargs.ts";
import type { Task } from "./scene.ts";

/** Builtins that have a specification, and change the shell wherever they do more than show. */
export const settings: ReadonlySet<string> = new Set(["shopt", "ulimit", "umask"]);

/** Builtins of the shell that are judged by what they do to it; others have a specification like any program. */
export const builtins: ReadonlyMap<string, (task: Task) => void> = new Map([
  ...["break", "continue", "exit", "return", "shift"].map((name) => [name, leave] as const),
  ["cd", move] as const,
  ["pushd", move] as const,
  ["popd", popFolder] as const,
  ["xargs", judgeXargs] as const,
  ["read", readLine] as const,
  ["mapfile", readLines] as const,
  ["readarray", readLines] as const,
  ["set", setOptions] as const,
  ...[".", "alias", "bind", "builtin", "complete", "declare", "dirs", "enable", "eval", "exec", "export", "getopts", "hash", "let", "local", "readonly"].map(
    changes,
  ),
  ...["source", "trap", "typeset", "unalias", "unset", "logout", "suspend", "fc"].map(changes),
]);

function changes(name: string): readonly [string, (task: Task) => void] {
  return [
    name,
    ({ head, fields, scene, findings }) => {
      if (isShowing(name, fields)) return;
      raise(findings, "unknown", `${name} changes the shell itself, or runs what it is told`, head);
      scene.disturb(head, `${name} may change what the other commands do`);
    },
  ];
}

/** Builtins that show what is set where they are told nothing else. */
const showing: ReadonlySet<string> = new Set(["alias", "declare", "dirs", "enable", "export", "hash", "readonly", "trap", "typeset"]);
/** Those of them that show what is named behind `-p`; to others it is what they change. */
const naming: ReadonlySet<string> = new Set(["declare", "trap", "typeset"]);

/** Words with which a builtin only shows what is set: no `=`, and what is known only once it runs is taken for one. */
const shown: Readonly<Record<string, RegExp>> = {
  declare: /^-[fF]+(?: \w+)*$/,
  dirs: /^(?:-[lpv]+ ?)*$/,
  hash: /^-[lt]+(?: [\w.-]+)*$/,
  typeset: /^-[fF]+(?: \w+)*$/,
};

function isShowing(name: string, [first, ...others]: Task["fields"]): boolean {
  if (first !== undefined && shown[name]?.test([first, ...others].map(({ value }) => value ?? "=").join(" ")) === true) return true;
  if (!showing.has(name)) return false;
  if (first === undefined) return true;
  if (first.value !== "-p" || name === "hash") return false;
  return others.length === 0 || (naming.has(name) && others.every(({ value }) => value !== undefined && /^[A-Za-z]\w*$/.test(value)));
}

function leave({ fields, findings, what }: Task): void {
  for (const field of fields)
    if (field.value === undefined ? !/^"?\$[?#]"?$/.test(field.text) : !/^\d{1,3}$/.test(field.value))
      raise(findings, "unknown", `${what} ${quoted(field.text)} is not plain`, field);
}

/** Where it goes is for the walk to follow. */
function move({ fields, findings, what }: Task): void {
  const target = fields.filter(({ value }) => value !== "--" && value !== "-P" && value !== "-L");
  if (target.length > 1) raise(findings, "unknown", `${what} has more than one folder`, target[1] ?? target[0] ?? { pos: 0, end: 0 });
}

function popFolder({ fields, findings }: Task): void {
  for (const field of fields) raise(findings, "unknown", `popd ${quoted(field.text)} is not plain`, field);
}

function readLine({ fields, findings, scene }: Task): void {
  let at = 0;
  for (; at < fields.length; at += 1) {
    const field = fields[at];
    const word = field?.value ?? "";
    if (!word.startsWith("-") || field === undefined) break;
    const [whole, letter, attached] = /^-[rs]*(?:([adnNptu])([\s\S]*))?$/.exec(word) ?? [];
    if (whole === undefined) raise(findings, "unknown", `read: option ${quoted(word)} is not known to be harmless`, field);
    if (letter === undefined || attached !== "") {
      if (letter === "a") nameIt(attached, field);
      continue;
    }
    at += 1;
    if (letter === "a" || fields[at]?.count !== "one") nameIt(letter === "a" ? fields[at]?.value : undefined, field);
  }
  for (const field of fields.slice(at)) nameIt(field.value, field);

  function nameIt(name: string | undefined, field: (typeof fields)[number]): void {
    if (name !== undefined && (name === "_" || isHarmlessName(name))) return;
    raise(findings, "unknown", `read sets ${name ?? "a variable known only once it runs"}`, field);
    scene.disturb(field, "read sets a variable that may change what the other commands do");
  }
}

/** `mapfile -t NAME`; `-C` would run something for every line. */
function readLines({ fields, findings, scene, what }: Task): void {
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at];
    const word = field?.value;
    if (word === "-t" || (word !== undefined && isHarmlessName(word))) continue;
    if (/^-[dns]$/.test(word ?? "") && fields[at + 1]?.value !== undefined) at += 1;
    else if (field !== undefined) {
      raise(findings, "unknown", `${what}: ${quoted(field.text)} is not known to be harmless`, field);
      scene.disturb(field, `${what} sets a variable, or runs a command for each line`);
    }
  }
}

/** `set -euo pipefail` changes only what stops it. */
function setOptions({ fields, findings, scene, head }: Task): void {
  const words = fields.map(({ value }) => value ?? "");
  const plain = words.every((word, index) =>
    /^[-+][eux]*o?$/.test(word) && word.length > 1
      ? !word.endsWith("o") || words[index + 1] === "pipefail"
      : word === "pipefail" && /^[-+][eux]*o$/.test(words[index - 1] ?? ""),
  );
  if (plain) return;
  raise(findings, "unknown", "set changes the shell itself", head);
  scene.disturb(head, "set may change what the other commands do");
}
