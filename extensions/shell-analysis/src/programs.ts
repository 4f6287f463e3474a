import type { ShellTightening } from "@claw/kernel";
import { type Form, formOf } from "./form.ts";
import type { ProgramSpec } from "./spec.ts";

export interface Program {
  readonly spec: ProgramSpec;
  readonly form: Form;
}

/** What is known of programs, by every name they have. */
export interface Programs {
  find(name: string): Program | undefined;
  /** What extensions say of a program besides, under any of its names. */
  tightenings(name: string): readonly ShellTightening[];
}

export function programsOf(specs: readonly ProgramSpec[], tightenings: readonly ShellTightening[]): Programs {
  const byName = new Map<string, ProgramSpec>();
  for (const spec of specs) for (const name of [spec.program, ...(spec.aliases ?? [])]) byName.set(name, spec);
  const tightened = new Map<string, ShellTightening[]>();
  const real = (name: string): string => byName.get(name)?.program ?? name;
  for (const one of tightenings) tightened.set(real(one.program), [...(tightened.get(real(one.program)) ?? []), one]);
  const made = new Map<string, Program>();
  return {
    find(name) {
      const known = made.get(name);
      const spec = byName.get(name);
      if (known !== undefined || spec === undefined) return known;
      const program = { spec, form: formOf(spec) };
      made.set(name, program);
      return program;
    },
    tightenings: (name) => (tightened.size === 0 ? [] : (tightened.get(real(name)) ?? [])),
  };
}
