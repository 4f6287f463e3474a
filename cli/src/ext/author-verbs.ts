import { ClawError } from "@claw/kernel/host";
import type { Argv } from "yargs";
import type { VerbCall } from "../verbs/run.ts";
import type { Does } from "./user-verbs.ts";

/** What somebody counts is 1 at least; anything else is a slip of the hand. */
function wholeNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new ClawError("USAGE", `${JSON.stringify(text)} is no whole number above 0`, {}, { fix: "write it in digits" });
}

const flag = { type: "boolean", default: false } as const;
const on = { type: "boolean", default: true } as const;
const text = { type: "string", requiresArg: true } as const;
const number = { type: "string", requiresArg: true, coerce: wholeNumber } as const;
/** May repeat; each takes exactly the next word. */
const texts = { type: "string", array: true, nargs: 1, default: [] as string[] } as const;
const required = { type: "string", demandOption: true } as const;
const sigstore = { "identity-token": text, "fulcio-url": text, "rekor-url": text, "tsa-url": text } as const;
const signs = { key: text, keyless: flag, log: flag, ...sigstore } as const;
const signsIndex = { "index-key": texts, "index-keyless": flag, days: number, push: flag, "dry-run": flag } as const;
const changes = { to: { ...text, demandOption: true }, ...signsIndex, ...sigstore } as const;

/** `claw ext …` for whoever writes extensions. Each verb's code is imported when it is called. */
export const authorVerbs = (ext: Argv, does: Does, call: VerbCall): Argv => withChanges(withPublishing(withWriting(ext, does, call), does, call), does, call);

const withWriting = (ext: Argv, does: Does, call: VerbCall): Argv =>
  ext
    .command(
      "new <name>",
      false,
      (one) => one.positional("name", required).options({ folder: text, template: { ...text, default: "tool" }, workflow: flag, "dry-run": flag }),
      (given) => does(async () => (await import("./new.ts")).newExtension(call, given))(),
    )
    .command(
      "types [folder]",
      false,
      (one) => one.positional("folder", { type: "string" }).options({ watch: flag, "dry-run": flag }),
      (given) => does(async () => (await import("./author-types.ts")).types(call, given))(),
    )
    .command(
      ["check [folder]", "validate"],
      false,
      (one) => one.positional("folder", { type: "string" }).options({ build: on, warnings: flag }),
      (given) => does(async () => (await import("./check.ts")).check(call, given))(),
    )
    .command(
      "test [folder] [filters..]",
      false,
      (one) => one.positional("folder", { type: "string" }).positional("filters", { type: "string", array: true, default: [] as string[] }),
      (given) => does(async () => (await import("./test.ts")).test(call, given))(),
    );

const withPublishing = (ext: Argv, does: Does, call: VerbCall): Argv =>
  ext
    .command(
      "pack [folder]",
      false,
      (one) => one.positional("folder", { type: "string" }).options({ out: text, build: on, "dry-run": flag }),
      (given) => does(async () => (await import("./pack.ts")).pack(call, given))(),
    )
    .command(
      "sign [file]",
      false,
      (one) => one.positional("file", { type: "string" }).options({ ...signs, "new-key": text, wrap: text, attest: flag, "dry-run": flag }),
      (given) => does(async () => (await import("./sign.ts")).sign(call, given))(),
    )
    .command(
      "publish [folders..]",
      false,
      (one) =>
        one
          .positional("folders", { type: "string", array: true, default: [] as string[] })
          .options({ ...signs, ...signsIndex, to: { ...text, demandOption: true }, build: on, attest: flag }),
      (given) => does(async () => (await import("./publish.ts")).publish(call, given))(),
    );

const withChanges = (ext: Argv, does: Does, call: VerbCall): Argv =>
  ext
    .command(
      "yank <version>",
      false,
      (one) => one.positional("version", required).options({ ...changes, reason: text, undo: flag }),
      (given) => does(async () => (await import("./yank.ts")).yank(call, given))(),
    )
    .command(
      "revoke <what>",
      false,
      (one) => one.positional("what", required).options({ ...changes, severity: { ...text, demandOption: true }, reason: { ...text, demandOption: true } }),
      (given) => does(async () => (await import("./revoke.ts")).revoke(call, given))(),
    )
    .command(
      "deprecate <name>",
      false,
      (one) => one.positional("name", required).options({ ...changes, reason: text, undo: flag }),
      (given) => does(async () => (await import("./deprecate.ts")).deprecate(call, given))(),
    );

const rotates = { "root-key": texts, "new-key": texts, threshold: number, "root-days": number, "dry-run": flag } as const;

/** `claw ext marketplace …` for whoever runs one. */
export const operatorVerbs = (marketplace: Argv, does: Does, call: VerbCall): Argv =>
  marketplace
    .command(
      "init <folder>",
      false,
      (one) =>
        one
          .positional("folder", required)
          .options({ id: { ...text, demandOption: true }, keys: text, "root-key": texts, "index-key": texts, "root-keys": number })
          .options({ "root-threshold": number, "index-threshold": number, "root-days": number, "max-index-days": number })
          .options({ "trusted-root": text, mirror: texts, publisher: texts, "dry-run": flag }),
      (given) => does(async () => (await import("./marketplace/init.ts")).init(call, given))(),
    )
    .command(
      "index <folder>",
      false,
      (one) =>
        one
          .positional("folder", required)
          .options({ ...signsIndex, ...sigstore, publisher: texts, "remove-publisher": texts, tlog: flag })
          .options({ alias: texts, "remove-name": texts, reason: text, incoming: on }),
      (given) => does(async () => (await import("./marketplace/sign-index.ts")).signIndex(call, given))(),
    )
    .command(
      "rotate-index <folder>",
      false,
      (one) => one.positional("folder", required).options(rotates),
      (given) => does(async () => (await import("./marketplace/rotate.ts")).rotateIndex(call, given))(),
    )
    .command(
      "rotate-root <folder>",
      false,
      (one) => one.positional("folder", required).options(rotates),
      (given) => does(async () => (await import("./marketplace/rotate.ts")).rotateRoot(call, given))(),
    )
    .command(
      "verify <folder>",
      false,
      (one) => one.positional("folder", required),
      (given) => does(async () => (await import("./marketplace/verify.ts")).verify(call, given))(),
    )
    .command(
      "site <folder>",
      false,
      (one) => one.positional("folder", required).options({ out: text, base: text, "dry-run": flag }),
      (given) => does(async () => (await import("./marketplace/site.ts")).site(call, given))(),
    );
