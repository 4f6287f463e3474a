import type { ShellDoubt, ShellSpan } from "@claw/kernel";
import { type Field, knownField, mayBeOption, openField } from "./field.ts";
import type { Form } from "./form.ts";

export interface Option {
  /** `-o`, `--output`, or the whole word where a pattern took it. */
  readonly name: string;
  readonly value: Field | undefined;
  readonly word: Field;
}

/** The words of a program, told apart. */
export interface Arguments {
  readonly options: readonly Option[];
  readonly operands: readonly Field[];
  /** The words that the form does not name. */
  readonly doubts: readonly ShellDoubt[];
  /** Whether words that are known only once it runs may have changed what the others are. */
  readonly loose: boolean;
  /** The sub-command and what is behind it. */
  readonly rest: { readonly form: Form; readonly name: string; readonly fields: readonly Field[] } | undefined;
}

interface Reading extends Arguments {
  readonly form: Form;
  readonly fields: readonly Field[];
  readonly options: Option[];
  readonly operands: Field[];
  readonly doubts: ShellDoubt[];
  loose: boolean;
  rest: Arguments["rest"];
  /** The next field to be read. */
  at: number;
}

export function readArguments(form: Form, fields: readonly Field[]): Arguments {
  const reading: Reading = { form, fields, options: [], operands: [], doubts: [], loose: false, rest: undefined, at: 0 };
  const { hasSubcommands, optionsAnywhere } = form;
  if (form.responseFiles) refuseResponseFiles(reading);
  let isOver = false;
  while (reading.at < fields.length) {
    const field = fields[reading.at] as Field;
    reading.at += 1;
    if (!isOver && !hasSubcommands && field.value === "--") isOver = true;
    else if (!isOver && isOption(field, reading)) readOption(field, reading);
    else {
      const inner = !hasSubcommands || field.value === undefined || reading.operands.length > 0 ? undefined : form.subcommand(field.value);
      if (inner !== undefined) {
        reading.rest = { form: inner, name: field.value ?? "", fields: fields.slice(reading.at) };
        return reading;
      }
      reading.operands.push(field);
      isOver ||= !optionsAnywhere;
    }
  }
  return reading;
}

/** They are put in before options are told from their values. */
function refuseResponseFiles(reading: Reading): void {
  for (const field of reading.fields) {
    const { value, start, rest, count } = field;
    const may =
      value === undefined ? start.startsWith("@") || count === "any" || (start === "" && rest !== "word" && rest !== "number") : start.startsWith("@");
    if (may) refuse(field, `${shown(field.text)} may stand for the words in a file`, reading);
  }
}

const isOption = (field: Field, { form }: Reading): boolean => mayBeOption(field) && (field.value !== "-" || isPatterned("-", form));

const isPatterned = (word: string, { patterns }: Form): boolean => patterns.some((pattern) => pattern.test(word));

function readOption(field: Field, reading: Reading): void {
  const { form, options } = reading;
  const { value: word, start } = field;
  const isLong = start.startsWith("--");
  if (word !== undefined && isPatterned(word, form)) options.push({ name: word, value: undefined, word: field });
  else if (isLong && (word !== undefined || start.includes("="))) readLong(field, reading);
  else if (!isLong && start.length > 1 && start.startsWith("-")) readCluster(field, reading);
  else if (form.takesUnknown) {
    reading.loose = true;
    reading.operands.push(field);
  } else {
    refuse(field, `${shown(field.text)} may turn out to be an option`, reading);
    reading.operands.push(field);
  }
}

function readLong(field: Field, reading: Reading): void {
  const { start, value: word } = field;
  const cut = start.indexOf("=");
  const name = cut === -1 ? start.slice(2) : start.slice(2, cut);
  const known = reading.form.long.get(name);
  const option = `--${name}`;
  if (cut !== -1) {
    const text = start.slice(cut + 1);
    const value = word === undefined ? openField(text, "one", field) : knownField(text, field);
    if (known?.attached !== true) refuse(field, unlisted(option), reading);
    take({ name: option, value, word: field }, reading);
  } else if (known?.next === true && !known.bare) take({ name: option, value: next(option, field, reading), word: field }, reading);
  else {
    if (known?.bare !== true) refuse(field, unlisted(option), reading);
    take({ name: option, value: undefined, word: field }, reading);
  }
}

/** Reads `-abc`, in which the first letter that takes a value takes the rest, or the next word. */
function readCluster(field: Field, reading: Reading): void {
  const { form } = reading;
  const { start, value: word } = field;
  const seen = new Set<string>();
  for (let at = 1; at < start.length; at += 1) {
    const letter = start.charAt(at);
    // A letter says no more the second time, and no specification has one that is not ASCII: a long word costs no more than a short one.
    const kind = letter < "\u0080" ? letter : "\u0080";
    if (seen.has(kind)) continue;
    seen.add(kind);
    const name = `-${letter}`;
    if (form.valued.includes(letter)) {
      const attached = start.slice(at + 1);
      const isLast = at + 1 === start.length && word !== undefined;
      take(
        {
          name,
          value: isLast ? next(name, field, reading) : word === undefined ? openField(attached, "one", field) : knownField(attached, field),
          word: field,
        },
        reading,
      );
      return;
    }
    if (!form.flags.includes(letter) && !(word === undefined && form.takesUnknown))
      refuse(field, unlisted(start.length === 2 ? name : `${name} in ${shown(field.text)}`), reading);
    take({ name, value: undefined, word: field }, reading);
  }
  if (word !== undefined) return;
  if (!form.takesUnknown) refuse(field, `which options ${shown(field.text)} holds is known only once it runs`, reading);
  reading.loose = true;
  reading.operands.push(field);
}

/** The value of an option that is the next word. */
function next(name: string, option: Field, reading: Reading): Field | undefined {
  const { fields, form } = reading;
  const value = fields[reading.at];
  reading.at += 1;
  if (value === undefined) refuse(option, `${shown(option.text)} has no value`, reading);
  else if (value.count !== "one") {
    if (!form.takesUnknown) refuse(value, `${shown(value.text)} may become several words`, reading);
    reading.loose = true;
    reading.operands.push(value);
  }
  const isLoose = value !== undefined && form.looseValues && form.leading?.unless.includes(name) !== true;
  if (isLoose && mayBeOption(value) && !/^-\d*$/.test(value.value ?? "-x")) refuse(value, `${shown(value.text)} may be taken for an option`, reading);
  return value;
}

function take(option: Option, reading: Reading): void {
  const { name, value, word } = option;
  reading.options.push(option);
  const pattern = reading.form.valuePatterns.get(name);
  if (pattern === undefined) return;
  if (value?.value === undefined ? value !== undefined : !pattern.test(value.value)) refuse(word, `the value of ${name} is not one that only reads`, reading);
}

const unlisted = (option: string): string => `option ${option} is not known to be harmless`;

const refuse = ({ pos, end }: ShellSpan, why: string, reading: Reading): void => void reading.doubts.push({ why, pos, end });

/** Words are quoted in reasons, cut where they are long. */
export const shown = (text: string): string => (text.length > 60 ? `${text.slice(0, 57)}…` : text);
