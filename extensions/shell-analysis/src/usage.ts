import type { ShellDoubt, ShellPath, ShellSpan } from "@claw/kernel";
import { type Arguments, type Option, readArguments, shown } from "./arguments.ts";
import { type Field, foldersOf, knownField, openField, pathsOf } from "./field.ts";
import { contact, isNowhere, raise, write } from "./findings.ts";
import type { Form } from "./form.ts";
import { grammars } from "./grammars.ts";
import { hostsIn } from "./hosts.ts";
import { type Folder, pathAt, reach } from "./paths.ts";
import { magicName, namesInRevision } from "./pathspecs.ts";
import type { Task } from "./scene.ts";
import type { WordKind } from "./spec.ts";

/** Judges words against the form of a program. The folders it works in come back. */
export function judgeUsage(form: Form, task: Task): readonly Folder[] {
  const reader = form.grammar === undefined ? undefined : grammars[form.grammar];
  if (reader?.type === "whole") {
    reader.judge(task);
    settle(form, [], task);
    return task.scene.folders;
  }
  const fields = reader?.prepare?.(task) ?? task.fields;
  const args = readArguments(form, fields);
  if (args.rest === undefined) {
    const misfits = misfitsOf(form, args, task);
    if (misfits.length === 0 || !form.hasAlternatives) return judgeFitted(form, args, misfits, task);
    for (const other of form.alternatives()) {
      const read = readArguments(other, fields);
      if (read.rest === undefined && misfitsOf(other, read, task).length === 0) return judgeFitted(other, read, [], task);
    }
    return judgeFitted(form, args, misfits, task);
  }
  for (const { why, ...span } of args.doubts) raise(task.findings, form.otherwise, `${task.what}: ${why}`, span);
  const inside = useOptions(form, args, task);
  return judgeUsage(args.rest.form, { ...inside, fields: args.rest.fields, what: `${task.what} ${args.rest.name}` });
}

function judgeFitted(form: Form, args: Arguments, misfits: readonly ShellDoubt[], task: Task): readonly Folder[] {
  const inside = useOptions(form, args, task);
  useOperands(form, args, inside);
  settle(form, misfits, inside);
  const reader = form.grammar === undefined ? undefined : grammars[form.grammar];
  if (reader?.type === "operands") reader.judge(inside, args);
  return inside.scene.folders;
}

function useOptions(form: Form, args: Arguments, task: Task): Task {
  let { folders } = task.scene;
  for (const option of args.options)
    folders = useOption(form, option, args, folders === task.scene.folders ? task : { ...task, scene: { ...task.scene, folders } });
  return folders === task.scene.folders ? task : { ...task, scene: { ...task.scene, folders } };
}

function useOption(form: Form, option: Option, args: Arguments, task: Task): readonly Folder[] {
  const { values, raises, operands } = form;
  const { name, value, word } = option;
  const kind = values.get(name);
  const raised = raises.get(name);
  if (raised !== undefined) raise(task.findings, raised, `${task.what}: with option ${name} it does more than read`, word);
  if (value === undefined) return task.scene.folders;
  // Where words are missing, what looks like a value may be a file.
  if ((args.loose && kind !== "read") || (kind === undefined && isFileElsewhere(form, option, args)))
    use(operands === "read" ? "read" : "text", value, task, false);
  return use(kind ?? "text", value, task, false);
}

/** Behind an operand many programs of macOS take no options: `-n` and its value are files to its `head`. Those whose first operand is a pattern do take them, and git. */
function isFileElsewhere({ leading, obeys }: Form, { name, value, word }: Option, { operands: [first] }: Arguments): boolean {
  if (first === undefined || value === undefined || leading !== undefined || obeys !== undefined || name.startsWith("--")) return false;
  return word.pos >= first.pos && value.pos > word.pos && !/^(?:.?|[-+]?\d[\d,.:-]*)$/.test(value.value ?? "word");
}

const recursive: ReadonlySet<string> = new Set(["-r", "-R", "--recursive", "--dereference-recursive"]);

function useOperands(form: Form, { operands, options, loose }: Arguments, task: Task): void {
  const { leading, last, raises, values, listsWith } = form;
  const kind = options.some(({ name }) => listsWith.includes(name)) ? "list" : form.operands;
  const { findings, scene } = task;
  const many = form.readsFolder || options.some(({ name }) => recursive.has(name));
  const skipped = leading === undefined || options.some(({ name }) => leading.unless.includes(name)) ? 0 : leading.count;
  const changes = kind === "read" && raises.size > 0 && options.some(({ name }) => raises.get(name) === "workspace-write" && values.get(name) !== "write");
  for (const [index, field] of operands.entries()) {
    // What is left out is not read.
    if (form.revisions && field.value?.startsWith(":") === true && magicName(field.value) === undefined) {
      findings.reads.push(...scene.folders.map((folder) => ({ ...pathAt(folder, field), many: true })));
      continue;
    }
    const isLast = last !== undefined && index === operands.length - 1 && index > 0;
    if (index < skipped) use(leading?.kind ?? "text", field, task, many);
    else if (isLast) use(last, field, task, many);
    else use(kind, field, task, many);
    if ((loose && index < skipped) || (isLast && kind === "read" && operands.some(({ count }) => count !== "one"))) use(kind, field, task, many);
    for (const ending of index < skipped ? [] : form.endings)
      for (const name of field.choices ?? (field.value === undefined ? [] : [field.value])) use("read", knownField(`${name}${ending}`, field), task, false);
    if (changes && index >= skipped) use("write", field, task, many);
    if (form.revisions) findings.reads.push(...revisionPaths(field, task));
  }
  if (form.readsFolder && operands.length <= skipped) for (const folder of scene.folders) findings.reads.push({ ...pathAt(folder, task.head), many: true });
  for (const name of form.alsoWrites)
    for (const folder of scene.folders) write(findings, { ...pathAt(reach(name, folder), task.head), many: true }, scene.place, task.what);
}

