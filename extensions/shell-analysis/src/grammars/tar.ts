import { shown } from "../arguments.ts";
import { type Field, foldersOf, knownField, pathsOf } from "../field.ts";
import { isNowhere, raise, write } from "../findings.ts";
import { pathAt } from "../paths.ts";
import type { Task } from "../scene.ts";

/** Letters without a value, and with one. What makes it do something stands among them. */
const flags = "aAcdhjJkmOprtuvxzZ";
const valued = "bCfX";
const bare: ReadonlySet<string> = new Set(
  "list extract get create append update verbose gzip bzip2 xz zstd lzma auto-compress to-stdout wildcards no-wildcards full-time numeric-owner totals keep-old-files no-same-owner no-same-permissions anchored no-anchored ignore-case show-transformed-names utc overwrite skip-old-files exclude-vcs".split(
    " ",
  ),
);
const withValue: ReadonlySet<string> = new Set("file directory exclude exclude-from strip-components transform owner group mode mtime sort format".split(" "));
/** Those whose value is never the next word. */
const attachedOnly: ReadonlySet<string> = new Set(["occurrence", "totals"]);
const modes: Readonly<Record<string, string>> = { list: "t", extract: "x", get: "x", create: "c", append: "r", update: "u", "to-stdout": "O" };

interface Reading {
  readonly letters: Set<string>;
  readonly archives: Field[];
  readonly operands: Field[];
  readonly lists: Field[];
  readonly folders: Field[];
}

/** `tar` lists, takes out, or packs; only the first is reading. */
export function judgeTar(task: Task): void {
  const { findings, scene, head, fields } = task;
  if (fields.length === 1 && /^--(?:help|usage|version)$/.test(fields[0]?.value ?? "")) return;
  const reading = readOptions(task);
  const { letters, archives, operands, lists } = reading;
  for (const archive of archives)
    if (archive.value === undefined || archive.value.includes(":"))
      raise(findings, "unknown", `tar: an archive named ${shown(archive.text)} may be on another machine`, archive);
  const folders = reading.folders.reduce<Task["scene"]["folders"]>((before, field) => foldersOf(field, before), scene.folders);
  for (const list of lists) findings.reads.push(...pathsOf(list, scene.folders));
  const files = archives.filter(({ value }) => value !== "-" && !isNowhere(value)).flatMap((field) => pathsOf(field, scene.folders));
  const mode = [..."tdxcruA"].filter((letter) => letters.has(letter));
  if (mode.length !== 1) return raise(findings, "unknown", "whether tar lists, takes out or packs is not clear", head);
  // It looks at the files that the archive names.
  if (mode[0] === "d") for (const folder of folders) findings.reads.push({ ...pathAt(folder, head), many: true });
  if (mode[0] === "t" || mode[0] === "d" || (mode[0] === "x" && letters.has("O"))) return void findings.reads.push(...files);
  if (mode[0] === "x") {
    findings.reads.push(...files);
    for (const folder of folders) write(findings, { ...pathAt(folder, head), many: true }, scene.place, "tar");
    return undefined;
  }
  for (const operand of operands) findings.reads.push(...pathsOf(operand, folders).map((path) => ({ ...path, many: true })));
  for (const path of files) write(findings, path, scene.place, "tar");
  return undefined;
}

function readOptions({ fields, findings, head }: Task): Reading {
  const reading: Reading = { letters: new Set(), archives: [], operands: [], lists: [], folders: [] };
  const take = (option: string, value: Field | undefined): void => {
    if (value === undefined || value.count !== "one") raise(findings, "unknown", `tar: the value of ${option} is known only once it runs`, value ?? head);
    else if (option === "f" || option === "file") reading.archives.push(value);
    else if (option === "C" || option === "directory") reading.folders.push(value);
    else if (/^(?:X|exclude-from)$/.test(option)) reading.lists.push(value);
  };
  let isOver = false;
  for (let at = 0; at < fields.length; at += 1) {
    const field = fields[at] as Field;
    const word = field.value;
    const doubt = (): void => raise(findings, "unknown", `tar: ${shown(field.text)} is not known to be harmless`, field);
    if (word === undefined) {
      if (!isOver && (field.count === "any" || field.start === "" || field.start.startsWith("-") || at === 0)) doubt();
      reading.operands.push(field);
    } else if (isOver || (!word.startsWith("-") && at > 0) || word === "-") reading.operands.push(field);
    else if (word === "--") isOver = true;
    else if (word.startsWith("--")) {
      const [, name = "", , value] = /^--([^=]+)(=([\s\S]*))?$/.exec(word) ?? [];
      reading.letters.add(modes[name] ?? "");
      if (value === undefined ? bare.has(name) : withValue.has(name) || attachedOnly.has(name)) {
        if (value !== undefined) take(name, knownField(value, field));
      } else if (withValue.has(name)) take(name, fields[(at += 1)]);
      else doubt();
    } else at = readLetters(word, at, reading, { fields, take, doubt });
  }
  return reading;
}

interface Letters {
  readonly fields: readonly Field[];
  take(option: string, value: Field | undefined): void;
  doubt(): void;
}

/** `-xzf a.tar`, or `xzf a.tar` as the first word, whose values are the words behind it. */
function readLetters(word: string, start: number, { letters }: Reading, { fields, take, doubt }: Letters): number {
  const isOld = !word.startsWith("-");
  let at = start;
  for (let index = isOld ? 0 : 1; index < word.length; index += 1) {
    const letter = word.charAt(index);
    letters.add(letter);
    if (valued.includes(letter)) {
      const attached = isOld ? "" : word.slice(index + 1);
      take(letter, attached === "" ? fields[(at += 1)] : knownField(attached, fields[start] as Field));
      if (!isOld) return at;
    } else if (!flags.includes(letter)) doubt();
  }
  return at;
}
