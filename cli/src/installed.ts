import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type AdminPolicy,
  type Available,
  ClawError,
  codeless,
  type Grants,
  type InstalledExtension,
  type Store,
  combineTrust,
  grantKeyOf,
  openLoader,
  openStore,
  readGrants,
  readTrust,
  type StoreLocation,
  type Trust,
  revocationOf,
  tierOf,
} from "@claw/kernel/host";
import { readDevManifest } from "./dev-manifest.ts";
import { heldByPolicy } from "./governed.ts";
import { bundledStore, type Folders, userStoreOf } from "./paths.ts";

/** An extension that could be chosen. */
interface Found extends Available {
  readonly load: () => Promise<unknown>;
  readonly package?: InstalledExtension;
}

/** What is installed: the person's store over the one that comes with claw, what this project's lock resolved to over both, and folders under development over all. */
export interface Installed {
  readonly names: readonly string[];
  /** Those that the person installed for this project. */
  readonly ofProject: readonly string[];
  /** What is wrong with the person's store, and with what was looked at in it, in sentences. */
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

export interface InstalledInput {
  readonly folders: Folders;
  /** Folders under development. */
  readonly dev: readonly string[];
  /** The project whose own extensions count, if its folder is trusted. */
  readonly workspace: { readonly key: string; readonly isTrusted: () => boolean } | undefined;
  readonly policy: AdminPolicy;
}

export function openInstalled({ folders, dev, workspace, policy }: InstalledInput): Installed {
  const own = openUserStore(folders);
  const bundled = openStore(bundledStore);
  const stores = [bundled, ...(own.store === undefined ? [] : [own.store])];
  const trust = combineTrust(bundled.trust, own.trust);
  const locked = workspace === undefined ? [] : (own.store?.namesIn(workspace.key) ?? []);
  const ofProject = locked.length > 0 && workspace?.isTrusted() === true ? locked : [];
  const developed = new Map(dev.map((folder) => developmentOf(resolve(folder))));
  const notices = own.notice === undefined ? [] : [own.notice];
  const refusals = new Map<string, ClawError>();
  const found = new Map<string, Found | undefined>();
  // One per process: it opens with the first extension that is loaded.
  let loader: ReturnType<typeof openLoader> | undefined;
  const load = (extension: InstalledExtension) => (): Promise<unknown> => (loader ??= openLoader()).loadExtension(extension);

  const packageOf = (name: string): InstalledExtension | undefined =>
    (ofProject.includes(name) ? own.store?.get(name, workspace?.key) : undefined) ?? own.store?.get(name) ?? bundled.get(name);
  const find = (name: string): Found | undefined => {
    const inDevelopment = developed.get(name);
    if (inDevelopment !== undefined) return inDevelopment;
    const extension = packageOf(name);
    if (extension === undefined) return undefined;
    try {
      const blocked = heldByPolicy(policy, extension, bundled.trust);
      if (blocked !== undefined) throw new ClawError("E_POLICY", blocked, { policy: "blocked", what: name }, { fix: "ask whoever administers this machine" });
      const tier = tierOf(extension, trust);
      if (extension.store === "user") requireGrant(extension, own.grants);
      const weakness = revocationOf(extension, trust);
      if (weakness?.severity === "vulnerable")
        notices.push(
          `${name} ${extension.version} is known to be vulnerable${weakness.reason === undefined ? "" : `: ${weakness.reason}`} (claw ext update ${name})`,
        );
      return { manifest: extension.manifest, tier, origin: extension.store, load: load(extension), package: extension };
    } catch (error) {
      if (!ClawError.is(error)) throw error;
      refusals.set(name, error);
      return undefined;
    }
  };
  return {
    notices,
    developed: [...developed.keys()],
    ofProject,
    names: [...new Set([...developed.keys(), ...ofProject, ...stores.flatMap((store) => store.names)])],
    get(name) {
      if (!found.has(name)) found.set(name, find(name));
      return found.get(name);
    },
    refusal: (name) => refusals.get(name),
    package: packageOf,
  };
}

interface UserStore {
  readonly store?: Store;
  readonly trust: Trust;
  readonly grants: () => Grants;
  readonly notice?: string;
}

/**
 * The person's store. One that something else has changed counts for nothing: claw starts with its own extensions and says so. Whom the person
 * trusts no longer and what was revoked is about claw's own too, so that holds with nothing installed and beside a damaged lock.
 */
function openUserStore(folders: Folders): UserStore {
  const location = userStoreOf(folders);
  const grants = (): Grants => ({});
  try {
    if (!existsSync(join(location.folder, "claw.lock"))) return { grants, trust: readTrust(location) };
    const store = openStore(location);
    let known: Grants | undefined;
    return { store, trust: store.trust, grants: () => (known ??= readGrants(location)) };
  } catch (error) {
    if (!ClawError.is(error)) throw error;
    const notice = `the extensions you installed are left out: ${error.message}${error.fix === undefined ? "" : ` (${error.fix})`}`;
    return { grants, trust: trustIn(location), notice };
  }
}

function trustIn(location: StoreLocation): Trust {
  try {
    return readTrust(location);
  } catch (error) {
    if (!ClawError.is(error)) throw error;
    return { publishers: {}, revoked: [] };
  }
}

/** What the person installed runs with what the person granted; the grant is for one publisher and these very permissions. */
function requireGrant({ name, lock }: InstalledExtension, grants: () => Grants): void {
  if (Object.hasOwn(grants(), grantKeyOf(name, lock))) return;
  throw new ClawError("E_CONSENT_REQUIRED", `${name}: what it asks for is not granted`, { what: name }, { fix: `claw ext grant ${name}` });
}

/** An extension in the folder of its author: unsigned, and trusted because the person said so on this command line. */
function developmentOf(folder: string): readonly [string, Found] {
  const file = join(folder, "extension.json");
  if (!existsSync(file)) throw new ClawError("PATH_NOT_FOUND", `--dev ${folder}: there is no extension.json in that folder`, { path: file });
  const manifest = readDevManifest(file);
  const load = async (): Promise<unknown> => {
    if (manifest.main === undefined) return codeless;
    const main = join(folder, manifest.main);
    if (!existsSync(main))
      throw new ClawError("E_MAIN", `${manifest.name}: its main file ${main} is not there`, { path: main }, { fix: "build the extension first" });
    return ((await import(pathToFileURL(main).href)) as { readonly default?: unknown }).default;
  };
  return [manifest.name, { manifest, tier: "trusted", origin: "dev", load }];
}
