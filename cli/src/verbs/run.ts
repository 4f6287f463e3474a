import { ClawError, type Terminal } from "@claw/kernel/host";
import yargs from "yargs";
import type { Boot } from "../boot.ts";
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
  const [verb = "help", ...topic] = words;
  if (verb === "help") {
    await terminal.write(helpText(booted, topic));
    return 0;
  }
  const parser = yargs([...words])
    .scriptName("claw")
    .help(false)
    .version(false)
    .exitProcess(false)
    .strict()
    .demandCommand(1, `claw ${verb} needs a word after it`)
    .fail((message, error) => {
      throw error ?? new ClawError("USAGE", `claw ${verb}: ${message}`, {}, { fix: `claw help ${verb}` });
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
      ext
        .command(
          "list",
          false,
          (one) => one.option("all", { type: "boolean" }),
          (given) => does(async () => (await import("../ext/list.ts")).list(call, given.all === true))(),
        )
        .command(
          "info <name>",
          false,
          (one) => one.positional("name", { type: "string", demandOption: true }),
          (given) => does(async () => (await import("../ext/info.ts")).info(given.name, call))(),
        )
        .demandCommand(1, "ext list, or ext info NAME"),
    );
  await parser.parseAsync();
  return code;
}
