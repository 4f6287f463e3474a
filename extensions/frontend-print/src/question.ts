import { setTimeout as delay } from "node:timers/promises";
import type { Asker, Question, QuestionOption, Terminal } from "@claw/kernel";
import { Keyboard } from "./keyboard.ts";
import { spelledOut } from "./visible.ts";

/** How long input that was typed before the question may take to arrive and be thrown away. */
const typeAheadMs = 30;
const mostTries = 3;

type Answer = { readonly id: string } | { readonly text: string };

/** Asks on standard error and reads one line for each question; one question at a time. */
export function terminalAsker(terminal: Terminal, settle: () => Promise<void> = () => delay(typeAheadMs)): Asker {
  const keyboard = new Keyboard(terminal.input);
  let last: Promise<unknown> = Promise.resolve();
  return {
    ask(question, signal) {
      const answer = last.then(() => askOne(question, terminal, keyboard, settle, signal));
      last = answer.catch(() => undefined);
      return answer;
    },
  };
}

async function askOne(
  question: Question,
  terminal: Terminal,
  keyboard: Keyboard,
  settle: () => Promise<void>,
  signal: AbortSignal,
): Promise<Answer | undefined> {
  signal.throwIfAborted();
  // What was typed before the question could be seen is no answer to it.
  await keyboard.discard(settle);
  terminal.say(`\n${formOf(question)}\n`);
  for (let attempt = 0; attempt < mostTries; attempt += 1) {
    terminal.say(promptOf(question));
    const line = await keyboard.line(signal);
    if (line === undefined) return undefined;
    const answer = answerFrom(line, question);
    if (answer !== undefined) return answer;
    terminal.say(`  ${choices(question)}\n`);
  }
  return undefined;
}

/** What a person has to see to decide: all of the call, with nothing hidden. */
export function formOf({ text, call, toolDescription, options }: Question): string {
  const listed = options.map((option, index) => `  ${keysOf(option, index).join(" or ")}  ${spelledOut(option.label)}`);
  if (call === undefined) return [spelledOut(text), ...listed].join("\n");
  const input = Object.entries(call.input).map(([key, value]) => field(key, typeof value === "string" ? value : JSON.stringify(value)));
  const said = toolDescription === undefined ? [] : [field("its server says of it", toolDescription)];
  return ["Permission approval required", `  ${spelledOut(call.tool)}: ${spelledOut(text)}`, ...said, ...input, ...listed].join("\n");
}

function field(key: string, value: string): string {
  const lines = spelledOut(value).split("\n");
  return lines.length === 1 ? `  ${spelledOut(key)}: ${lines[0]}` : [`  ${spelledOut(key)}:`, ...lines.map((line) => `  │ ${line}`)].join("\n");
}

function promptOf({ call, freeText }: Question): string {
  if (call !== undefined) return "Approve this tool call? [y/N]: ";
  return freeText ? "Answer: " : "Choose: ";
}

const letters: Readonly<Record<NonNullable<QuestionOption["kind"]>, string>> = {
  "allow-once": "y",
  "allow-always": "a",
  "reject-once": "n",
  "reject-always": "r",
};

const keysOf = ({ kind }: QuestionOption, index: number): readonly string[] => [...(kind === undefined ? [] : [letters[kind]]), String(index + 1)];

const choices = ({ options }: Question): string => `answer with ${options.map((option, index) => keysOf(option, index)[0]).join(", ")}`;

/** What a line means; undefined when it means nothing. To a permission the empty line is a no. */
export function answerFrom(line: string, { options, freeText, call }: Question): Answer | undefined {
  const said = line.trim().toLowerCase();
  const words: Readonly<Record<string, string>> = { yes: "y", no: "n", always: "a" };
  const key = said === "" && call !== undefined ? "n" : (words[said] ?? said);
  const chosen = options.find((option, index) => keysOf(option, index).includes(key));
  if (chosen !== undefined) return { id: chosen.id };
  return freeText && said !== "" ? { text: line.trim() } : undefined;
}
