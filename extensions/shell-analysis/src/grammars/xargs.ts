import { shown } from "../arguments.ts";
import { type Field, knownField, openField, pathsOf } from "../field.ts";
import { raise } from "../findings.ts";
import type { Task } from "../scene.ts";

/** Long options without a value, and with one. */
const bare: ReadonlySet<string> = new Set(["--null", "--no-run-if-empty", "--verbose", "--exit", "--open-tty"]);
const valued = /^--(?:arg-file|delimiter|max-args|max-chars|max-lines|max-procs|replace|eof)=/s;

interface Start {
  /** How many words belong to xargs itself. */
  readonly count: number;
  /** What is replaced by a line of the input, if anything is. */
  readonly marker: string | undefined;
  /** Whether the input is put behind the words: the later of -I and -n, -L or -l takes the other back. */
  readonly appends: boolean;
}

/** `xargs` starts the program in its words, with further words that it reads from its input. */
export function judgeXargs(task: Task): void {
  const { fields, findings, scene, head } = task;
  const { count, marker, appends } = readOptions(task);
  const given = fields.slice(count);
  const input = openField("", "any", { ...head, text: "the input of xargs" });
  if (given.length === 0) return scene.launch([knownField("echo", head), input], scene, findings);
  const words = marker === undefined ? given : given.map((field) => replaced(field, marker));
  return scene.launch(appends ? [...words, input] : words, scene, findings);
}

function replaced(field: Field, marker: string): Field {
  if (field.value === undefined) return field.count === "one" ? openField("", "one", field) : field;
  const at = field.value.indexOf(marker);
  return at === -1 ? field : openField(field.value.slice(0, at), "one", field);
}

function readOptions({ fields, findings, scene }: Task): Start {
  let marker: string | undefined;
  let appends = true;
  const replaces = (text: string): void => {
    marker = text;
    appends = false;
  };
  let at = 0;
  for (; at < fields.length; at += 1) {
    const field = fields[at] as Field;
    const word = field.value;
    if (word === undefined) {
      if (field.start === "" || field.start.startsWith("-")) raise(findings, "unknown", `xargs: ${shown(field.text)} may turn out to be an option`, field);
      break;
    }
    if (!word.startsWith("-") || word === "-") break;
    if (word === "--") return { count: at + 1, marker, appends };
    if (bare.has(word)) continue;
    if (valued.test(word)) {
      if (word.startsWith("--replace=")) replaces(word.slice("--replace=".length) || "{}");
      if (/^--max-(?:args|lines)=(?!1$)/.test(word) || word === "--max-lines=1") appends = true;
      if (word.startsWith("--arg-file=")) findings.reads.push(...pathsOf(knownField(word.slice("--arg-file=".length), field), scene.folders));
      continue;
    }
    const [whole, letter = "", attached = ""] = /^-[0rtx]*(?:([adEILnPseil])([\s\S]*))?$/.exec(word) ?? [];
    if (whole === undefined) raise(findings, "unknown", `xargs: option ${shown(word)} is not known to be harmless`, field);
    // The value of these may only be attached.
    if (letter === "i") replaces(attached || "{}");
    if (letter === "l") appends = true;
    if (whole === undefined || letter === "" || /[eil]/.test(letter)) continue;
    const value = attached === "" ? fields[(at += 1)] : knownField(attached, field);
    if (value === undefined || value.count !== "one") raise(findings, "unknown", `xargs: the value of ${shown(word)} is known only once it runs`, field);
    if (letter === "I") replaces(value?.value ?? "");
    // -n 1 goes with -I.
    if (letter === "L" || (letter === "n" && value?.value !== "1")) appends = true;
    if (letter === "a" && value !== undefined) findings.reads.push(...pathsOf(value, scene.folders));
  }
  return { count: at, marker, appends };
}
