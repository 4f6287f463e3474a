import type { ShellPlace, ShellSpan } from "@claw/kernel";
import type { Field } from "./field.ts";
import type { Findings } from "./findings.ts";
import type { Folder } from "./paths.ts";
import type { Programs } from "./programs.ts";

/** Where a command is judged. */
export interface Scene {
  readonly place: ShellPlace;
  readonly programs: Programs;
  /** The folders it may run in. */
  readonly folders: readonly Folder[];
  /** How many programs are already around it that run what their words say. */
  readonly depth: number;
  /** Judges the command that another one starts with these words. */
  launch(fields: readonly Field[], scene: Scene, findings: Findings): void;
  /** Judges a text that the command hands to a shell; what it finds goes into `findings`. */
  nested(text: string, field: Field, folders: readonly Folder[], findings: Findings): void;
  /** Takes down what changes the shell itself, so that no command of the text is what it looks like. */
  disturb(span: ShellSpan, why: string): void;
}

/** What one command is judged with. */
export interface Task {
  /** The program's words behind its name. */
  readonly fields: readonly Field[];
  /** The word that names it. */
  readonly head: Field;
  /** Its name, for reasons: `git log`. */
  readonly what: string;
  readonly scene: Scene;
  readonly findings: Findings;
}

export const deepest = 6;
