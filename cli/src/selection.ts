import { type Arguments, isOn, lastOf, listOf } from "./args.ts";
import type { Environment } from "./paths.ts";

/** What decides which manifests there are, before any of their flags is known. */
export interface Selection {
  readonly profile: string | undefined;
  readonly with: readonly string[];
  readonly without: readonly string[];
  readonly dev: readonly string[];
  readonly safe: boolean;
  readonly settings: string | undefined;
  readonly cwd: string | undefined;
  /** The folder is trusted for this run. */
  readonly trustFolder: boolean;
}

export function selectionOf(args: Arguments, environment: Environment): Selection {
  const safe = isOn(args, "safe");
  return {
    safe,
    profile: safe ? "safe" : (lastOf(args, "profile") ?? environment["CLAW_PROFILE"]),
    with: listOf(args, "with"),
    without: listOf(args, "without"),
    // A folder may hold spaces and commas: each --dev names one.
    dev: args.flags.get("dev") ?? [],
    settings: lastOf(args, "settings"),
    cwd: lastOf(args, "cwd"),
    trustFolder: isOn(args, "trust-folder"),
  };
}

export const sameSelection = (a: Selection, b: Selection): boolean => JSON.stringify(a) === JSON.stringify(b);
