import { ClawError } from "@claw/kernel/host";
import type { InstallPlan, PlanOptions } from "@claw/marketplace";
import type { VerbCall } from "../verbs/run.ts";
import { type CarryThroughOptions, carryThrough } from "./carry-through.ts";
import { type Client, withClient } from "./client.ts";
import { addToSettings } from "./enable.ts";
import { openPackSource } from "./pack-source.ts";
import { checkFingerprint } from "./root-question.ts";
import { openSource, packFileOf } from "./source.ts";

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
  /** `sha256:…` of the roots of a pack's marketplaces, heard from their operators in another way. */
  readonly root: readonly string[];
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
    if (names.length === 0 && from === undefined) throw nameless();
    for (const name of names) library.requestOf(name);
    const pack = packFileOf(from, call);
    if (pack === undefined && options.root.length > 0)
      throw new ClawError("USAGE", "--root goes with --from FILE.clawpack", {}, { fix: "claw help ext marketplace add" });
    for (const fingerprint of options.root) checkFingerprint(fingerprint);
    await using source =
      pack === undefined
        ? await patient((signal) => openSource(from, client, call, signal))
        : await openPackSource(pack, { roots: options.root, yes: options.yes, dryRun: options.dryRun }, client, call);
    const wanted = names.length > 0 ? names : source.all;
    if (wanted.length === 0) throw nameless();
    const how: PlanOptions = { fresh, allowDowngrade, allowUnsigned, ...scopeOf(call, project), ...(source.from === undefined ? {} : { from: source.from }) };
    const plan = await patient((signal) => library.planInstall(wanted.map(library.requestOf), how, context, source.catalogues, signal)).catch(
      (error: unknown) => {
        throw fixedFrom(error, from);
      },
    );
    return await carryThrough(plan, carriedAs(plan, options, commandOf(options), client, call), client, call);
  });

const nameless = (): ClawError => new ClawError("USAGE", "claw ext add needs the name of an extension", {}, { fix: "claw ext search" });

/** What would put it right has to ask the same place. */
function fixedFrom(error: unknown, from: string | undefined): unknown {
  if (from === undefined || !ClawError.is(error, "E_NO_VERSION") || error.fix?.endsWith("--fresh") !== true) return error;
  return new ClawError("E_NO_VERSION", error.message, error.data, { cause: error.cause, fix: `${error.fix} --from ${from}` });
}

/** For the person, or for the project that they are in. */
export const scopeOf = ({ booted }: VerbCall, project: boolean): Pick<PlanOptions, "scope" | "workspace"> =>
  project ? { scope: "project", workspace: booted.workspace.key } : { scope: "user" };

/** How a plan is carried out: what was installed or was there already is in the settings afterwards, and a project's in its lock. */
export function carriedAs(
  plan: InstallPlan,
  { names = [], trust, yes, dryRun, enable, project }: InstallOptions & { readonly names?: readonly string[] },
  command: readonly string[],
  { library }: Pick<Client, "library">,
  call: VerbCall,
): CarryThroughOptions {
  // Besides a full name only what was asked for, as it was typed: a dependency may have any short name that it likes.
  const meant = (word: string): string => {
    const name = names.includes(word) ? library.requestOf(word).name : word;
    const full = plan.meant ?? {};
    return Object.hasOwn(full, name) ? (full[name] ?? name) : name;
  };
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
const commandOf = ({ names, from, root, trust, project, enable, fresh, allowDowngrade, allowUnsigned, insecure }: AddOptions): readonly string[] => [
  "claw",
  "ext",
  "add",
  ...names,
  ...(from === undefined ? [] : ["--from", from]),
  ...root.flatMap((fingerprint) => ["--root", fingerprint]),
  ...[project ? "--project" : "", enable ? "" : "--no-enable", fresh ? "--fresh" : ""].filter((word) => word !== ""),
  ...[allowDowngrade ? "--allow-downgrade" : "", allowUnsigned ? "--allow-unsigned" : "", insecure ? "--insecure" : ""].filter((word) => word !== ""),
  ...trusting(trust),
];