function use(kind: WordKind, field: Field, task: Task, many: boolean): readonly Folder[] {
  const { findings, scene, what } = task;
  const { folders } = scene;
  switch (kind) {
    case "text":
      return folders;
    case "read":
      if (field.value !== "-" && !isNowhere(field.value)) findings.reads.push(...pathsOf(field, folders).map((path) => (many ? { ...path, many } : path)));
      return folders;
    case "parted":
      findings.reads.push(...partedPaths(field, task));
      return use("read", field, task, many);
    case "list":
      findings.reads.push(...pathsOf(openField("", "any", field), folders));
      return use("read", field, task, many);
    case "write":
      if (field.value !== "-" && !isNowhere(field.value)) for (const path of pathsOf(field, folders)) write(findings, path, scene.place, what);
      return folders;
    case "folder":
      return foldersOf(field, folders);
    case "host":
      for (const host of hostsIn(field)) contact(findings, host, field, what);
      return folders;
    case "command":
      raise(findings, "unknown", `${what} runs ${shown(field.text)}`, field);
      return folders;
    default:
      return kind satisfies never;
  }
}

/** Of `one:two` both, and of `:name:a:b` what follows the first colon as well, for a file may have one in its name. */
function partedPaths({ value = "", pos, end }: Field, { scene: { folders } }: Task): readonly ShellPath[] {
  const parts = value.split(":");
  const names = [...new Set([...parts, parts.slice(1).join(":")])].filter((name) => name !== "");
  return folders.flatMap((folder) => names.map((name) => pathAt(reach(name, folder), { pos, end })));
}

/** Of `HEAD:file` the file too; what begins with `:` is a language of its own. */
function revisionPaths({ value: known, text, pos, end }: Field, { scene: { folders } }: Task): readonly ShellPath[] {
  // Of `$(git merge-base a b):file` the end is known.
  const value = known ?? /([)}\w]"?:[\w./@-]+)"?$/.exec(text)?.[1];
  if (value?.includes(":") !== true) return [];
  const names = namesInRevision(value);
  return folders.flatMap((folder) => {
    const named = names.map((name) => pathAt(reach(name, folder), { pos, end }));
    return value.startsWith(":") ? [{ ...pathAt(folder, { pos, end }), many: true }, ...named] : named;
  });
}

/** Why the words do not fit the form. */
function misfitsOf(form: Form, { options, operands, doubts }: Arguments, { head }: Task): readonly ShellDoubt[] {
  const { needs, operandsNeed, operandPattern, firstPattern } = form;
  const [first] = operands;
  if (first === undefined && needs === undefined) return doubts;
  const misfits = [...doubts];
  const add = ({ pos, end }: ShellSpan, why: string): void => void misfits.push({ why, pos, end });
  const gives = (names: readonly string[]): boolean => options.some(({ name }) => names.includes(name));
  const stray = operands.length > form.mostOperands ? operands[form.mostOperands] : undefined;
  if (stray !== undefined) add(stray, `${shown(stray.text)} is one word more than it takes to only read`);
  const many = form.isCounted ? operands.find(({ count }) => count !== "one") : undefined;
  if (many !== undefined) add(many, `how many words ${shown(many.text)} becomes is known only once it runs`);
  if (operandsNeed !== undefined && first !== undefined && !gives(operandsNeed))
    add(first, `${shown(first.text)} needs one of ${operandsNeed.join(", ")} in front of it`);
  if (needs !== undefined && !gives(needs)) add(head, `it only reads with one of ${needs.join(", ")}`);
  const oddFirst = firstPattern !== undefined && first !== undefined && (first.value === undefined || !firstPattern.test(first.value)) ? first : undefined;
  const odd = oddFirst ?? (operandPattern === undefined ? undefined : operands.find(({ value }) => value === undefined || !operandPattern.test(value)));
  if (odd !== undefined) add(odd, `${shown(odd.text)} is not one of the words with which it only reads`);
  return misfits;
}

/** What the form says of the use as a whole. */
function settle(form: Form, misfits: readonly ShellDoubt[], { findings, what, head, scene }: Task): void {
  const { otherwise } = form;
  for (const { why, ...span } of misfits) raise(findings, otherwise, `${what}: ${why}`, span);
  if (form.class === undefined) raise(findings, otherwise, `what ${what} does is not known`, head);
  else if (form.class === "workspace-write") {
    if (findings.writes.length === 0) for (const folder of scene.folders) write(findings, { ...pathAt(folder, head), many: true }, scene.place, what);
  } else if (form.class !== "read-only") raise(findings, form.class, reasons[form.class](what), head);

  for (const host of form.hosts) contact(findings, host, head, what);
  if (findings.class === "network" && findings.hosts.length === 0) findings.hosts.push("*");
  findings.credentials ||= form.credentials;
  findings.filesOnly ||= form.filesOnly;
  if (form.obeys !== undefined) findings.obeys = form.obeys;
  if (form.destructive) raise(findings, "destructive", reasons.destructive(what), head);
}

const reasons = {
  "outside-write": (what: string) => `${what} changes what is outside the workspace`,
  network: (what: string) => `${what} uses the network`,
  destructive: (what: string) => `${what} may destroy work that nothing brings back`,
  unknown: (what: string) => `what ${what} runs does not stand in the text`,
} as const;
