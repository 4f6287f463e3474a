import { shown } from "./arguments.ts";
import { builtins, settings } from "./builtins.ts";
import { isDestructive } from "./destructive.ts";
import { type Field, foldersOf } from "./field.ts";
import { type Findings, raise } from "./findings.ts";
import { baseName, type Folder } from "./paths.ts";
import { deepest, type Scene, type Task } from "./scene.ts";
import { judgeShell, shells } from "./shells.ts";
import { tighten } from "./tightenings.ts";
import { judgeUsage } from "./usage.ts";
import { wrappers } from "./wrappers.ts";

export interface Judgement {
  readonly program: string | undefined;
  /** How many of the words belong to wrappers in front of the program. */
  readonly wrapped: number;
  /** Whether a wrapper sets variables, or gives the program words that are not there. */
  readonly adds: boolean;
  /** Where it runs, and works from there on. */
  readonly folders: readonly Folder[];
}

/** Folders whose programs are those that their names say. */
const known = /^(?:\/usr)?\/bin\/[^/]+$/;

/** Judges what a program does with its words; the first of them names it. */
export function judge(fields: readonly Field[], scene: Scene, findings: Findings): Judgement {
  let { folders } = scene;
  let inner = fields;
  let adds = false;
  const done = (program: string | undefined): Judgement => ({ program, wrapped: fields.length - inner.length, adds, folders });
  for (let count = 0; ; count += 1) {
    const head = inner[0];
    const typed = head?.value;
    if (head === undefined || typed === undefined || typed === "") {
      const last = head ?? fields.at(-1);
      if (last !== undefined) raise(findings, "unknown", "which program it starts is known only once it runs", last);
      return done(undefined);
    }
    const program = baseName(typed);
    const name = program.length < typed.length && known.test(typed) ? program : typed;
    const task: Task = { fields: inner.slice(1), head, what: program, scene: folders === scene.folders ? scene : { ...scene, folders }, findings };
    const around = wrappers.get(name)?.(inner);
    if (around?.raises !== undefined) raise(findings, around.raises, `${program}: ${around.why ?? ""}`, head);
    if (around?.credentials === true) findings.credentials = true;
    if (around?.count === undefined || around.count >= inner.length || count > deepest) {
      folders = judgeProgram(name, program, task);
      return done(program);
    }
    if (around.folder !== undefined) folders = foldersOf(around.folder, folders);
    tighten(task);
    adds ||= around.sets === true;
    inner = inner.slice(around.count);
  }
}

function judgeProgram(name: string, program: string, task: Task): readonly Folder[] {
  const { fields, findings, head, scene } = task;
  let { folders } = scene;
  const builtin = builtins.get(name);
  const form = scene.programs.form(name);
  const isShell = shells.has(name) && judgeShell(task);
  if (builtin !== undefined) builtin(task);
  else if (form !== undefined && !isShell) folders = judgeUsage(form, task);
  else if (!isShell) raise(findings, "unknown", `what ${shown(head.text)} does is not known`, head);
  if (findings.class !== "read-only" && settings.has(name)) scene.disturb(head, `${name} may change what the other commands do`);
  if (isDestructive(program, fields) && !findings.destructive) {
    raise(findings, "destructive", `${program} so used may destroy work that nothing brings back`, head);
  }
  tighten(task);
  return folders;
}
