import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
  canonicalJson,
  ClawError,
  combineTrust,
  commit,
  type Generation,
  type LockEntry,
  openStaging,
  projectKeyOf,
  readTrust,
  revocationOf,
  type StoreLocation,
  type Trust,
  writing,
} from "@claw/kernel/host";
import { admit, type Admitted, type MappedSource, type PackageSource } from "./admit.ts";
import { collectStaging } from "./garbage.ts";
import { allEnded, placePackage, writePackage } from "./package-folder.ts";

export interface InstallOptions {
  readonly store: StoreLocation;
  readonly now: Date;
  /** The project that they are for alone: its workspace key. */
  readonly workspace?: string;
}

export interface CommitOptions extends Omit<InstallOptions, "now"> {
  /** What is revoked besides what the store's own trust.json says. */
  readonly trust?: Trust;
  /** By name, what was there when it was decided to install these; it must be there still. */
  readonly planned?: ReadonlyMap<string, LockEntry | undefined>;
  /** Names that go in the same generation. */
  readonly dropped?: readonly string[];
  /** What must be on the disk before the lock is. */
  readonly before?: () => Promise<void>;
}

/**
 * Installs packages, all of them or none: verifies and reads each in memory, writes them aside, and commits them in one generation of the
 * store. The old state or the new is there after a crash at any moment. claw's own extensions come in here and nowhere else.
 */
export async function install(
  packages: readonly (PackageSource | MappedSource)[],
  { now, ...options }: InstallOptions,
  signal: AbortSignal,
): Promise<readonly Admitted[]> {
  const admitted = await Promise.all(packages.map((source) => admit(source, now)));
  await commitPackages(admitted, options, signal);
  return admitted;
}

/** Writes admitted packages into a store, and commits them. */
export async function commitPackages(admitted: readonly Admitted[], options: CommitOptions, signal: AbortSignal): Promise<void> {
  const { store, before, trust } = options;
  refuseTwice(admitted);
  await withStaged(
    admitted,
    store,
    async (place) => {
      await before?.();
      signal.throwIfAborted();
      await commit(
        store,
        async (current) => {
          refuseRevoked(admitted, combineTrust(...(trust === undefined ? [] : [trust]), readTrust(store)));
          refuseOvertaken(current, admitted, options);
          const next = withInstalled(current, admitted, options);
          await place();
          return next;
        },
        signal,
      );
    },
    signal,
  );
}

/** Puts packages that are installed back into their folders, as they were. */
export const restorePackages = (installed: readonly Admitted[], store: StoreLocation, signal: AbortSignal): Promise<void> =>
  withStaged(
    installed,
    store,
    async (place) => {
      const restore = async (): Promise<undefined> => {
        await place();
      };
      await commit(store, restore, signal);
    },
    signal,
  );

/** Takes extensions out of a store, by their keys in its lock. Their folders stay until they are collected. */
export const remove = (keys: readonly string[], store: StoreLocation, signal: AbortSignal): Promise<Generation> =>
  commit(
    store,
    (current) => {
      for (const key of keys) {
        if (!Object.hasOwn(current.extensions, key))
          throw new ClawError("E_NOT_INSTALLED", `${key} is not installed`, { extension: key }, { fix: "claw ext list" });
      }
      return without(current, keys);
    },
    signal,
  );

/** Writes packages aside, whole and on the disk, and hands on how they come into their places. What is left over goes. */
const withStaged = (
  admitted: readonly Admitted[],
  store: StoreLocation,
  work: (place: () => Promise<void>) => Promise<void>,
  signal: AbortSignal,
): Promise<void> =>
  writing(store.folder, async () => {
    await collectStaging(store.folder);
    const staging = await openStaging(store.folder);
    try {
      const staged = await allEnded(
        admitted.map(async (each, index) => {
          signal.throwIfAborted();
          const folder = join(staging, String(index));
          await writePackage(folder, each.files);
          return { each, folder };
        }),
      );
      await work(async () => {
        for (const { each, folder } of staged) await placePackage(folder, each, store.folder, staging);
      });
    } finally {
      await rm(staging, { recursive: true, force: true });
    }
  });

