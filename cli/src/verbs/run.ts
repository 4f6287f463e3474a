import { ClawError, type Terminal } from "@claw/kernel/host";
import yargs from "yargs";
import { parseArguments } from "../args.ts";
import type { Boot } from "../boot.ts";
import { authorVerbs, operatorVerbs } from "../ext/author-verbs.ts";
import { roomIn } from "../ext/result.ts";
import { usageError } from "../ext/usage-error.ts";
import { marketplaceVerbs, userVerbs } from "../ext/user-verbs.ts";
import { ownFlags } from "../flags.ts";
import { helpText } from "./help.ts";

export interface VerbCall {
  readonly booted: Boot;
  readonly terminal: Terminal;
  readonly json: boolean;
  readonly signal: AbortSignal;
}

/** Runs a verb of the command line itself; its exit code. Each verb's code is imported when it is called. */
export async function runVerb(words: readonly string[], booted: Boot, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const call: VerbCall = { booted, terminal, json: booted.args.flags.get("json")?.at(-1) === "true", signal };
  let code = 0;
  const does = (work: () => Promise<number>) => async (): Promise<void> => void (code = await work());
  const [verb = "help"] = words;
  const isOfExtensions = verb === "ext" || verb === "plugin";
  const asked = helpAsked(words);
  if (asked !== undefined) {
    await terminal.write(helpText(booted, asked, roomIn(terminal)));
    return 0;
  }
  const own = isOfExtensions ? ownWords(verb, booted) : [...words];
  const parser = yargs([...own])
    .scriptName("claw")
    .help(false)
    .version(false)
    .exitProcess(false)
    .strict()
    .demandCommand(1, `claw ${verb} needs a word after it`)
    .fail((message, error) => {
      // What yargs throws itself is a mistake of the command line too.
      if (error !== undefined && error.name !== "YError") throw error;
      throw isOfExtensions ? usageError(own, message) : new ClawError("USAGE", `claw ${verb}: ${message}`, {}, { fix: `claw help ${verb}` });
    })
    .command("config", false, (config) =>
      config
        .command(
          "explain <key>",
          false,
          (one) => one.positional("key", { type: "string", demandOption: true }),
          (given) => does(async () => (await import("./config.ts")).explain(given.key, call))(),
        )
        .command(
          "list",
          false,
          (one) => one,
          does(async () => (await import("./config.ts")).list(call)),
        )
        .demandCommand(1, "config explain KEY, or config list"),
    )
    .command(
      "doctor",
      false,
      (one) => one.option("held", { type: "boolean" }),
      (given) => does(async () => (await import("./doctor.ts")).doctor(call, given.held === true))(),
    )
    .command(
      "demo",
      false,
      (one) => one,
      does(async () => (await import("./demo.ts")).demo(call)),
    )
    .command(
      "trust",
      false,
      (one) => one.option("yes", { type: "boolean", alias: "y" }).option("remove", { type: "boolean" }).option("list", { type: "boolean" }),
      (given) =>
        does(async () => (await import("./trust.ts")).trust(call, { yes: given.yes === true, remove: given.remove === true, list: given.list === true }))(),
    )
    .command(["ext", "plugin"], false, (ext) =>
      authorVerbs(userVerbs(ext.option("yes", { type: "boolean", default: false, alias: "y" }), does, call), does, call)
        .command("marketplace", false, (marketplace) =>
          operatorVerbs(marketplaceVerbs(marketplace, does, call), does, call).demandCommand(1, "ext marketplace add URL, or ext marketplace list"),
        )
        .demandCommand(1, "ext add NAME, or ext list"),
    );
  await parser.parseAsync();
  return code;
}

/** What help is wanted on: `claw help TOPIC`, and `claw ext help VERB`. Undefined where something is to be done. */
function helpAsked(words: readonly string[]): readonly string[] | undefined {
  const [verb = "help", ...topic] = words;
  if (verb === "help") return topic;
  if (verb !== "ext" && verb !== "plugin") return undefined;
  const asked = topic[0] === "help" ? topic.slice(1) : topic[0] === "marketplace" && topic[1] === "help" ? ["marketplace", ...topic.slice(2)] : undefined;
  return asked === undefined ? undefined : [verb, ...asked];
}

/**
 * Words of a verb that installs, read with claw's own flags alone: an extension with a flag `--dry-run` must not take that away from it. Before the verb
 * flags of extensions count as everywhere.
 */
function ownWords(verb: string, { argv, flags }: Boot): readonly string[] {
  const isVerb = (at: number): boolean => argv[at] === verb && hasNoWord(argv.slice(0, at), flags);
  const at = argv.findIndex((_word, index) => isVerb(index));
  return [verb, ...parseArguments(argv.slice(at + 1), ownFlags).words];
}

function hasNoWord(argv: readonly string[], flags: Boot["flags"]): boolean {
  try {
    return parseArguments(argv, flags).positionals.length === 0;
  } catch {
    // The last word is a flag whose value comes next.
    return false;
  }
}
