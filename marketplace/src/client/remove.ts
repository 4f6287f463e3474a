import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ClawError, type InstalledExtension, openStore, type PluginHooks, type PluginStep, projectKeyOf, type Store } from "@claw/kernel/host";
import { satisfies } from "../versions.ts";
import type { ClientContext } from "./context.ts";
import { remove } from "./install.ts";
import { aroundAll, removalOf } from "./plugin-events.ts";

export interface RemoveOptions {
  readonly context: ClientContext;
  readonly hooks: PluginHooks;
  /** For what a project has alone: its workspace key. */
  readonly workspace?: string;
  /** The data that the extensions keep goes too. */
  readonly purge?: boolean;
  /** So does what was installed for them alone. */
  readonly prune?: boolean;
}

export interface Removal {
  readonly steps: readonly PluginStep[];
  /** What nobody asked for and nothing needs any more. With `prune` it is among the steps. */
  readonly unneeded: readonly string[];
}

/** What a removal would take away, without doing it. Refused while something that stays needs it. */
export function planRemoval(names: readonly string[], { context, workspace, prune = false }: Omit<RemoveOptions, "hooks">): Removal {
  const opened = openStore(context.store);
  const all = new Map((workspace === undefined ? opened.names : opened.namesIn(workspace)).map((name) => [name, found(opened, name, workspace)]));
  for (const name of names)
    if (!all.has(name)) throw new ClawError("E_NOT_INSTALLED", `${name} is not installed`, { extension: name }, { fix: "claw ext list" });
  const going = new Set(names);
  for (const name of going) refuseNeeded(name, going, opened, context.bundled, workspace);
  const staying = [...all.values()].filter(({ name }) => !going.has(name));
  const needed = neededOf(
    staying,
    [...everywhere(opened)].filter(({ project }) => project !== workspace).map(({ extension }) => extension),
  );
  const unneeded = staying.map(({ name }) => name).filter((name) => !needed.has(name));
  const taken = prune ? [...names, ...unneeded] : names;
  return { steps: [...new Set(taken)].map((name) => removalOf(found(opened, name, workspace))), unneeded };
}

/** Takes extensions away: a switch of the lock. Their files stay until they are collected, what they keep stays unless it is purged. */
export async function removeExtensions(names: readonly string[], options: RemoveOptions, signal: AbortSignal): Promise<Removal> {
  const { context, hooks, workspace, purge = false } = options;
  const { store } = context;
  const removal = planRemoval(names, options);
  const taken = removal.steps.map(({ name }) => name);
  await aroundAll(removal.steps, hooks, async () => {
    await remove(
      taken.map((name) => (workspace === undefined ? name : projectKeyOf(name, workspace))),
      store,
      signal,
    );
    if (!purge) return;
    const left = new Set([...everywhere(openStore(store))].map(({ extension }) => extension.name));
    // Data is an extension's, not a project's: it goes with the last of them.
    for (const name of taken) if (!left.has(name)) await rm(join(store.folder, "data", name), { recursive: true, force: true });
  });
  return removal;
}

interface Placed {
  readonly extension: InstalledExtension;
  readonly project: string | undefined;
}

/** Every entry of a store, the person's and the projects'. */
export function* everywhere(store: Store): Generator<Placed> {
  for (const name of store.names) yield { extension: found(store, name), project: undefined };
  for (const workspace of store.workspaces) for (const name of store.namesIn(workspace)) yield { extension: found(store, name, workspace), project: workspace };
}

function found(store: Store, name: string, workspace?: string): InstalledExtension {
  const extension = store.get(name, workspace);
  if (extension === undefined) throw new ClawError("E_NOT_INSTALLED", `${name} is not installed`, { extension: name }, { fix: "claw ext list" });
  return extension;
}

/** A dependent stays whole if another one of the name takes its place: the person's for a project, and claw's own for both. */
function refuseNeeded(name: string, going: ReadonlySet<string>, store: Store, bundled: Store, workspace: string | undefined): void {
  const fallback = (workspace === undefined ? undefined : store.get(name)) ?? bundled.get(name);
  const by = [...everywhere(store)].filter(({ extension, project }) => {
    const range = extension.manifest.dependencies?.[name];
    if (range === undefined || (project === workspace && going.has(extension.name))) return false;
    // A project's own one serves that project, whatever the person has.
    if (project !== workspace && (workspace !== undefined || (project !== undefined && store.get(name, project) !== undefined))) return false;
    return fallback === undefined || !satisfies(fallback.version, range);
  });
  if (by.length === 0) return;
  const dependents = [...new Set(by.map(({ extension }) => extension.name))];
  throw new ClawError(
    "E_DEPENDED_ON",
    `${name} is needed by ${dependents.join(", ")}`,
    { name, by: dependents },
    { fix: `claw ext remove ${[name, ...dependents].join(" ")}` },
  );
}

/** The names that somebody asked for, and all that those need. Who asks is a person or a project; an extension's name is written where it is a dependency. */
function neededOf(staying: readonly InstalledExtension[], elsewhere: readonly InstalledExtension[]): ReadonlySet<string> {
  const byName = new Map(staying.map((extension) => [extension.name, extension]));
  const needed = new Set<string>();
  const visit = (name: string): void => {
    if (needed.has(name)) return;
    needed.add(name);
    for (const dependency of Object.keys(byName.get(name)?.manifest.dependencies ?? {})) visit(dependency);
  };
  for (const { name, lock } of staying) if (lock.requestedBy.some((who) => !who.includes("/"))) visit(name);
  for (const { manifest } of elsewhere) for (const dependency of Object.keys(manifest.dependencies ?? {})) visit(dependency);
  return needed;
}
