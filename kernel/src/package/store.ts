import { statSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ClawError } from "../errors.ts";
import type { Manifest } from "../extension/manifest.ts";
import type { Tier } from "../extension/plan.ts";
import { type LockEntry, nameOfKey, projectKeyOf, readGeneration } from "./lock.ts";
import { damaged, parsed, type StoreLocation } from "./seal.ts";
import { readTrust, type Trust } from "./trust.ts";

/** Everything that is known of an installed extension without running any of it. */
export interface InstalledExtension {
  readonly name: string;
  readonly version: string;
  readonly manifest: Manifest;
  /** Who signed it, as trust.json names publishers. */
  readonly publisher: string;
  /** The tier it was installed for; `tierOf` says whether it still has it. */
  readonly tier: Tier;
  readonly tree: string;
  /** The folder of its files, absolute. */
  readonly folder: string;
  /** Path in the folder to SHA-256, base64: nothing else in the folder is ever read. */
  readonly files: Readonly<Record<string, string>>;
  /** The URL of its main file; absent when it holds no code. */
  readonly main?: string;
  readonly store: StoreLocation["kind"];
  readonly lock: LockEntry;
}

/** One generation of a store, as it was when it was opened. */
export interface Store {
  readonly location: StoreLocation;
  readonly generation: number;
  readonly names: readonly string[];
  readonly trust: Trust;
  /** The workspace keys of the projects that have extensions of their own here. */
  readonly workspaces: readonly string[];
  /** The names that a project's own lock resolved to. `workspace` is the workspace key. */
  namesIn(workspace: string): readonly string[];
  /** What is known of one extension; parsed only when it is asked for. With a workspace, what that project has under the name, and nothing else. */
  get(name: string, workspace?: string): InstalledExtension | undefined;
}

/** Opens a store: reads the lock, the one index of manifests and trust.json, and nothing of any extension. */
export function openStore(location: StoreLocation): Store {
  refuseUnsafe(location);
  const { folder } = location;
  const { generation, extensions, manifests } = readGeneration(location);
  if (generation === 0 && location.kind === "bundled") {
    throw new ClawError("E_LOCK_INTEGRITY", `claw's own extensions are not at ${folder}`, { path: folder }, { fix: "npm run build" });
  }
  const get = (name: string, workspace?: string): InstalledExtension | undefined => {
    const key = workspace === undefined ? name : projectKeyOf(name, workspace);
    const lock = extensions.get(key);
    if (lock === undefined) return undefined;
    const manifest = manifests.get(key);
    if (manifest === undefined) throw damaged(folder);
    return installed(name, parsed(lock, folder) as LockEntry, parsed(manifest, folder) as Manifest, location);
  };
  return {
    location,
    generation,
    trust: readTrust(location),
    get,
    get names() {
      return extensions.names().filter((key) => !key.includes(" "));
    },
    get workspaces() {
      return [...new Set(extensions.names().flatMap((key) => nameOfKey(key).workspace ?? []))];
    },
    namesIn: (workspace) =>
      extensions
        .names()
        .map(nameOfKey)
        .flatMap((key) => (key.workspace === workspace ? [key.name] : [])),
  };
}

function installed(name: string, lock: LockEntry, manifest: Manifest, location: StoreLocation): InstalledExtension {
  const { version, publisher, tier, tree, files } = lock;
  const folder = join(packagesOf(location.folder), folderNameOf(name, version, tree));
  const main = manifest.main === undefined ? {} : { main: `${pathToFileURL(folder).href}/${manifest.main.slice(2)}` };
  return { name, version, manifest, publisher, tier, tree, files, folder, ...main, store: location.kind, lock };
}

/** The folder that holds the folders of a store's packages. */
export const packagesOf = (store: string): string => join(store, "store");

/** The name of a package's folder: content-addressed, so never written twice. */
export const folderNameOf = (name: string, version: string, tree: string): string =>
  `${name.replace("/", "+")}@${version}-${tree.slice(4, 20).replaceAll("+", "-").replaceAll("/", "_")}`;

function refuseUnsafe({ kind, folder }: StoreLocation): void {
  if (kind === "bundled" || process.platform === "win32") return;
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined) return;
  const mine = process.getuid?.() ?? found.uid;
  if (found.isDirectory() && (found.mode & 0o022) === 0 && (found.uid === mine || mine === 0)) return;
  throw new ClawError("E_STORE_UNSAFE", `${folder} can be written by others, so nothing in it is trusted`, { path: folder }, { fix: `chmod 700 ${folder}` });
}
