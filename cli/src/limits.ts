import { ClawError, type Limits } from "@claw/kernel/host";
import { type Arguments, lastOf } from "./args.ts";
import type { Setting } from "./layers.ts";

/** Where nobody says otherwise, a turn ends after this many requests: a loop that has lost its way must not run all night. */
export const defaultSteps: Setting = { key: "limits.steps", value: 500, layer: "default", source: "claw" };

const flags: Readonly<Record<keyof Limits, string>> = { steps: "max-turns", seconds: "timeout", tokens: "max-tokens", usd: "max-budget-usd" };

const seconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** `90`, or a time with its unit, such as `60s` and `2m`; not a number where it is neither. */
export function secondsOf(text: string): number {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(text) ?? [undefined, text];
  return (number.trim() === "" ? Number.NaN : Number(number)) * (seconds[unit] ?? 1);
}

/** The limits of settings, with those of the command line over them. */
export function limitsOf(settings: Limits, args: Arguments): Limits {
  const given = Object.entries(flags).flatMap(([limit, flag]) => {
    const text = lastOf(args, flag);
    if (text === undefined) return [];
    const value = limit === "seconds" ? secondsOf(text) : Number(text);
    const whole = limit === "steps" || limit === "tokens";
    if (text.trim() === "" || !Number.isFinite(value) || value <= 0 || (whole && !Number.isSafeInteger(value))) {
      throw new ClawError("USAGE", `--${flag} takes a ${whole ? "whole " : ""}number above 0, not ${JSON.stringify(text)}`, {});
    }
    return [[limit, value] as const];
  });
  return { ...settings, ...Object.fromEntries(given) };
}
