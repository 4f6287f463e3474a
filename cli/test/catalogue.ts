import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isForPlatform, type Manifest } from "@claw/kernel/host";
import { type Arguments, parseArguments } from "../src/args.ts";
import { extensionFlags } from "../src/extension-flags.ts";
import { type FlagSpec, ownFlags } from "../src/flags.ts";

const extensions = join(import.meta.dirname, "../../extensions");

/** The manifests of every extension of this repository. */
export const manifests: readonly Manifest[] = readdirSync(extensions).flatMap((name) => {
  try {
    return [JSON.parse(readFileSync(join(extensions, name, "extension.json"), "utf8")) as Manifest];
  } catch {
    return [];
  }
});

/** Every flag there is: the command line's own and those of all extensions. */
export const flags: readonly FlagSpec[] = [...ownFlags, ...extensionFlags(manifests.filter((manifest) => isForPlatform(manifest, process.platform)))];

/** What a command line says, as plain data. */
export const said = ({ flags: given, positionals, words, rest, unknown }: Arguments): object => ({
  flags: Object.fromEntries(given),
  positionals,
  words,
  rest,
  unknown,
});

export const parse = (...argv: readonly string[]): Arguments => parseArguments(argv, flags);
