import type { Argv } from "yargs";
import type { VerbCall } from "../verbs/run.ts";

/** Wraps a verb's work, so that its number is the exit code. */
export type Does = (work: () => Promise<number>) => () => Promise<void>;

const flag = { type: "boolean", default: false } as const;
const text = { type: "string", requiresArg: true } as const;
/** May repeat; each takes exactly the next word. */
const texts = { type: "string", array: true, nargs: 1, default: [] as string[] } as const;
const yes = { ...flag, alias: "y" } as const;

/** `claw ext …` for whoever uses extensions. Each verb's code is imported when it is called. */
export const userVerbs = (ext: Argv, does: Does, call: VerbCall): Argv =>
  withLegacyInstall(withUpkeep(withSettings(withPackages(ext, does, call), does, call), does, call), does, call);

/** `claw ext marketplace …` for whoever adds extensions. */
export const marketplaceVerbs = (marketplace: Argv, does: Does, call: VerbCall): Argv =>
  marketplace
    .command(
      "add <url>",
      false,
      (one) =>
        one
          .positional("url", { type: "string", demandOption: true })
          .options({ root: text, scope: texts, "allow-unsigned": flag, insecure: flag, "publisher-key": texts, credential: text, yes, "dry-run": flag }),
      (given) => does(async () => (await import("./marketplace/add.ts")).add(call, given))(),
    )
    .command(
      "list",
      false,
      (one) => one,
      does(async () => (await import("./marketplace/list.ts")).list(call)),
    )
    .command(
      "remove <id>",
      false,
      (one) => one.positional("id", { type: "string", demandOption: true }).options({ "dry-run": flag }),
      (given) => does(async () => (await import("./marketplace/remove.ts")).remove(call, given))(),
    )
    .command(
      "refresh [id]",
      false,
      (one) => one.positional("id", { type: "string" }).options({ quiet: flag }),
      (given) => does(async () => (await import("./marketplace/refresh.ts")).refresh(call, given))(),
    );

/** Where packages come and go. */
const withPackages = (ext: Argv, does: Does, call: VerbCall): Argv =>
  ext
    .command(
      "add [names..]",
      false,
      (one) =>
        one
          .positional("names", { type: "string", array: true, default: [] as string[] })
          .options({ from: text, root: texts, project: flag, enable: { type: "boolean", default: true }, yes, trust: texts, fresh: flag })
          .options({ "allow-downgrade": flag, "allow-unsigned": flag, insecure: flag, "dry-run": flag }),
      (given) => does(async () => (await import("./add.ts")).add(call, given))(),
    )
    .command(
      ["remove <names..>", "uninstall"],
      false,
      (one) =>
        one.positional("names", { type: "string", array: true, demandOption: true }).options({ purge: flag, prune: flag, project: flag, "dry-run": flag }),
      (given) => does(async () => (await import("./remove.ts")).remove(call, given))(),
    )
    .command(
      "update [names..]",
      false,
      (one) =>
        one
          .positional("names", { type: "string", array: true, default: [] as string[] })
          .options({ patch: flag, yes, trust: texts, project: flag, "allow-unsigned": flag, insecure: flag, "dry-run": flag }),
      (given) => does(async () => (await import("./update.ts")).update(call, given))(),
    )
    .command(
      "rollback <name>",
      false,
      (one) => one.positional("name", { type: "string", demandOption: true }).options({ "dry-run": flag }),
      (given) => does(async () => (await import("./rollback.ts")).rollback(call, given))(),
    )
    .command(
      "search [words..]",
      false,
      (one) => one.positional("words", { type: "string", array: true, default: [] as string[] }),
      (given) => does(async () => (await import("./search.ts")).search(call, given))(),
    )
    .command(
      "list",
      false,
      (one) => one.options({ all: flag, updates: flag }),
      (given) => does(async () => (await import("./list.ts")).list(call, given))(),
    )
    .command(
      ["info <name>", "details"],
      false,
      (one) => one.positional("name", { type: "string", demandOption: true }),
      (given) => does(async () => (await import("./info.ts")).info(given.name, call))(),
    );

