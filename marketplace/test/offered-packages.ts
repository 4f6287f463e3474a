import { createPublicKey, type KeyObject } from "node:crypto";
import { join } from "node:path";
import { ClawError, type Manifest, openStore, type PluginEvent, type PluginHooks, type PluginStep, type Store } from "@claw/kernel/host";
import type { PackageSource } from "../src/client/admit.ts";
import type { Catalogue, Offer } from "../src/client/catalogue.ts";
import type { ClientContext, Progress } from "../src/client/context.ts";
import { install } from "../src/client/install.ts";
import type { InstallPlan, PlannedPackage } from "../src/client/plan.ts";
import { integrityOf, treeDigest, type ArchiveFile } from "../src/archive/tree-digest.ts";
import { contributionsOf } from "../src/author/needs-trust.ts";
import { publisherOfKey } from "../src/signature/keys.ts";
import { filesOf, manifestOf, newKey, sourceOf, type TemporaryStore } from "./package-source.ts";

export const now = new Date("2026-11-22T00:00:00Z");
export const signal = new AbortController().signal;
export const marketplace = "https://ext.acme.example";
export const publisherOf = (key: KeyObject): string => publisherOfKey(createPublicKey(key));

/** A package as a marketplace offers it. `fetched` says whether anybody downloaded it. */
export function offerOf(files: readonly ArchiveFile[], key: KeyObject, more: Partial<Offer> = {}, source: Partial<PackageSource> = {}): Offer {
  const manifest = JSON.parse(Buffer.from(files.find(({ path }) => path === "extension.json")?.data ?? "").toString()) as Manifest;
  const { archive, bundle, publishers, provenance } = sourceOf(files, key, source);
  const { name, version, engines, permissions, dependencies = {} } = manifest;
  return {
    name,
    version,
    marketplace,
    resolved: `${name}/${name.split("/")[1]}-${version}.tgz`,
    indexVersion: 7,
    rootVersion: 2,
    published: "2026-11-01T00:00:00Z",
    size: archive.length,
    integrity: integrityOf(archive),
    tree: treeDigest(files),
    engines,
    permissions,
    dependencies,
    contributes: contributionsOf(manifest),
    tier: manifest.main === undefined ? "declarative" : "trusted",
    native: false,
    publishers,
    fetch: async () => ({ form: "archive", archive, bundle, ...(provenance === undefined ? {} : { provenance }) }),
    ...more,
  };
}

/** An offer of a small extension. */
export const simpleOffer = (
  name: string,
  version: string,
  key: KeyObject,
  manifest: Readonly<Record<string, unknown>> = {},
  more: Partial<Offer> = {},
): Offer =>
  offerOf(filesOf(manifestOf(name, version, { provides: { view: { [name.replace(/[/-]/g, "_")]: { description: "Counts" } } }, ...manifest })), key, more);

export function plannedOf(offer: Offer, key: KeyObject, more: Partial<PlannedPackage> = {}, step: Partial<PluginStep> = {}): PlannedPackage {
  const { name, version, permissions, tier } = offer;
  return {
    step: { name, version, publisher: publisherOf(key), marketplace: offer.marketplace, action: "add", tier, permissions, dependencies: {}, ...step },
    offer,
    installed: undefined,
    requestedBy: ["user"],
    publisher: "Acme",
    permissions: [],
    differences: [],
    asks: [],
    warnings: [],
    ...more,
  };
}

export const planOf = (packages: readonly PlannedPackage[], workspace?: string): InstallPlan => ({
  packages,
  unchanged: [],
  ...(workspace === undefined ? {} : { workspace }),
});

/** A store that came with the program, which holds `claw/own` with the tool `bash`. */
export async function bundledStore(root: string, key: KeyObject = newKey()): Promise<Store> {
  const at = { kind: "bundled", folder: join(root, "bundled") } as const;
  const provides = { tool: { bash: { description: "Runs", effect: "execute", input: { type: "object" } } } };
  await install(
    [sourceOf(filesOf(manifestOf("claw/own", "1.0.0", { provides })), key, { marketplace: "claw", requestedBy: ["claw"] })],
    { store: at, now },
    signal,
  );
  const store = openStore(at);
  return { ...store, trust: { publishers: { [publisherOf(key)]: { tier: "trusted" } }, revoked: [], marketplace: { id: "claw", root: "sha256-x" } } };
}

export interface Testing {
  readonly context: ClientContext;
  readonly progress: readonly Progress[];
}

export async function contextOf(store: TemporaryStore, more: Partial<ClientContext> = {}): Promise<Testing> {
  const progress: Progress[] = [];
  const context: ClientContext = {
    store: store.at,
    bundled: more.bundled ?? (await bundledStore(store.root)),
    cache: join(store.root, "cache"),
    version: "1.0.0",
    platform: "linux",
    now: () => now,
    policy: {},
    network: { offline: false },
    credentials: async () => ({}),
    progress: (step) => void progress.push(step),
    ...more,
  };
  return { context, progress };
}

export interface ToldHooks {
  readonly hooks: PluginHooks;
  /** `Pre add acme/a 1.0.0`, `Post add acme/a 1.0.0 E_SIG_DIGEST`. */
  readonly told: string[];
  readonly events: PluginEvent[];
}

/** Hooks that write down what they are told, and block what `blocked` says. */
export function tellingHooks(blocked: (event: PluginEvent) => boolean = () => false): ToldHooks {
  const told: string[] = [];
  const events: PluginEvent[] = [];
  const hooks: PluginHooks = {
    async around(event, work) {
      const what = `${event.action} ${event.name} ${event.version}`;
      told.push(`Pre ${what}`);
      events.push(event);
      if (blocked(event)) throw new ClawError("PLUGIN_BLOCKED", `somebody blocked ${event.name}`, { extension: "acme/guard" });
      try {
        const result = await work();
        told.push(`Post ${what}`);
        return result;
      } catch (error) {
        told.push(`Post ${what} ${ClawError.is(error) ? error.code : String(error)}`);
        throw error;
      }
    },
  };
  return { hooks, told, events };
}

/** A marketplace in memory. */
export function catalogueOf(offers: readonly Offer[], more: Partial<Catalogue> = {}): Catalogue {
  return {
    id: marketplace,
    names: [...new Set(offers.map(({ name }) => name))],
    revoked: [],
    alias: () => undefined,
    offers: async (name) => {
      const versions = offers.filter((offer) => offer.name === name);
      return versions.length === 0 ? undefined : { name, versions };
    },
    search: async () => ({}),
    ...more,
  };
}
