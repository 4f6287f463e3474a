import { ClawError } from "@claw/kernel/host";
import type { InstallPlan, PlanOptions } from "@claw/marketplace";
import type { VerbCall } from "../verbs/run.ts";
import { type CarryThroughOptions, carryThrough } from "./carry-through.ts";
import { withClient } from "./client.ts";
import { addToSettings } from "./enable.ts";
import { openSource } from "./source.ts";

/** What installing verbs have in common. */
export interface InstallOptions {
  readonly project: boolean;
  readonly enable: boolean;
  readonly yes: boolean;
  readonly trust: readonly string[];
  readonly dryRun: boolean;
}

export interface AddOptions extends InstallOptions {
  readonly names: readonly string[];
  readonly from: string | undefined;
  readonly fresh: boolean;
  readonly allowDowngrade: boolean;
  readonly allowUnsigned: boolean;
  readonly insecure: boolean;
}

/** `claw ext add NAME…`: finds it, shows what it asks for, asks, and installs it. */
export const add = (call: VerbCall, options: AddOptions): Promise<number> =>
  withClient(call, { insecure: options.insecure }, async (client) => {
    const { from, names, fresh, allowDowngrade, allowUnsigned, project } = options;
    const { library, context, patient } = client;
    await using source = await patient((signal) => openSource(from, client, call, signal));
    const wanted = names.length > 0 ? names : source.all;
    if (wanted.length === 0) throw new ClawError("USAGE", "claw ext add needs the name of an extension", {}, { fix: "claw ext search WORDS finds one" });
    const how: PlanOptions = { fresh, allowDowngrade, allowUnsigned, ...scopeOf(call, project), ...(source.from === undefined ? {} : { from: source.from }) };
    const plan = await patient((signal) => library.planInstall(wanted.map(library.requestOf), how, context, source.catalogues, signal));
    return carryThrough(plan, carriedAs(plan, options, commandOf(options), call), client, call);
  });

/** For the person, or for the project that they are in. */
export const scopeOf = ({ booted }: VerbCall, project: boolean): Pick<PlanOptions, "scope" | "workspace"> =>
  project ? { scope: "project", workspace: booted.workspace.key } : { scope: "user" };

/** How a plan is carried out: what was installed or was there already is in the settings afterwards, and a project's in its lock. */
export function carriedAs(
  plan: InstallPlan,
  { trust, yes, dryRun, enable, project }: InstallOptions,
  command: readonly string[],
  call: VerbCall,
): CarryThroughOptions {
  // A short name is the person's word for the package that it came to mean.
  const meant = (word: string): string => plan.packages.find(({ step }) => step.name.split("/")[1] === word)?.step.name ?? word;
  const asked = plan.packages.filter(({ requestedBy }) => requestedBy.some((who) => !who.includes("/"))).map(({ step }) => step.name);
  return {
    yes,
    dryRun,
    command,
    trust: trust.map(meant),
    ...(project ? { project } : {}),
    ...(enable ? { enable: async () => void (await addToSettings([...asked, ...plan.unchanged], call, project)) } : {}),
  };
}

/** What was said already, for the command that says the rest too. */
export const trusting = (trust: readonly string[]): readonly string[] => trust.flatMap((name) => ["--trust", name]);

/** The command as it was typed. */
const commandOf = ({ names, from, trust, project, enable, fresh, allowDowngrade, allowUnsigned, insecure }: AddOptions): readonly string[] => [
  "claw",
  "ext",
  "add",
  ...names,
  ...(from === undefined ? [] : ["--from", from]),
  ...[project ? "--project" : "", enable ? "" : "--no-enable", fresh ? "--fresh" : ""].filter((word) => word !== ""),
  ...[allowDowngrade ? "--allow-downgrade" : "", allowUnsigned ? "--allow-unsigned" : "", insecure ? "--insecure" : ""].filter((word) => word !== ""),
  ...trusting(trust),
];
