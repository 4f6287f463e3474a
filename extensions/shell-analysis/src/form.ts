import type { FormSpec } from "./spec.ts";

/** How a long option is taken: without a value, with one behind `=`, or with one either way. */
export interface LongOption {
  readonly bare: boolean;
  readonly attached: boolean;
  readonly next: boolean;
}

/** A form of a program, made ready for reading words against it. */
export interface Form {
  readonly spec: FormSpec;
  readonly flags: string;
  readonly valued: string;
  readonly long: ReadonlyMap<string, LongOption>;
  readonly patterns: readonly RegExp[];
  readonly operandPattern: RegExp | undefined;
  readonly firstPattern: RegExp | undefined;
  readonly valuePatterns: ReadonlyMap<string, RegExp>;
  /** The form of a sub-command. */
  subcommand(name: string): Form | undefined;
  /** Further readings of the same words. */
  alternatives(): readonly Form[];
}

export const anchored = (source: string): RegExp => new RegExp(`^(?:${source})$`, "su");

export function formOf(spec: FormSpec): Form {
  const { flags = "", valued = "", subcommands = {} } = spec;
  const forms = new Map<string, Form>();
  let others: readonly Form[] | undefined;
  return {
    spec,
    flags,
    valued,
    long: longOptions(spec.long ?? []),
    patterns: (spec.patterns ?? []).map(anchored),
    operandPattern: spec.operandPattern === undefined ? undefined : anchored(spec.operandPattern),
    firstPattern: spec.firstPattern === undefined ? undefined : anchored(spec.firstPattern),
    valuePatterns: new Map(Object.entries(spec.valuePatterns ?? {}).map(([name, source]) => [name, anchored(source)])),
    subcommand(name) {
      const made = forms.get(name);
      const inner = subcommands[name];
      if (made !== undefined || inner === undefined || !Object.hasOwn(subcommands, name)) return made;
      const form = formOf(inner);
      forms.set(name, form);
      return form;
    },
    alternatives: () => (others ??= (spec.alternatives ?? []).map(formOf)),
  };
}

function longOptions(entries: readonly string[]): ReadonlyMap<string, LongOption> {
  const options = new Map<string, LongOption>();
  for (const entry of entries) {
    const name = entry.replace(/[=:]$/, "");
    const before = options.get(name) ?? { bare: false, attached: false, next: false };
    const next = before.next || entry.endsWith(":");
    options.set(name, { bare: before.bare || entry === name, attached: before.attached || entry !== name, next });
  }
  return options;
}