/** What the person allows and chooses. */
const withSettings = (ext: Argv, does: Does, call: VerbCall): Argv =>
  ext
    .command(
      "enable <names..>",
      false,
      (one) => one.positional("names", { type: "string", array: true, demandOption: true }).options({ "dry-run": flag }),
      (given) => does(async () => (await import("./enable.ts")).enable(call, given))(),
    )
    .command(
      "disable <names..>",
      false,
      (one) => one.positional("names", { type: "string", array: true, demandOption: true }).options({ "dry-run": flag }),
      (given) => does(async () => (await import("./enable.ts")).disable(call, given))(),
    )
    .command(
      "trust [whom]",
      false,
      (one) => one.positional("whom", { type: "string" }).options({ remove: flag, list: flag, yes, "dry-run": flag }),
      (given) => does(async () => (await import("./trust.ts")).trust(call, given))(),
    )
    .command(
      "grant <name>",
      false,
      (one) => one.positional("name", { type: "string", demandOption: true }).options({ optional: flag, yes, "dry-run": flag }),
      (given) => does(async () => (await import("./grant.ts")).grant(call, given))(),
    )
    .command(
      "ungrant <name>",
      false,
      (one) => one.positional("name", { type: "string", demandOption: true }).options({ "dry-run": flag }),
      (given) => does(async () => (await import("./grant.ts")).ungrant(call, given))(),
    );

/** Looking after what is installed. */
const withUpkeep = (ext: Argv, does: Does, call: VerbCall): Argv =>
  ext
    .command(
      "verify [name]",
      false,
      (one) => one.positional("name", { type: "string" }),
      (given) => does(async () => (await import("./verify.ts")).verify(call, given))(),
    )
    .command(
      "repair <name>",
      false,
      (one) => one.positional("name", { type: "string", demandOption: true }).options({ from: text, insecure: flag, "dry-run": flag }),
      (given) => does(async () => (await import("./repair.ts")).repair(call, given))(),
    )
    .command(
      "audit",
      false,
      (one) => one,
      does(async () => (await import("./audit.ts")).audit(call)),
    )
    .command(
      "why <name>",
      false,
      (one) => one.positional("name", { type: "string", demandOption: true }),
      (given) => does(async () => (await import("./why.ts")).why(call, given))(),
    )
    .command(
      "lock",
      false,
      (one) => one.options({ "dry-run": flag }),
      (given) => does(async () => (await import("./lock.ts")).lock(call, given))(),
    )
    .command(
      "ci",
      false,
      (one) => one.options({ yes, trust: texts, "allow-unsigned": flag, insecure: flag, "dry-run": flag }),
      (given) => does(async () => (await import("./ci.ts")).ci(call, given))(),
    )
    .command(
      "gc",
      false,
      (one) => one.options({ "dry-run": flag }),
      (given) => does(async () => (await import("./gc.ts")).gc(call, given))(),
    )
    .command(
      "mirror <url> <folder>",
      false,
      (one) =>
        one
          .positional("url", { type: "string", demandOption: true })
          .positional("folder", { type: "string", demandOption: true })
          .options({ only: texts, insecure: flag, "dry-run": flag }),
      (given) => does(async () => (await import("./mirror.ts")).mirror(call, given))(),
    )
    .command(
      "bundle",
      false,
      (one) => one.options({ output: { ...text, alias: "o", demandOption: true }, project: flag, insecure: flag, "dry-run": flag }),
      (given) => does(async () => (await import("./bundle.ts")).bundle(call, given))(),
    );

/** As the system before claw spelled it. */
const withLegacyInstall = (ext: Argv, does: Does, call: VerbCall): Argv =>
  ext.command(
    "install <names..>",
    false,
    (one) =>
      one
        .positional("names", { type: "string", array: true, demandOption: true })
        .options({ marketplace: text, "require-signed": flag, "insecure-marketplace": flag, dest: text })
        .options({ project: flag, enable: { type: "boolean", default: true }, yes, trust: texts, "allow-unsigned": flag, "dry-run": flag }),
    (given) => does(async () => (await import("./legacy-install.ts")).legacyInstall(call, given))(),
  );
