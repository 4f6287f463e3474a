import type { ShellClass, ShellDoubt } from "@claw/kernel";
import type { Findings } from "./findings.ts";
import type { Folder } from "./paths.ts";

/** A simple command as the walk found it. */
export interface Draft {
  readonly pos: number;
  readonly end: number;
  /** When it was begun, among those that begin at the same place. */
  readonly order: number;
  readonly text: string;
  readonly words: readonly (string | undefined)[];
  readonly typed: readonly string[];
  readonly program: string | undefined;
  readonly wrapped: number;
  readonly folders: readonly Folder[];
  readonly findings: Findings;
  quoted: boolean;
  plain: boolean;
}

/** Takes the proof from commands, and the right of rules to cover them by their words. The first doubt is reason enough. */
export function distrustAll(drafts: readonly Draft[], [doubt]: readonly ShellDoubt[]): void {
  if (doubt === undefined) return;
  for (const draft of drafts) {
    draft.plain = false;
    if (draft.findings.class !== "read-only" && draft.findings.class !== "workspace-write") continue;
    draft.findings.class = "unknown" satisfies ShellClass;
    draft.findings.why.push({ why: doubt.why, pos: doubt.pos, end: doubt.end });
  }
}

export const unique = <T>(values: readonly T[]): readonly T[] => (values.length < 2 ? values : [...new Set(values)]);
