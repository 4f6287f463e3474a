import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  canonicalJson,
  ClawError,
  folderNameOf,
  type Generation,
  type LockEntry,
  type Manifest,
  nameOfKey,
  openStore,
  packagesOf,
  parseStrict,
  projectKeyOf,
  type StoreLocation,
  unsealed,
} from "@claw/kernel/host";
import { isName } from "../names.ts";
import { isVersion } from "../versions.ts";
import { abandonedStaging, unnamedPackages } from "./garbage.ts";
import { differencesIn } from "./package-folder.ts";
import { everywhere } from "./remove.ts";

export interface StoreReport {
  /** How many installed packages were hashed. */
  readonly checked: number;
  readonly packages: readonly PackageProblem[];
  readonly documents: readonly DocumentProblem[];
  /** Folders that nothing names any more; `claw ext gc` removes them. */
  readonly leftovers: readonly string[];
}

export interface PackageProblem {
  readonly name: string;
  readonly version: string;
  readonly problems: readonly string[];
}

export interface DocumentProblem {
  readonly document: string;
  /** One sentence. */
  readonly text: string;
  /** What stands in a document whose seal does not hold: what a person has to look at before it may be sealed again, with `reseal`. */
  readonly seen?: string;
  /** In what a lock differs from the last index and from the packages that are there. */
  readonly differences: readonly string[];
}

const documents = ["claw.lock", "trust.json", "grants.json", "folders.json", "state.json"] as const;

/** Hashes every file of every installed package again, and checks the folders, the seals and what is left over. Changes nothing. */
export async function verifyStore(store: StoreLocation, signal: AbortSignal): Promise<StoreReport> {
  const broken: DocumentProblem[] = [];
  for (const document of documents) {
    const seen = unsealed(store, document);
    if (seen !== undefined) {
      const differences = document === "claw.lock" ? await lockDifferences(store, seen) : [];
      broken.push({ document, text: `${document} was changed by something other than claw, or its key was lost`, seen, differences });
    }
  }
  // A store opens with both, or not at all.
  const canOpen = !broken.some(({ document }) => document === "claw.lock" || document === "trust.json");
  const { entries, problem } = canOpen ? entriesIn(store) : {};
  if (problem !== undefined) broken.push(problem);
  const packages: PackageProblem[] = [];
  for (const { name, version, folder, files } of entries?.packages ?? []) {
    signal.throwIfAborted();
    const problems = await differencesIn(folder, files);
    if (problems.length > 0) packages.push({ name, version, problems });
  }
  const unnamed = entries === undefined ? [] : await unnamedPackages(store, entries.extensions);
  return { checked: entries?.packages.length ?? 0, packages, documents: broken, leftovers: [...(await abandonedStaging(store.folder)), ...unnamed] };
}

interface Place extends Pick<LockEntry, "version" | "files"> {
  readonly name: string;
  readonly folder: string;
}

interface Entries {
  readonly packages: readonly Place[];
  readonly extensions: Generation["extensions"];
}

function entriesIn(store: StoreLocation): { readonly entries?: Entries; readonly problem?: DocumentProblem } {
  try {
    const all = [...everywhere(openStore(store))].map(({ extension, project }) => ({
      key: project === undefined ? extension.name : projectKeyOf(extension.name, project),
      lock: extension.lock,
    }));
    const extensions = Object.fromEntries(all.map(({ key, lock }) => [key, lock]));
    const packages = all.flatMap(({ key, lock }) => [lock, ...(lock.previous === undefined ? [] : [lock.previous])].map((entry) => placeOf(store, key, entry)));
    return { entries: { extensions, packages: [...new Map(packages.map((each) => [each.folder, each])).values()] } };
  } catch (error) {
    if (!ClawError.is(error)) throw error;
    return { problem: { document: "claw.lock", text: error.message, differences: [] } };
  }
}

function placeOf(store: StoreLocation, key: string, { version, tree, files }: Omit<LockEntry, "previous">): Place {
  const { name } = nameOfKey(key);
  return { name, version, files, folder: join(packagesOf(store.folder), folderNameOf(name, version, tree)) };
}

/** Nobody vouches for a lock without its seal, nor for the index then; where the two and the packages disagree, somebody changed one of them. */
async function lockDifferences(store: StoreLocation, seen: string): Promise<readonly string[]> {
  try {
    const options = { maxBytes: Infinity, numbers: "any" } as const;
    const { generation, extensions } = parseStrict(seen, { name: "claw.lock", ...options }) as Generation;
    const index = await readFile(join(store.folder, `index-${generation}.json`));
    const manifests = parseStrict(index, { name: `index-${generation}.json`, ...options }) as Generation["manifests"];
    const keys = [...new Set([...Object.keys(extensions), ...Object.keys(manifests)])].sort();
    const told = await Promise.all(keys.map((key) => keyDifferences(store, key, extensions[key], manifests[key])));
    return told.flat();
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

async function keyDifferences(store: StoreLocation, key: string, entry: LockEntry | undefined, manifest: Manifest | undefined): Promise<readonly string[]> {
  if (entry === undefined) return [`${key} is in the index, and the lock does not have it`];
  if (manifest === undefined) return [`${key} is in the lock, and the index does not have it`];
  // A folder is only looked for under a name that cannot lead out of the store.
  if (!isName(nameOfKey(key).name) || !isVersion(entry.version)) return [`${key} ${entry.version} is no name and version of an extension`];
  const pairs = [
    ["version", entry.version, manifest.version],
    ["engines", entry.engines, manifest.engines],
    ["requested permissions", entry.requested, manifest.permissions],
    ["dependencies", Object.keys(entry.dependencies).sort(), Object.keys(manifest.dependencies ?? {}).sort()],
  ] as const;
  const differing = pairs.filter(([, locked, indexed]) => canonicalJson(locked) !== canonicalJson(indexed));
  const { folder, files } = placeOf(store, key, entry);
  return [
    ...differing.map(([what, locked, indexed]) => `${key}: the lock has the ${what} ${canonicalJson(locked)}, the index ${canonicalJson(indexed)}`),
    ...(await differencesIn(folder, files)).map((text) => `${key}: ${text}`),
  ];
}
