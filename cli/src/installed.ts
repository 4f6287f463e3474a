import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type Available, ClawError, type InstalledExtension, type Store, combineTrust, openLoader, openStore, tierOf } from "@claw/kernel/host";
import { readDevManifest } from "./dev-manifest.ts";
import { type Folders, programFolder } from "./paths.ts";

/** An extension that could be chosen. */
interface Found extends Available {
  readonly load: () => Promise<unknown>;
  readonly package?: InstalledExtension;
}

/** What is installed: the person's store over the one that comes with claw, and folders under development over both. */
export interface Installed {
  readonly names: readonly string[];
  /** What is wrong with the person's store, in a sentence. */
  readonly notices: readonly string[];
  /** Those in folders under development. */
  readonly developed: readonly string[];
  /** Undefined when it is not there, or when nobody vouches for it any more: see `refusal`. */
  get(name: string): Found | undefined;
  /** Why an extension that is there may not be used. */
  refusal(name: string): ClawError | undefined;
  /** What is known of its package, when it has one. */
  package(name: string): InstalledExtension | undefined;
}

export function openInstalled(folders: Folders, dev: readonly string[]): Installed {
  const own = openUserStore(folders);
  const stores = [openStore({ kind: "bundled", folder: join(programFolder, "bundled") }), ...(own.store === undefined ? [] : [own.store])];
  const trust = combineTrust(...stores.map((store) => store.trust));
  const developed = new Map(dev.map((folder) => developmentOf(resolve(folder))));
  const refusals = new Map<string, ClawError>();
  const found = new Map<string, Found | undefined>();
  // One per process: it opens with the first extension that is loaded.
  let loader: ReturnType<typeof openLoader> | undefined;
  const load = (extension: InstalledExtension) => (): Promise<unknown> => (loader ??= openLoader()).loadExtension(extension);

  const find = (name: string): Found | undefined => {
    const inDevelopment = developed.get(name);
    if (inDevelopment !== undefined) return inDevelopment;
    const extension = packageOf(stores, name);
    if (extension === undefined) return undefined;
    try {
      return { manifest: extension.manifest, tier: tierOf(extension, trust), origin: extension.store, load: load(extension), package: extension };
    } catch (error) {
      if (!ClawError.is(error)) throw error;
      refusals.set(name, error);
      return undefined;
    }
  };
  return {
    notices: own.notice === undefined ? [] : [own.notice],
    developed: [...developed.keys()],
    names: [...new Set([...developed.keys(), ...stores.flatMap((store) => store.names)])],
    get(name) {
      if (!found.has(name)) found.set(name, find(name));
      return found.get(name);
    },
    refusal: (name) => refusals.get(name),
    package: (name) => packageOf(stores, name),
  };
}

/** The person's store. One that something else has changed counts for nothing: claw starts with its own extensions and says so. */
function openUserStore(folders: Folders): { readonly store?: Store; readonly notice?: string } {
  const folder = join(folders.data, "ext");
  if (!existsSync(join(folder, "claw.lock"))) return {};
  try {
    return { store: openStore({ kind: "user", folder, sealKeyFile: join(folders.state, "seal.key") }) };
  } catch (error) {
    if (!ClawError.is(error)) throw error;
    return { notice: `the extensions you installed are left out: ${error.message}${error.fix === undefined ? "" : ` (${error.fix})`}` };
  }
}

/** A name in both stores is the user's. */
function packageOf(stores: readonly Store[], name: string): InstalledExtension | undefined {
  for (const store of [...stores].reverse()) {
    const extension = store.get(name);
    if (extension !== undefined) return extension;
  }
  return undefined;
}

/** An extension in the folder of its author: unsigned, and trusted because the person said so on this command line. */
function developmentOf(folder: string): readonly [string, Found] {
  const file = join(folder, "extension.json");
  if (!existsSync(file)) throw new ClawError("PATH_NOT_FOUND", `--dev ${folder}: there is no extension.json in that folder`, { path: file });
  const manifest = readDevManifest(file);
  const load = async (): Promise<unknown> => {
    const main = join(folder, manifest.main ?? "");
    if (manifest.main === undefined || !existsSync(main))
      throw new ClawError("E_MAIN", `${manifest.name}: its main file ${main} is not there`, { path: main }, { fix: "build the extension first" });
    return ((await import(pathToFileURL(main).href)) as { readonly default?: unknown }).default;
  };
  return [manifest.name, { manifest, tier: "trusted", origin: "dev", load }];
}
