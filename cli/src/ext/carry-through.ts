import type { CarryOutOptions, InstallPlan } from "@claw/marketplace";
import type { VerbCall } from "../verbs/run.ts";
import { type AgreementOptions, agreedTo } from "./agreement.ts";
import { declined } from "./ask.ts";
import type { Client } from "./client.ts";
import { planRecord, planText } from "./plan-text.ts";
import { relock } from "./project-lock-file.ts";
import { emit, oneLine, roomIn } from "./result.ts";

export interface CarryThroughOptions extends AgreementOptions, Pick<CarryOutOptions, "inspect" | "removals"> {
  readonly dryRun: boolean;
  /** What was installed is for the project alone, and goes into its lock. */
  readonly project?: boolean;
  /** Makes what was installed part of the settings. */
  readonly enable?: () => Promise<void>;
}

/** Shows a plan, asks for what is not decided yet, and carries it out; the exit code. */
export async function carryThrough(plan: InstallPlan, options: CarryThroughOptions, client: Client, call: VerbCall): Promise<number> {
  const { library, context, hooks, progress, patient } = client;
  const { terminal, json, booted, signal } = call;
  const { dryRun, enable, project = false, removals = [], inspect } = options;
  const unchanged = plan.unchanged.map((name) => ({ name, state: "unchanged" }));
  const removed = removals.map(({ name, version }) => ({ name, version, state: dryRun ? "to be removed" : "removed" }));
  progress.stop();
  if (dryRun) {
    if (json) await emit(call, [...plan.packages.map((planned) => ({ ...planRecord(planned), state: "planned" })), ...removed, ...unchanged], () => "");
    else await terminal.write([planText(plan, roomIn(terminal)), ...removed.map(removedText), ...unchanged.map(unchangedText)].join(""));
    return 0;
  }
  if (!json) terminal.say(planText(plan, terminal.interactive ? terminal.columns : Number.POSITIVE_INFINITY));
  const by = await agreedTo(plan, options, client, terminal, signal);
  if (by === undefined) return declined(terminal);
  const settled = async (): Promise<void> => {
    await enable?.();
    if (project) await relock(client, call);
  };
  const { prefer } = booted.merged.choice;
  const { warnings } = await patient((one) =>
    library.carryOut(plan, { context, hooks, by, prefer, enable: settled, removals, ...(inspect === undefined ? {} : { inspect }) }, one),
  );
  // Nothing was installed, so nothing has told the settings either.
  if (plan.packages.length + removals.length === 0) await settled();
  progress.stop();
  const records = plan.packages.map((planned) => ({ ...planRecord(planned), state: "installed" }));
  await emit(
    call,
    records,
    ({ name, version, action, from }) => `${name} ${version} ${pastOf[action] ?? action}${from === undefined ? "" : ` (was ${from})`}\n`,
  );
  await emit(call, removed, removedText);
  await emit(call, unchanged, unchangedText);
  for (const warning of warnings) terminal.say(`warning: ${oneLine(warning)}\n`);
  return 0;
}

const unchangedText = ({ name }: { readonly name: string }): string => `${name} is there already\n`;
const removedText = ({ name, version, state }: { readonly name: string; readonly version: string; readonly state: string }): string =>
  `${name} ${version} ${state}\n`;

const pastOf: Readonly<Record<string, string>> = { add: "added", update: "updated", rollback: "rolled back", remove: "removed" };
