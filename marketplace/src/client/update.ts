import { satisfies } from "../versions.ts";
import { type CarriedOut, type CarryOutOptions, carryOut } from "./carry-out.ts";
import type { Catalogue } from "./catalogue.ts";
import type { ClientContext } from "./context.ts";
import type { InstallPlan, PlannedPackage } from "./plan.ts";
import { type PlanOptions, planUpdate } from "./planning.ts";

/** The part of a plan that changes nothing a person agreed to, and what of it waits for a person. */
export interface Patches {
  readonly plan: InstallPlan;
  readonly waiting: readonly PlannedPackage[];
}

/** Plans only what may be applied without anybody being asked: updates that differ from what is installed in nothing but their version. */
export async function planPatches(
  names: readonly string[] | "all",
  options: PlanOptions,
  context: ClientContext,
  catalogues: readonly Catalogue[],
  signal: AbortSignal,
): Promise<Patches> {
  return patchesIn(await planUpdate(names, options, context, catalogues, signal));
}

/** Separates a plan. Who needs something that has to wait waits too, unless what is installed of it will do. */
export function patchesIn(plan: InstallPlan): Patches {
  let patches = plan.packages.filter(({ installed, differences, asks }) => installed !== undefined && differences.length + asks.length === 0);
  for (;;) {
    const names = new Set(patches.map(({ offer }) => offer.name));
    const held = new Map(plan.packages.filter(({ offer }) => !names.has(offer.name)).map((planned) => [planned.offer.name, planned]));
    const ready = patches.filter(({ offer }) =>
      Object.entries(offer.dependencies).every(([needed, range]) => {
        const waiting = held.get(needed);
        return waiting === undefined || (waiting.installed !== undefined && satisfies(waiting.installed.version, range));
      }),
    );
    if (ready.length === patches.length) break;
    patches = ready;
  }
  const kept = patches.map((planned) => withInstalledVersions(planned, plan, patches));
  return { plan: { ...plan, packages: kept }, waiting: plan.packages.filter((planned) => !patches.includes(planned)) };
}

/** What stays as it is is what the others are resolved with. */
function withInstalledVersions(planned: PlannedPackage, plan: InstallPlan, patches: readonly PlannedPackage[]): PlannedPackage {
  const staying = plan.packages
    .filter((each) => !patches.includes(each))
    .flatMap(({ offer, installed }) => (installed === undefined ? [] : [[offer.name, installed.version] as const]));
  const versions = new Map(staying);
  const dependencies = Object.fromEntries(Object.entries(planned.step.dependencies).map(([name, version]) => [name, versions.get(name) ?? version]));
  return { ...planned, step: { ...planned.step, dependencies } };
}

/** Applies what needs nobody's consent; what does keeps running as it is. */
export async function applyPatches(patches: Patches, options: Omit<CarryOutOptions, "by">, signal: AbortSignal): Promise<CarriedOut> {
  return carryOut(patches.plan, { ...options, by: "policy" }, signal);
}
