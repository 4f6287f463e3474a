import { ClawError, openStore, type ProjectLock } from "@claw/kernel/host";
import type { InstallPlan } from "@claw/marketplace";
import type { VerbCall } from "../verbs/run.ts";
import { carriedAs, scopeOf, trusting } from "./add.ts";
import { carryThrough } from "./carry-through.ts";
import { openKnown } from "./catalogues.ts";
import { type Client, type Library, withClient } from "./client.ts";
import { projectWants } from "./project-wants.ts";
import { oneLine } from "./result.ts";

export interface CiOptions {
  readonly yes: boolean;
  readonly trust: readonly string[];
  readonly allowUnsigned: boolean;
  readonly insecure: boolean;
  readonly dryRun: boolean;
}

/** `claw ext ci`: installs for this project exactly what its lock says, and nothing else; anything different is an error. */
export const ci = (call: VerbCall, options: CiOptions): Promise<number> =>
  withClient(call, { insecure: options.insecure }, async (client) => {
    const { library, context, patient } = client;
    const { root, key } = call.booted.workspace;
    const lock = await library.readProjectLock(root);
    if (lock === undefined) throw new ClawError("PATH_NOT_FOUND", `${root} has no lock`, { path: library.projectLockPath(root) }, { fix: "claw ext lock" });
    const drift = library.lockDrift(lock, projectWants(call), context.bundled);
    if (drift.length > 0) throw library.drifted(drift);
    refuseUnknown(lock, client, key);
    const requests = Object.entries(lock.extensions).map(([name, { version }]) => ({ name, range: version }));
    const how = { ...scopeOf(call, true), fresh: true, allowDowngrade: true, allowUnsigned: options.allowUnsigned };
    const plan = await patient(async (signal) =>
      library.planInstall(requests, how, context, requests.length === 0 ? [] : await openKnown(client, call, signal), signal),
    );
    refuseDrift(plan, lock, client, key);
    const gone = openStore(context.store)
      .namesIn(key)
      .filter((name) => !Object.hasOwn(lock.extensions, name));
    const removals = gone.length === 0 ? [] : library.planRemoval(gone, { context, workspace: key }).steps;
    const command = ["claw", "ext", "ci", ...(options.allowUnsigned ? ["--allow-unsigned"] : []), ...trusting(options.trust)];
    const carried = carriedAs(plan, { ...options, project: true, enable: false }, command, client, call);
    return await carryThrough(plan, { ...carried, project: false, removals, inspect: (admitted) => refuseOthers(admitted, lock, library) }, client, call);
  });

/** A repository that somebody has just checked out may need a marketplace that they have not heard of. */
function refuseUnknown({ extensions }: ProjectLock, { library, context }: Client, workspace: string): void {
  const known = new Set(library.knownMarketplaces(context).map(({ id }) => id));
  const there = openStore(context.store).namesIn(workspace);
  const [name, entry] = Object.entries(extensions).find(([one, { marketplace }]) => !known.has(marketplace) && !there.includes(one)) ?? [];
  if (name === undefined || entry === undefined) return;
  const { marketplace } = entry;
  throw new ClawError(
    "E_MARKETPLACE_UNKNOWN",
    `the lock has ${name} from the marketplace ${oneLine(marketplace)}, which you have not added`,
    { marketplace },
    { fix: `claw ext marketplace add ${oneLine(marketplace)} --root sha256:…, as its operator says it` },
  );
}

/** What is offered, and what is there already, has to be what the lock says before anybody is asked. */
function refuseDrift(plan: InstallPlan, { extensions }: ProjectLock, { library, context }: Client, workspace: string): void {
  const store = openStore(context.store);
  const offered = plan.packages.flatMap(({ step, offer }) => {
    const { name, version, marketplace, permissions, dependencies } = step;
    const locked = Object.hasOwn(extensions, name) ? extensions[name] : undefined;
    if (locked === undefined) return [`${name} ${version} is needed, and the lock does not have it`];
    const { integrity, tree, engines } = offer;
    const found = {
      version,
      marketplace,
      engines,
      requested: permissions,
      dependencies,
      ...(integrity === undefined ? {} : { integrity }),
      ...(tree === undefined ? {} : { tree }),
    };
    return library.entryDrift(name, locked, found);
  });
  const there = plan.unchanged.flatMap((name) => {
    const [locked, entry] = [extensions[name], store.get(name, workspace)?.lock];
    return locked === undefined || entry === undefined ? [] : library.entryDrift(name, locked, entry);
  });
  const drift = [...offered, ...there];
  if (drift.length > 0) throw library.drifted(drift);
}

/** The last look: who signed it and what is in it is only known now. */
function refuseOthers(
  admitted: Parameters<NonNullable<Parameters<Library["carryOut"]>[1]["inspect"]>>[0],
  { extensions }: ProjectLock,
  library: Library,
): void {
  const drift = admitted.flatMap(({ name, entry }) => {
    const locked = Object.hasOwn(extensions, name) ? extensions[name] : undefined;
    return locked === undefined ? [`${name} is not in the lock`] : library.entryDrift(name, locked, entry);
  });
  if (drift.length > 0) throw library.drifted(drift);
}
