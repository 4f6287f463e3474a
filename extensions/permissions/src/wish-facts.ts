import type { ShellReport } from "@claw/kernel";
import { furtherHosts, noReach } from "./reach.ts";
import type { Scenery } from "./scenery.ts";
import type { ShellFacts } from "./shell-facts.ts";
import { ruleOfCommand } from "./suggestion.ts";
import { wishText } from "./wishes.ts";

/** What a model asks for is asked about, whatever else is allowed: its word widens nothing. */
export function wishFacts({ base, at, wall, reading: { wishes } }: Scenery, report: ShellReport): ShellFacts {
  const isWithinReach = wishes.paths.length + wishes.unclear.length === 0 && !wishes.outside && furtherHosts(wishes.hosts, wall).length === 0;
  const leads = wishes.paths.map(at).flatMap(({ path, real }) => (path === real ? [] : [`${path} leads to ${real}`]));
  return {
    ...base(ruleOfCommand(report.text.trim())),
    command: undefined,
    reach: noReach,
    inside: true,
    proven: isWithinReach,
    containable: false,
    destructive: false,
    caution: isWithinReach ? undefined : `the model asks for more than the sandbox allows: ${[wishText(wishes), ...leads].join("; ")}`,
  };
}
