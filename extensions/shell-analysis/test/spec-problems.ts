import type { FormSpec, ProgramSpec } from "../src/spec.ts";

const classes = ["read-only", "workspace-write", "unknown", "outside-write", "network", "destructive"];
const kinds = ["text", "read", "parted", "list", "write", "folder", "host", "command"];
const grammars = ["awk", "date", "dd", "find", "jq", "sed", "tar", "test", "xargs"];

type Check = (value: unknown) => string | undefined;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> => typeof value === "object" && value !== null && !Array.isArray(value);
const one =
  (of: readonly string[]): Check =>
  (value) =>
    typeof value === "string" && of.includes(value) ? undefined : `is not one of ${of.join(", ")}`;
const text: Check = (value) => (typeof value === "string" && value !== "" ? undefined : "is not a text");
const claim: Check = (value) => (value === true || value === false ? undefined : "is not true or false");
const whole: Check = (value) => (Number.isInteger(value) && Number(value) >= 0 ? undefined : "is not a whole number");
const letters: Check = (value) =>
  typeof value === "string" && /^[^\s-]*$/.test(value) && new Set(value).size === value.length ? undefined : "is not a text of letters, each once";
const list =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && new Set(value).size === value.length
      ? value.map((each) => check(each)).find((problem) => problem !== undefined)
      : "is not a list without repetitions";
const record =
  (check: Check): Check =>
  (value) =>
    isObject(value)
      ? Object.values(value)
          .map(check)
          .find((problem) => problem !== undefined)
      : "is not an object";
const pattern: Check = (value) => {
  try {
    return typeof value === "string" && new RegExp(`^(?:${value})$`, "su") instanceof RegExp ? undefined : "is not a regular expression";
  } catch {
    return "is not a regular expression";
  }
};
const anything: Check = () => undefined;

const formFields: Readonly<Record<keyof FormSpec, Check>> = {
  class: one(classes),
  otherwise: one(classes.slice(1)),
  flags: letters,
  valued: letters,
  long: list((value) => (typeof value === "string" && /^[a-zA-Z0-9][\w.-]*[=:]?$/.test(value) ? undefined : "holds what is no name of a long option")),
  patterns: list(pattern),
  values: record(one(kinds)),
  raises: record(one(classes.slice(1))),
  operands: one(kinds),
  listsWith: list(text),
  responseFiles: claim,
  looseValues: claim,
  first: (value) =>
    isObject(value) && Object.keys(value).every((key) => ["count", "kind", "unless"].includes(key))
      ? (whole(value["count"]) ?? one(kinds)(value["kind"]))
      : "is not a count and a kind",
  last: one(kinds),
  mostOperands: whole,
  operandPattern: pattern,
  firstPattern: pattern,
  optionsAnywhere: claim,
  takesUnknown: claim,
  filesOnly: claim,
  endings: list(text),
  readsFolder: claim,
  revisions: claim,
  alternatives: anything,
  grammar: one(grammars),
  valuePatterns: record(pattern),
  needs: list(text),
  operandsNeed: list(text),
  subcommands: anything,
  obeys: one(["repository", "project"]),
  hosts: list(text),
  credentials: claim,
  destructive: claim,
  alsoWrites: list(text),
};
const programFields: Readonly<Record<Exclude<keyof ProgramSpec, keyof FormSpec>, Check>> = { program: text, aliases: list(text), source: text, note: text };

/** What is wrong with a specification, in sentences that say what to write instead; nothing if it is well. */
export function specProblems(spec: unknown): readonly string[] {
  if (!isObject(spec)) return ["a specification is an object"];
  const { program, aliases: _aliases, source: _source, note: _note, ...form } = spec;
  const name = typeof program === "string" && program !== "" ? program : "a specification";
  const missing = ["program", "source"].filter((field) => spec[field] === undefined).map((field) => `${name}: ${field} is missing`);
  const wrong = Object.entries(programFields).flatMap(([field, check]) => problemOf(name, field, spec[field], check));
  return [...missing, ...wrong, ...formProblems(form, name)];
}

const problemOf = (name: string, field: string, value: unknown, check: Check): readonly string[] => {
  const problem = value === undefined ? undefined : check(value);
  return problem === undefined ? [] : [`${name}: ${field} ${problem}`];
};

function formProblems(form: unknown, name: string): readonly string[] {
  if (!isObject(form)) return [`${name} is not an object`];
  const known: Readonly<Record<string, Check>> = formFields;
  const fields = Object.entries(form).flatMap(([field, value]) => {
    const check = Object.hasOwn(known, field) ? known[field] : undefined;
    return check === undefined ? [`${name}: ${field} is no field of a specification`] : problemOf(name, field, value, check);
  });
  if (fields.length > 0) return fields;
  const {
    flags = "",
    valued = "",
    long = [],
    patterns = [],
    values = {},
    raises = {},
    valuePatterns = {},
    needs = [],
    operandsNeed = [],
    listsWith = [],
    first,
    takesUnknown,
    class: its,
    ...rest
  } = form as FormSpec;
  const both = [...flags]
    .filter((letter) => valued.includes(letter))
    .map((letter) => `${name}: letter ${letter} stands in flags and in valued; an option either takes a value or not`);
  const listed = (option: string): boolean =>
    patterns.some((one_) => new RegExp(`^(?:${one_})$`, "su").test(option)) ||
    (option.startsWith("--")
      ? long.some((each) => each.replace(/[=:]$/, "") === option.slice(2))
      : option.length === 2 && `${flags}${valued}`.includes(option.charAt(1)));
  const named = {
    values: Object.keys(values),
    raises: Object.keys(raises),
    valuePatterns: Object.keys(valuePatterns),
    needs,
    operandsNeed,
    listsWith,
    unless: first?.unless ?? [],
  };
  const unlisted = Object.entries(named).flatMap(([field, options]) =>
    options.filter((option) => !listed(option)).map((option) => `${name}: ${field} names ${option}, which flags, valued, long and patterns do not list`),
  );
  const bold = takesUnknown === true && its !== "read-only" ? [`${name}: takesUnknown is only for what reads whatever it is told`] : [];
  const inner = [
    ...(rest.alternatives ?? []).flatMap((other, at) => formProblems(other, `${name} (alternative ${at + 1})`)),
    ...Object.entries(rest.subcommands ?? {}).flatMap(([subcommand, other]) => formProblems(other, `${name} ${subcommand}`)),
  ];
  return [...both, ...unlisted, ...bold, ...inner];
}
