import { type Arguments, isOn, lastOf, parseArguments } from "./args.ts";
import type { Boot } from "./boot.ts";
import { settingOfFlag } from "./flag-setting.ts";
import { ownFlags } from "./flags.ts";

/** How a run says that it failed. */
export interface Manner {
  /** With causes and stacks. */
  readonly debug: boolean;
  /** For people; as the one object of a command; or as the result of a prompt. */
  readonly form: "text" | "record" | "result";
}

const formatFlag = "output-format";

export const mannerOf = (booted: Boot): Manner => manner(booted.args, settingOfFlag(formatFlag, booted));

/** The same while nothing is known but the words. */
export function mannerOfWords(argv: readonly string[]): Manner {
  try {
    const args = parseArguments(argv, [...ownFlags, { name: formatFlag, takes: "value", description: "" }]);
    return manner(args, lastOf(args, formatFlag));
  } catch {
    return { debug: false, form: "text" };
  }
}

const manner = (args: Arguments, format: unknown): Manner => ({
  debug: isOn(args, "debug"),
  form: isOn(args, "json") ? "record" : format === "json" || format === "stream-json" ? "result" : "text",
});
