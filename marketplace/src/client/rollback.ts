import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ClawError,
  combineTrust,
  commit,
  folderNameOf,
  type Generation,
  type LockEntry,
  type Manifest,
  openStore,
  packagesOf,
  type PluginHooks,
  type PluginStep,
  projectKeyOf,
  readTrust,
  revocationOf,
} from "@claw/kernel/host";
import { satisfies } from "../versions.ts";
import type { ClientContext } from "./context.ts";
import { isIntact } from "./package-folder.ts";
import { aroundAll } from "./plugin-events.ts";
import { isOwn, policyProblems, policyRefusal } from "./policy.ts";

export interface RollbackOptions {
  readonly context: ClientContext;
  readonly hooks: PluginHooks;
  /** For what a project has alone: its workspace key. */
  readonly workspace?: string;
}

/** Where a rollback leads: what was installed before, and is still on the disk. */
export interface Rollback {
  readonly step: PluginStep;
  readonly from: LockEntry;
  readonly to: Omit<LockEntry, "previous">;
}

/** What going back would do, without doing it. Refuses what was revoked, what is blocked, and what is not there as it was. */
export async function planRollback(name: string, { context, workspace }: Omit<RollbackOptions, "hooks">): Promise<Rollback> {
  const { store, bundled, policy } = context;
  const from = openStore(store).get(name, workspace)?.lock;
  if (from === undefined) throw new ClawError("E_NOT_INSTALLED", `${name} is not installed`, { extension: name }, { fix: "claw ext list" });
  const to = from.previous;
  if (to === undefined)
    throw new ClawError("E_NO_VERSION", `${name} has no version to go back to`, { name, range: "previous" }, { fix: `claw ext add ${name}@<version>` });
  const { version, tree, publisher, tier, marketplace, requested: permissions, dependencies } = to;
  const revocation = revocationOf({ name, version, tree, publisher, tier }, combineTrust(bundled.trust, readTrust(store)));
  if (revocation !== undefined && revocation.severity !== "vulnerable")
    throw new ClawError("E_REVOKED", `${name} ${version} was revoked (${revocation.severity})`, { extension: name });
  const governed = { name, marketplace, tier: tier === "declarative" ? tier : "trusted", native: permissions["native"] === true, permissions } as const;
  const [problem] = policyProblems(governed, publisher, tree, policy, isOwn(name, publisher, bundled.trust));
  if (problem !== undefined) throw policyRefusal(`${name} ${version}`, problem);
  if (!(await isIntact(folderOf(store.folder, name, to), to.files)))
    throw new ClawError(
      "E_LOAD_INTEGRITY",
      `${name} ${version} is no longer on the disk as it was installed`,
      { extension: name, file: "" },
      { fix: `claw ext add ${name}@${version}` },
    );
  const step: PluginStep = { name, version, from: from.version, publisher, marketplace, action: "rollback", tier, permissions, dependencies };
  return { step, from, to };
}

/** Goes back to what was installed before: a switch of the lock, without any network. What is installed now is what a second rollback goes back to. */
export async function rollback(name: string, options: RollbackOptions, signal: AbortSignal): Promise<Rollback> {
  const { context, hooks, workspace } = options;
  const { store } = context;
  const key = workspace === undefined ? name : projectKeyOf(name, workspace);
  const planned = await planRollback(name, options);
  const manifest = JSON.parse(await readFile(join(folderOf(store.folder, name, planned.to), "extension.json"), "utf8")) as Manifest;
  await aroundAll([planned.step], hooks, () =>
    commit(
      store,
      (current) => {
        const { previous, ...now } = current.extensions[key] ?? planned.from;
        if (now.tree !== planned.from.tree || previous?.tree !== planned.to.tree)
          throw new ClawError("E_LOCKED", `${name} was changed meanwhile`, {}, { retryable: true, fix: `claw ext rollback ${name}` });
        const next = {
          extensions: { ...current.extensions, [key]: { ...planned.to, requestedBy: now.requestedBy, previous: now } },
          manifests: { ...current.manifests, [key]: manifest },
        };
        refuseUnfit(name, key, next, options);
        return next;
      },
      signal,
    ),
  );
  return planned;
}

const folderOf = (store: string, name: string, { version, tree }: Pick<LockEntry, "version" | "tree">): string =>
  join(packagesOf(store), folderNameOf(name, version, tree));

/** Refuses a state in which somebody has another version of a dependency than it can work with. */
function refuseUnfit(name: string, key: string, { extensions, manifests }: Omit<Generation, "generation">, { context, workspace }: RollbackOptions): void {
  const versionOf = (needed: string): string | undefined =>
    (workspace === undefined ? undefined : extensions[projectKeyOf(needed, workspace)]?.version) ??
    extensions[needed]?.version ??
    context.bundled.get(needed)?.version;
  for (const [needed, range] of Object.entries(manifests[key]?.dependencies ?? {})) {
    const version = versionOf(needed);
    if (version === undefined || !satisfies(version, range))
      throw new ClawError("E_DEP_CONFLICT", `${name} would need ${needed} ${range}, and ${version ?? "none"} is installed`, { name: needed, ranges: [range] });
  }
  const version = extensions[key]?.version ?? "";
  const unmet = Object.values(manifests).find(({ dependencies = {} }) => Object.hasOwn(dependencies, name) && !satisfies(version, dependencies[name] ?? ""));
  if (unmet === undefined) return;
  const range = unmet.dependencies?.[name] ?? "";
  throw new ClawError("E_DEP_CONFLICT", `${unmet.name} needs ${name} ${range}, so it cannot go back to ${version}`, { name, ranges: [range] });
}
