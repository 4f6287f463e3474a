import type { ShellClass } from "@claw/kernel";
import type { FormSpec, Grammar, WordKind } from "./spec.ts";

/** How a long option is taken: without a value, with one behind `=`, or with one either way. */
export interface LongOption {
  readonly bare: boolean;
  readonly attached: boolean;
  readonly next: boolean;
}

/** Words at the beginning that are something else than the operands behind them. */
export interface Leading {
  readonly count: number;
  readonly kind: WordKind;
  readonly unless: readonly string[];
}

type Raised = Exclude<ShellClass, "read-only">;

/** A form of a program, made ready for reading words against it. All of them have the same fields, so that looking at one costs the same whatever its file says. */
export interface Form {
  readonly class: ShellClass | undefined;
  readonly otherwise: Raised;
  readonly flags: string;
  readonly valued: string;
  readonly long: ReadonlyMap<string, LongOption>;
  readonly patterns: readonly RegExp[];
  readonly values: ReadonlyMap<string, WordKind>;
  readonly raises: ReadonlyMap<string, Raised>;
  readonly valuePatterns: ReadonlyMap<string, RegExp>;
  readonly operands: WordKind;
  readonly listsWith: readonly string[];
  readonly responseFiles: boolean;
  readonly looseValues: boolean;
  /** How many of them it takes. */
  readonly mostOperands: number;
  /** Whether how many there are must be known. */
  readonly isCounted: boolean;
  readonly operandPattern: RegExp | undefined;
  readonly firstPattern: RegExp | undefined;
  /** What stands in front of the operands proper, unless an option gave it. */
  readonly leading: Leading | undefined;
  readonly last: WordKind | undefined;
  readonly needs: readonly string[] | undefined;
  readonly operandsNeed: readonly string[] | undefined;
  readonly optionsAnywhere: boolean;
  readonly takesUnknown: boolean;
  readonly filesOnly: boolean;
  readonly endings: readonly string[];
  readonly readsFolder: boolean;
  readonly revisions: boolean;
  readonly grammar: Grammar | undefined;
  readonly obeys: FormSpec["obeys"];
  readonly hosts: readonly string[];
  readonly credentials: boolean;
  readonly destructive: boolean;
  readonly alsoWrites: readonly string[];
  readonly hasSubcommands: boolean;
  readonly hasAlternatives: boolean;
  /** The form of a sub-command. */
  subcommand(name: string): Form | undefined;
  /** Further readings of the same words. */
  alternatives(): readonly Form[];
}

export const anchored = (source: string): RegExp => new RegExp(`^(?:${source})$`, "su");

const anchoredIf = (source: string | undefined): RegExp | undefined => (source === undefined ? undefined : anchored(source));

export function formOf(spec: FormSpec): Form {
  const specs = new Map(Object.entries(spec.subcommands ?? {}));
  const forms = new Map<string, Form>();
  let others: readonly Form[] | undefined;
  return {
    class: spec.class,
    otherwise: spec.otherwise ?? "unknown",
    flags: spec.flags ?? "",
    valued: spec.valued ?? "",
    long: longOptions(spec.long ?? []),
    patterns: (spec.patterns ?? []).map(anchored),
    values: new Map(Object.entries(spec.values ?? {})),
    raises: new Map(Object.entries(spec.raises ?? {})),
    valuePatterns: new Map(Object.entries(spec.valuePatterns ?? {}).map(([name, source]) => [name, anchored(source)])),
    operands: spec.operands ?? "text",
    listsWith: spec.listsWith ?? [],
    responseFiles: spec.responseFiles === true,
    looseValues: spec.looseValues === true,
    mostOperands: spec.operands === undefined ? (spec.first?.count ?? 0) : (spec.mostOperands ?? Number.POSITIVE_INFINITY),
    isCounted: spec.mostOperands !== undefined,
    operandPattern: anchoredIf(spec.operandPattern),
    firstPattern: anchoredIf(spec.firstPattern),
    leading: leadingOf(spec),
    last: spec.last,
    needs: spec.needs,
    operandsNeed: spec.operandsNeed,
    optionsAnywhere: spec.optionsAnywhere ?? true,
    takesUnknown: spec.takesUnknown === true,
    filesOnly: spec.filesOnly === true,
    endings: spec.endings ?? [],
    readsFolder: spec.readsFolder === true,
    revisions: spec.revisions === true,
    grammar: spec.grammar,
    obeys: spec.obeys,
    hosts: spec.hosts ?? [],
    credentials: spec.credentials === true,
    destructive: spec.destructive === true,
    alsoWrites: spec.alsoWrites ?? [],
    hasSubcommands: spec.subcommands !== undefined,
    hasAlternatives: spec.alternatives !== undefined,
    subcommand(name) {
      const made = forms.get(name);
      const inner = made === undefined ? specs.get(name) : undefined;
      if (inner === undefined) return made;
      const form = formOf(inner);
      forms.set(name, form);
      return form;
    },
    alternatives: () => (others ??= (spec.alternatives ?? []).map(formOf)),
  };
}

/** The small languages stand in the first word, unless an option gave them. */
const script: Leading = { count: 1, kind: "text", unless: ["-e", "-f", "--expression", "--file", "--from-file"] };

function leadingOf({ first, grammar }: FormSpec): Leading | undefined {
  if (first !== undefined) return { count: first.count, kind: first.kind, unless: first.unless ?? [] };
  return grammar === undefined || grammar === "date" ? undefined : script;
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
