import { ClawError, nearest } from "@claw/kernel/host";
import { listOf } from "./args.ts";
import type { Boot } from "./boot.ts";

/** The tools that are offered to the model, by name or alias; all where nobody says. One of the command line that no extension of this run has is a mistake. */
export function offeredTools({ args, merged, plan }: Pick<Boot, "args" | "merged" | "plan">): readonly string[] | undefined {
  if (!args.flags.has("tools")) return merged.tools;
  const asked = listOf(args, "tools");
  const known = [...plan.owners.keys()].flatMap((name) => (name.startsWith("tool:") ? [name.slice("tool:".length)] : []));
  const isKnown = (name: string): boolean => known.some((one) => (one.endsWith("*") ? name.startsWith(one.slice(0, -1)) : one === name.toLowerCase()));
  const unknown = asked.find((name) => !isKnown(name));
  if (unknown === undefined) return asked;
  const near = nearest(unknown, known)[0];
  throw new ClawError(
    "USAGE",
    `--tools: there is no tool "${unknown}"${near === undefined ? "" : `; did you mean ${near}?`}`,
    {},
    { fix: "claw doctor lists the tools of this run" },
  );
}
