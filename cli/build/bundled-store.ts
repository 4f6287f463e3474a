import { chmodSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson, commitTrust, openStore, readTrust, type Store, type StoreLocation } from "@claw/kernel/host";
import { collectPackages, install, integrityOf, type PackageSource, remove } from "@claw/marketplace";
import type { PublisherKey } from "./key.ts";
import { layout } from "./layout.ts";
import type { Published } from "./packages.ts";

const at: StoreLocation = { kind: "bundled", folder: layout.bundled };
/** How the lock names the marketplace that comes with the program. */
const marketplace = "claw";

/** Installs the published extensions into the program's own store, as any are installed into any store. Says how many changed. */
export async function installBundled(published: readonly Published[], kept: readonly string[], key: PublisherKey, signal: AbortSignal): Promise<number> {
  const before = openOrClear();
  await trust(key, signal);
  const changed = published
    .map((each) => sourceOf(each, key))
    .filter(({ archive, expected }) => before?.get(expected?.name ?? "")?.lock.integrity !== integrityOf(archive));
  if (changed.length > 0) await install(changed, { store: at, now: new Date() }, signal);
  const known = new Set([...published.map(({ name }) => name), ...kept]);
  const gone = before?.names.filter((name) => !known.has(name)) ?? [];
  if (gone.length > 0) await remove(gone, at, signal);
  if (changed.length + gone.length > 0) await collectPackages(at, signal);
  readableByAll();
  return changed.length + gone.length;
}

/** A store is its owner's alone, but this one is part of the program: whoever may run that may read it. */
function readableByAll(): void {
  chmodSync(layout.bundled, 0o755);
  for (const entry of readdirSync(layout.bundled, { withFileTypes: true })) if (entry.isFile()) chmodSync(join(layout.bundled, entry.name), 0o644);
}

function sourceOf({ name, version, archive, resolved }: Published, key: PublisherKey): PackageSource {
  return {
    archive: readFileSync(archive),
    bundle: readFileSync(`${archive}.sigstore.json`),
    publishers: [{ kind: "key", pem: key.pem }],
    expected: { name, version },
    marketplace,
    resolved,
    tier: "trusted",
    requestedBy: ["claw"],
  };
}

/** The store as the last build left it. One that something else has changed is made again. */
function openOrClear(): Store | undefined {
  try {
    return openStore(at);
  } catch {
    rmSync(layout.bundled, { recursive: true, force: true });
    return undefined;
  }
}

/** What makes claw's extensions claw's: trust.json names the key of this build. */
async function trust({ publisher, pem }: PublisherKey, signal: AbortSignal): Promise<void> {
  const wanted = { publishers: { [publisher]: { tier: "trusted", pem } }, revoked: [] } as const;
  if (canonicalJson(readTrust(at)) !== canonicalJson(wanted)) await commitTrust(at, () => wanted, signal);
}