function without({ extensions, manifests }: Omit<Generation, "generation">, keys: readonly string[]): Omit<Generation, "generation"> {
  const rest = <T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
    Object.fromEntries(Object.entries(record).filter(([key]) => !keys.includes(key)));
  return { extensions: rest(extensions), manifests: rest(manifests) };
}

function withInstalled(current: Generation, admitted: readonly Admitted[], options: CommitOptions): Omit<Generation, "generation"> | undefined {
  const { workspace, dropped = [], store } = options;
  const keyOf = (name: string): string => (workspace === undefined ? name : projectKeyOf(name, workspace));
  const versionOf = (name: string): string | undefined =>
    admitted.find((each) => each.name === name)?.entry.version ?? (current.extensions[keyOf(name)] ?? current.extensions[name])?.version;
  const entries = admitted.map(({ name, manifest, entry }) => {
    const dependencies = chosenOf(name, manifest.dependencies ?? {}, (needed) => entry.dependencies[needed] ?? versionOf(needed));
    return [keyOf(name), following(current.extensions[keyOf(name)], { ...entry, dependencies }, store.kind)] as const;
  });
  const gone = dropped.map(keyOf).filter((key) => Object.hasOwn(current.extensions, key));
  if (gone.length === 0 && entries.every(([key, entry]) => entry === current.extensions[key])) return undefined;
  const kept = without(current, gone);
  return {
    extensions: { ...kept.extensions, ...Object.fromEntries(entries) },
    manifests: { ...kept.manifests, ...Object.fromEntries(admitted.map(({ name, manifest }) => [keyOf(name), manifest])) },
  };
}

/** Name to version of what a package needs. */
function chosenOf(
  name: string,
  dependencies: Readonly<Record<string, string>>,
  versionOf: (needed: string) => string | undefined,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(dependencies).map(([needed, range]) => {
      const version = versionOf(needed);
      if (version === undefined)
        throw new ClawError(
          "E_NO_VERSION",
          `${name} needs ${needed} ${range}, which is not installed`,
          { name: needed, range },
          { fix: `claw ext add ${needed}` },
        );
      return [needed, version];
    }),
  );
}

/** The entry that takes the place of another, which it keeps for a rollback; the same one if nothing differs. The program's own store goes back with the program. */
function following(old: LockEntry | undefined, fresh: LockEntry, kind: StoreLocation["kind"]): LockEntry {
  if (old === undefined) return fresh;
  const { previous, ...installed } = old;
  const entry = { ...fresh, requestedBy: [...new Set([...installed.requestedBy, ...fresh.requestedBy])] };
  if (canonicalJson(installed) === canonicalJson(entry)) return old;
  if (kind === "bundled") return entry;
  if (installed.tree === entry.tree) return previous === undefined ? entry : { ...entry, previous };
  return { ...entry, previous: installed };
}

/** What a person agreed to is a change of what they were shown: what another process made of it meanwhile is neither undone nor taken over. */
function refuseOvertaken({ extensions }: Generation, admitted: readonly Admitted[], { planned, workspace }: CommitOptions): void {
  for (const { name, entry } of admitted) {
    if (planned?.has(name) !== true) continue;
    const before = planned.get(name);
    const now = extensions[workspace === undefined ? name : projectKeyOf(name, workspace)];
    if (now?.publisher === entry.publisher && (before === undefined || now.tree === entry.tree)) continue;
    if (now?.tree === before?.tree && now?.publisher === before?.publisher) continue;
    throw new ClawError(
      "E_LOCKED",
      `${name} was changed meanwhile`,
      {},
      { retryable: true, fix: "look at what is installed (claw ext list), and run it again" },
    );
  }
}

function refuseTwice(admitted: readonly Admitted[]): void {
  const names = admitted.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ClawError("E_ID_CLASH", `${twice} is among the packages twice`, { name: twice });
}

function refuseRevoked(admitted: readonly Admitted[], trust: Trust): void {
  for (const { name, entry } of admitted) {
    const { version, tree, publisher, tier } = entry;
    const revocation = revocationOf({ name, version, tree, publisher, tier }, trust);
    if (revocation !== undefined && revocation.severity !== "vulnerable")
      throw new ClawError("E_REVOKED", `${name} ${version} was revoked (${revocation.severity})`, { extension: name });
  }
}
