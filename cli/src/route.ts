import { ClawError, nearest } from "@claw/kernel/host";
import { type Arguments, isOn, unknownFlag } from "./args.ts";
import type { Boot } from "./boot.ts";

/** What a command line asks for. */
export type Route =
  | { readonly type: "version" }
  /** A verb of the command line itself; `words` begins with it. */
  | { readonly type: "verb"; readonly words: readonly string[] }
  /** A command of an extension. */
  | { readonly type: "command"; readonly name: string; readonly words: readonly string[] }
  | { readonly type: "prompt"; readonly prompt?: string };

/** The verbs of the command line itself, with what help says of them. */
export const verbs: Readonly<Record<string, string>> = {
  config: "Explain a setting: config explain KEY",
  demo: "Play the recorded session on a fresh copy of the sample project",
  doctor: "Say what is planned, who owns what, what is held back and why",
  ext: "Add, update, remove and look at extensions: ext add NAME, ext list",
  help: "Say what there is",
  plugin: "The same as ext",
  trust: "Trust this folder's own settings, or look at what they would set",
};

/**
 * A single word is a verb or a command; anything else is a mistake, never a prompt that costs money. A prompt is given with
 * `-p`, or as one quoted text of several words, or after `--`, or on standard input.
 */
export function routeOf({ args, plan, flags }: Pick<Boot, "args" | "plan" | "flags">, piped: boolean): Route {
  const [first] = args.positionals;
  const given = args.flags.get("prompt");
  // What follows `--` is a prompt, except where a verb or a command hands it to a program.
  const isOfVerb = first === "ext" || first === "plugin" || plan.owners.has(`command:${first}`);
  const own = given !== undefined || first === undefined || isOn(args, "print") || (args.rest.length > 0 && !isOfVerb) ? undefined : first;
  if (isOn(args, "help")) return { type: "verb", words: ["help", ...args.positionals] };
  if (own !== undefined && !isOn(args, "version")) {
    if (Object.hasOwn(verbs, own)) return { type: "verb", words: wordsAfter(own, args) };
    if (plan.owners.has(`command:${own}`)) return { type: "command", name: own, words: wordsAfter(own, args).slice(1) };
  }
  // Verbs and commands read their own flags; nothing else has any. What looks like a second prompt may be the value of one.
  const [unknown] = args.unknown;
  if (unknown !== undefined) throw unknownFlag(unknown, flags);
  if (isOn(args, "version")) return { type: "version" };
  if (given !== undefined || args.rest.length > 0)
    return prompt([...args.positionals, ...(given ?? []), ...(args.rest.length > 0 ? [args.rest.join(" ")] : [])]);
  if (first === undefined) {
    const asked = piped || isOn(args, "print") || args.flags.has("resume") || args.flags.has("continue");
    return asked ? { type: "prompt" } : { type: "verb", words: ["help"] };
  }
  if (isOn(args, "print") || first === "-" || /\s/.test(first)) return prompt(args.positionals);
  throw noCommand(first, args.positionals, plan.owners);
}

function noCommand(word: string, positionals: readonly string[], owners: ReadonlyMap<string, string>): ClawError {
  const commands = [...owners.keys()].filter((name) => name.startsWith("command:")).map((name) => name.slice("command:".length));
  const near = nearest(word, [...Object.keys(verbs), ...commands])[0];
  const seek = /^[a-z][a-z0-9-]*$/.test(word) ? `, or claw ext search ${word} for an extension that brings it` : "";
  return new ClawError(
    "USAGE",
    `there is no command "${word}"${near === undefined ? "" : `; did you mean ${near}?`}`,
    {},
    { fix: near === undefined ? `claw -p ${JSON.stringify(positionals.join(" "))} to send it as a prompt${seek}` : `claw ${near}` },
  );
}

/** The verb first, then its words and flags in the order given. */
function wordsAfter(verb: string, { words, rest }: Arguments): readonly string[] {
  const at = words.indexOf(verb);
  return [verb, ...words.slice(0, at), ...words.slice(at + 1), ...(rest.length === 0 ? [] : ["--", ...rest])];
}

function prompt(words: readonly string[]): Route {
  const [only, ...more] = words;
  if (more.length > 0)
    throw new ClawError(
      "USAGE",
      `a prompt is one text, and there are ${words.length}: ${words.map((word) => JSON.stringify(word)).join(" ")}`,
      {},
      { fix: "put quotes around the whole prompt" },
    );
  if (only === undefined || only === "-") return { type: "prompt" };
  return { type: "prompt", prompt: only };
}
