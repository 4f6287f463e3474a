import { ClawError, openStore } from "@claw/kernel/host";
import type { ClientContext } from "./context.ts";
import { everywhere } from "./remove.ts";

/** Why one extension is installed. */
export interface Reasons {
  readonly name: string;
  /** Every place in which it is. */
  readonly installed: readonly { readonly version: string; readonly store: "bundled" | "user"; readonly workspace?: string }[];
  /** Whoever asked for it by name: `user`, `project`, `policy`, `claw`. */
  readonly requestedBy: readonly string[];
  /** From what somebody asked for down to it, one name after another. */
  readonly chains: readonly (readonly string[])[];
  /** Profiles that choose it. */
  readonly profiles: readonly string[];
}

/** Answers who asked for an extension, what needs it, and which profiles choose it. `profiles` is the names that each of them chooses. */
export function why(name: string, { store, bundled }: ClientContext, profiles: Readonly<Record<string, readonly string[]>>): Reasons {
  const all = [...everywhere(bundled), ...everywhere(openStore(store))];
  const own = all.filter(({ extension }) => extension.name === name);
  if (own.length === 0) throw new ClawError("E_NOT_INSTALLED", `${name} is not installed`, { extension: name }, { fix: `claw ext add ${name}` });
  const dependents = new Map<string, Set<string>>();
  const asked = new Set<string>();
  for (const { extension } of all) {
    if (extension.lock.requestedBy.some(isNobodysDependency)) asked.add(extension.name);
    for (const needed of Object.keys(extension.manifest.dependencies ?? {})) dependents.set(needed, (dependents.get(needed) ?? new Set()).add(extension.name));
  }
  return {
    name,
    installed: own.map(({ extension: { version, store: kind }, project }) => ({
      version,
      store: kind,
      ...(project === undefined ? {} : { workspace: project }),
    })),
    requestedBy: [...new Set(own.flatMap(({ extension }) => extension.lock.requestedBy.filter(isNobodysDependency)))],
    chains: chainsTo(name, dependents, asked, []).sort((a, b) => a.length - b.length || a.join().localeCompare(b.join())),
    profiles: Object.entries(profiles).flatMap(([profile, names]) => (names.includes(name) ? [profile] : [])),
  };
}

const isNobodysDependency = (who: string): boolean => !who.includes("/");

function chainsTo(
  name: string,
  dependents: ReadonlyMap<string, ReadonlySet<string>>,
  asked: ReadonlySet<string>,
  below: readonly string[],
): (readonly string[])[] {
  const chain = [name, ...below];
  const above = [...(dependents.get(name) ?? [])].filter((each) => !chain.includes(each));
  const own = below.length > 0 && (asked.has(name) || above.length === 0) ? [chain] : [];
  return [...own, ...above.flatMap((each) => chainsTo(each, dependents, asked, chain))];
}
