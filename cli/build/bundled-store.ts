import { chmodSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson, commitTrust, openStore, readTrust, type Store, type StoreLocation } from "@claw/kernel/host";
import { collectPackages, fingerprintOf, install, integrityOf, type PackageSource, readRoot, remove } from "@claw/marketplace";
import type { PublisherKey } from "./key.ts";
import { layout } from "./layout.ts";
import type { Published } from "./packages.ts";

const at: StoreLocation = { kind: "bundled", folder: layout.bundled };
/** The default set: what the profiles that come with claw choose. The rest is a `claw ext add` away. */
const defaultSet: ReadonlySet<string> = new Set(
  readdirSync(layout.profiles).flatMap((file) =>
    Object.keys((JSON.parse(readFileSync(join(layout.profiles, file), "utf8")) as { readonly extensions?: object }).extensions ?? {}),
  ),
);

/** Installs the published extensions into the program's own store, as any are installed into any store. Says how many changed. */
export async function installBundled(all: readonly Published[], kept: readonly string[], key: PublisherKey, signal: AbortSignal): Promise<number> {
  const published = all.filter(({ name }) => defaultSet.has(name));
  const before = openOrClear();
  const root = readFileSync(join(layout.marketplace, "root.json"));
  const { marketplace } = readRoot(root);
  await trust(key, { id: marketplace, root: fingerprintOf(root) }, signal);
  const changed = published
    .map((each) => sourceOf(each, key, marketplace))
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

function sourceOf({ name, version, archive, resolved }: Published, key: PublisherKey, marketplace: string): PackageSource {
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

/** What makes claw's extensions claw's: trust.json names the key of this build, and the root of the marketplace that comes with it. */
async function trust({ publisher, pem }: PublisherKey, marketplace: { readonly id: string; readonly root: string }, signal: AbortSignal): Promise<void> {
  const wanted = { publishers: { [publisher]: { tier: "trusted", pem } }, revoked: [], marketplace } as const;
  if (canonicalJson(readTrust(at)) !== canonicalJson(wanted)) await commitTrust(at, () => wanted, signal);
}
