import { rm } from "node:fs/promises";
import { join } from "node:path";
import {
  canonicalJson,
  ClawError,
  commit,
  type Generation,
  type LockEntry,
  openStaging,
  readTrust,
  revocationOf,
  type StoreLocation,
  writing,
} from "@claw/kernel/host";
import { admit, type Admitted, type PackageSource } from "./admit.ts";
import { collectStaging } from "./garbage.ts";
import { allEnded, placePackage, writePackage } from "./package-folder.ts";

export interface InstallOptions {
  readonly store: StoreLocation;
  readonly now: Date;
}

/**
 * Installs packages, all of them or none: verifies and reads each in memory, writes them aside, and commits them in one generation of the
 * store. The old state or the new is there after a crash at any moment. claw's own extensions come in here and nowhere else.
 */
export async function install(packages: readonly PackageSource[], { store, now }: InstallOptions, signal: AbortSignal): Promise<readonly Admitted[]> {
  const admitted = packages.map((source) => admit(source, now));
  refuseTwice(admitted);
  await writing(store.folder, () => writeAndCommit(admitted, store, signal));
  return admitted;
}

async function writeAndCommit(admitted: readonly Admitted[], store: StoreLocation, signal: AbortSignal): Promise<void> {
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
    await commit(
      store,
      async (current) => {
        refuseRevoked(admitted, store);
        for (const { each, folder } of staged) await placePackage(folder, each, store.folder, staging);
        return withInstalled(current, admitted, store);
      },
      signal,
    );
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Takes extensions out of a store. Their folders stay until they are collected. */
export const remove = (names: readonly string[], store: StoreLocation, signal: AbortSignal): Promise<Generation> =>
  commit(
    store,
    ({ extensions, manifests }) => {
      for (const name of names) {
        if (!Object.hasOwn(extensions, name)) throw new ClawError("E_NOT_INSTALLED", `${name} is not installed`, { extension: name }, { fix: "claw ext list" });
      }
      const rest = <T>(record: Readonly<Record<string, T>>): Readonly<Record<string, T>> =>
        Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
      return { extensions: rest(extensions), manifests: rest(manifests) };
    },
    signal,
  );

function withInstalled(current: Generation, admitted: readonly Admitted[], { kind }: StoreLocation): Omit<Generation, "generation"> | undefined {
  const entries = admitted.map(({ name, entry }) => [name, following(current.extensions[name], entry, kind)] as const);
  if (entries.every(([name, entry]) => entry === current.extensions[name])) return undefined;
  return {
    extensions: { ...current.extensions, ...Object.fromEntries(entries) },
    manifests: { ...current.manifests, ...Object.fromEntries(admitted.map(({ name, manifest }) => [name, manifest])) },
  };
}

/** The entry that takes the place of another, which it keeps for a rollback; the same one if nothing differs. The program's own store goes back with the program. */
function following(old: LockEntry | undefined, entry: LockEntry, kind: StoreLocation["kind"]): LockEntry {
  if (old === undefined) return entry;
  const { previous, ...installed } = old;
  if (canonicalJson(installed) === canonicalJson(entry)) return old;
  if (kind === "bundled") return entry;
  if (installed.tree === entry.tree) return previous === undefined ? entry : { ...entry, previous };
  return { ...entry, previous: installed };
}

function refuseTwice(admitted: readonly Admitted[]): void {
  const names = admitted.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ClawError("E_ID_CLASH", `${twice} is among the packages twice`, { name: twice });
}

function refuseRevoked(admitted: readonly Admitted[], store: StoreLocation): void {
  const trust = readTrust(store);
  for (const { name, entry } of admitted) {
    const { version, tree, publisher, tier } = entry;
    const revocation = revocationOf({ name, version, tree, publisher, tier }, trust);
    if (revocation !== undefined && revocation.severity !== "vulnerable")
      throw new ClawError("E_REVOKED", `${name} ${version} was revoked (${revocation.severity})`, { extension: name });
  }
}
