import { parseArgs } from "node:util";
import { ClawError, type CommandCall, type Host, type ModelProvider, type SlotView } from "@claw/kernel";
import { closest } from "./suggestions.ts";
import { addCommand, firstParty } from "./first-party.ts";
import type { RouterConfig } from "./models.ts";

/** What the commands of this extension work with. */
export interface CommandParts {
  readonly config: RouterConfig;
  readonly providers: SlotView<ModelProvider>;
  readonly host: Pick<Host, "folders" | "now" | "version">;
}

export interface Parsed {
  readonly call: CommandCall;
  readonly words: readonly string[];
  readonly flags: { readonly [name: string]: string | boolean | undefined };
}

/** The words and flags of a command of one's own; a flag that it does not have is a USAGE error. */
export function parsed(asked: CommandCall, command: string, flags: Readonly<Record<string, "string" | "boolean">>, usage: string): Parsed {
  const options = Object.fromEntries(Object.entries({ ...flags, json: "boolean" as const }).map(([name, type]) => [name, { type }]));
  try {
    const { positionals, values } = parseArgs({ args: [...asked.argv], allowPositionals: true, options });
    return { call: values["json"] === true ? { ...asked, json: true } : asked, words: positionals, flags: values as Parsed["flags"] };
  } catch (error) {
    throw usageError(`${command}: ${(error as Error).message.split(". ", 1)[0]}`, usage);
  }
}

export const usageError = (message: string, usage: string): ClawError<"USAGE"> => new ClawError("USAGE", message, { hint: usage });

/** What goes on beside the result: a line on standard error for people, a record of type `warning` for programs where it matters. */
export interface Voice {
  note(text: string): void;
  warn(text: string, about?: object): void;
}

export const voiceOf = (call: CommandCall): Voice => ({
  note: (text) => call.show({ type: "status", level: "info", text }),
  warn(text, about = {}) {
    if (call.json) call.emit({ type: "warning", message: text, ...about });
    else call.show({ type: "status", level: "warning", text });
  },
});

/** An error as a part of a longer report. */
export function told(error: unknown): { readonly code: string; readonly message: string; readonly fix?: string } {
  if (!ClawError.is(error)) return { code: "EXTENSION_FAILED", message: error instanceof Error ? error.message : String(error) };
  return { code: error.code, message: error.message, ...(error.fix === undefined ? {} : { fix: error.fix }) };
}

/** Throws MODEL_UNKNOWN, with the command that adds it where it is one of claw's own, unless a provider of this name is installed. */
export function requireProvider(name: string, installed: readonly string[]): void {
  if (installed.includes(name)) return;
  const own = firstParty.find(({ provider }) => provider === name);
  const [near] = closest(name, installed);
  throw new ClawError(
    "MODEL_UNKNOWN",
    `no provider "${name}" is installed${near === undefined ? "" : `; did you mean ${near}?`}`,
    { model: name, suggestions: near === undefined ? [] : [near] },
    { fix: own === undefined ? "claw provider list --all" : addCommand(own) },
  );
}
