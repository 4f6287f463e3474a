import type { ShellTightening } from "@claw/kernel";
import { type Form, formOf } from "./form.ts";
import type { ProgramSpec } from "./spec.ts";

/** What is known of programs, by every name they have. */
export interface Programs {
  /** How a program reads its words. */
  form(name: string): Form | undefined;
  /** What extensions say of a program besides, under any of its names. */
  tightenings(name: string): readonly ShellTightening[];
}

const none: readonly ShellTightening[] = [];

export function programsOf(specs: readonly ProgramSpec[], tightenings: readonly ShellTightening[]): Programs {
  const byName = new Map<string, ProgramSpec>();
  for (const spec of specs) for (const name of [spec.program, ...(spec.aliases ?? [])]) byName.set(name, spec);
  const tightened = new Map<string, ShellTightening[]>();
  const real = (name: string): string => byName.get(name)?.program ?? name;
  for (const one of tightenings) tightened.set(real(one.program), [...(tightened.get(real(one.program)) ?? []), one]);
  const made = new Map<string, Form>();
  return {
    form(name) {
      const known = made.get(name);
      const spec = known === undefined ? byName.get(name) : undefined;
      if (spec === undefined) return known;
      const form = formOf(spec);
      made.set(name, form);
      return form;
    },
    tightenings: (name) => (tightened.size === 0 ? none : (tightened.get(real(name)) ?? none)),
  };
}
