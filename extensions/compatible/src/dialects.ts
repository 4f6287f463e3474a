import type { Dialect } from "./dialects/dialect.ts";
import { functionTag } from "./dialects/function-tag.ts";
import { harmony } from "./dialects/harmony.ts";
import { hermes } from "./dialects/hermes.ts";
import { mistral } from "./dialects/mistral.ts";
import { pythonTag } from "./dialects/python-tag.ts";
import { deepseek, kimi } from "./dialects/sectioned.ts";

/** What calls are looked for in a text: all that are known, none, or one family's. */
export type DialectName = "auto" | "off" | "hermes" | "qwen" | "glm" | "llama" | "mistral" | "deepseek" | "kimi" | "harmony" | "json";

export interface Dialects {
  readonly marked: readonly Dialect[];
  /** Whether an answer that is nothing but JSON may be a call. */
  readonly wholeAnswer: boolean;
  /** Nobody said how the model prints its calls: only what can hardly be anything else is one. */
  readonly isGuess: boolean;
}

const families: Readonly<Record<Exclude<DialectName, "off">, Omit<Dialects, "isGuess">>> = {
  auto: { marked: [hermes, functionTag, pythonTag, mistral, deepseek, kimi, harmony], wholeAnswer: true },
  hermes: { marked: [hermes], wholeAnswer: false },
  qwen: { marked: [hermes, functionTag], wholeAnswer: false },
  glm: { marked: [hermes], wholeAnswer: false },
  llama: { marked: [pythonTag, functionTag], wholeAnswer: true },
  mistral: { marked: [mistral], wholeAnswer: true },
  deepseek: { marked: [deepseek], wholeAnswer: false },
  kimi: { marked: [kimi], wholeAnswer: false },
  harmony: { marked: [harmony], wholeAnswer: false },
  json: { marked: [], wholeAnswer: true },
};

/** The dialects of a name; undefined if there is nothing to look for. */
export const dialectsOf = (name: DialectName): Dialects | undefined => (name === "off" ? undefined : { ...families[name], isGuess: name === "auto" });
