import { type AdminPolicy, commit, type LockEntry, type Manifest, openStore, type Store, type Trust } from "@claw/kernel/host";
import type { Catalogue, Offer } from "../src/client/catalogue.ts";
import type { ConsentFlags } from "../src/client/consent.ts";
import type { ClientContext } from "../src/client/context.ts";
import type { InstallPlan } from "../src/client/plan.ts";
import { planInstall, type PlanOptions, planUpdate } from "../src/client/planning.ts";
import { requestOf } from "../src/names.ts";
import type { TemporaryStore } from "./package-source.ts";
import { catalogueOf, keyPublisher, otherPem, otherPublisher, ours, version } from "./small-catalogue.ts";

export const signal = new AbortController().signal;
const user: PlanOptions = { scope: "user" };
export const workspace = "0123456789abcdef";

const lockOf = (offer: Offer, more: Partial<LockEntry> = {}): LockEntry => ({
  version: offer.version,
  marketplace: offer.marketplace,
  resolved: offer.resolved,
  integrity: "sha256-",
  tree: offer.tree ?? "",
  publisher: keyPublisher,
  signature: { mode: "key" },
  engines: offer.engines,
  requested: offer.permissions,
  tier: offer.tier,
  dependencies: offer.dependencies,
  requestedBy: ["user"],
  files: {},
  ...more,
});
const manifestOf = ({ name, version: number, engines, permissions, dependencies, contributes }: Offer): Manifest => ({
  name,
  version: number,
  engines,
  permissions,
  dependencies,
  content: Object.fromEntries(contributes.map((kind) => [kind, ["./x"]])),
});

/** Puts versions into a store as they are offered, without their files. */
export async function put(
  store: TemporaryStore,
  offers: readonly Offer[],
  more: Partial<LockEntry> = {},
  keyOf: (name: string) => string = (name) => name,
): Promise<void> {
  await commit(
    store.at,
    ({ extensions, manifests }) => ({
      extensions: { ...extensions, ...Object.fromEntries(offers.map((offer) => [keyOf(offer.name), lockOf(offer, more)])) },
      manifests: { ...manifests, ...Object.fromEntries(offers.map((offer) => [keyOf(offer.name), manifestOf(offer)])) },
    }),
    signal,
  );
}

/** A store that came with the program: it trusts the other key, and its marketplace is the default one. */
async function bundledOf(store: TemporaryStore, offers: readonly Offer[]): Promise<Store> {
  const at = { kind: "bundled", folder: `${store.root}/bundled` } as const;
  await commit(
    at,
    () => ({
      extensions: Object.fromEntries(offers.map((offer) => [offer.name, lockOf(offer, { publisher: otherPublisher, tier: "trusted" })])),
      manifests: Object.fromEntries(offers.map((offer) => [offer.name, manifestOf(offer)])),
    }),
    signal,
  );
  const trust: Trust = { publishers: { [otherPublisher]: { tier: "trusted" } }, revoked: [], marketplace: { id: ours, root: "sha256:x" } };
  return { ...openStore(at), trust };
}

const clawOffer = (name: string, number: string, more: Partial<Offer> = {}): Offer =>
  version(name, number, { marketplace: ours, tier: "trusted", contributes: ["provider"], publishers: [{ kind: "key", pem: otherPem }], ...more });
const bundledOffers = [clawOffer("claw/openai", "1.0.0"), clawOffer("claw/bedrock", "1.0.0")];

export interface Here {
  readonly store: TemporaryStore;
  readonly context: ClientContext;
}

export async function here(store: TemporaryStore, policy: AdminPolicy = {}): Promise<Here> {
  const context: ClientContext = {
    store: store.at,
    bundled: await bundledOf(store, bundledOffers),
    defaultUrl: "file:///program/marketplace/",
    cache: `${store.root}/cache`,
    version: "1.2.0",
    platform: "linux",
    now: () => new Date("2026-11-22T00:00:00Z"),
    policy,
    network: { offline: true },
    credentials: async () => ({}),
    progress: () => undefined,
  };
  return { store, context };
}

const catalogues = (offered: readonly Offer[]): readonly Catalogue[] => [
  catalogueOf([...bundledOffers, clawOffer("claw/openai", "2.0.0"), clawOffer("claw/extra", "1.0.0", { permissions: { secrets: ["key"] } })], {
    id: ours,
    aliases: { openai: "claw/openai" },
  }),
  catalogueOf(offered),
];
export const plan = ({ context }: Here, texts: readonly string[], offered: readonly Offer[], options: Partial<PlanOptions> = {}): Promise<InstallPlan> =>
  planInstall(texts.map(requestOf), { ...user, ...options }, context, catalogues(offered), signal);
export const update = (
  { context }: Here,
  names: readonly string[] | "all",
  offered: readonly Offer[],
  options: Partial<PlanOptions> = {},
): Promise<InstallPlan> => planUpdate(names, { ...user, ...options }, context, catalogues(offered), signal);

export const asks = ({ packages }: InstallPlan): readonly string[] =>
  packages.flatMap(({ step, asks: each }) => each.map(({ kind }) => `${step.name} ${kind}`));
export const versions = ({ packages }: InstallPlan): readonly string[] => packages.map(({ step }) => `${step.action} ${step.name}@${step.version}`);

/** Nothing was agreed to before. */
export const nobody: ConsentFlags = { yes: false, trust: [], grants: {}, bundledTrust: { publishers: {}, revoked: [] }, policy: {} };
