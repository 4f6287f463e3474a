/** The host's door: what the command line, the marketplace, tests and embedders build a kernel with. */
export * from "./index.ts";
export { type EmbedOptions, type EmbeddedExtension, embedKernel } from "./embed.ts";
export { createKernel, type Kernel, type KernelOptions } from "./kernel.ts";
export type { Limits } from "./turn/host.ts";
export { history } from "./turn/history.ts";
export { type CheckedConfig, type ConfigProblem, checkConfig, nearest } from "./extension/config.ts";
export type { ConfigSchema, Contribution, HookDeclaration, Manifest } from "./extension/manifest.ts";
export { usesOf } from "./extension/manifest.ts";
export { type Flag, flagsOf, isForPlatform, namesOf } from "./extension/names.ts";
export type { Available, Choice, HeldBack, Plan, PlannedExtension, Tier } from "./extension/plan.ts";
export { validateManifest } from "./generated/validators/manifest.js";
export { validateMarketplaceIndex } from "./generated/validators/marketplace-index.js";
export { validateMarketplaceManifest } from "./generated/validators/marketplace-manifest.js";
export { validateMarketplaceRoot } from "./generated/validators/marketplace-root.js";
export { validateMarketplaceSearch } from "./generated/validators/marketplace-search.js";
export { validateAdminPolicy } from "./generated/validators/policy.js";
export { validateProjectLock } from "./generated/validators/project-lock.js";
export type {
  AdminPolicy,
  Advertised,
  MarketplaceIndex,
  MarketplaceManifest,
  MarketplaceRoot,
  MarketplaceSearch,
  Namespace,
  Pin,
  ProjectLock,
  PublishedVersion,
  RevokedRange,
  Role,
} from "./generated/types.ts";
export { inRange } from "./extension/range.ts";
export { type ResolveInput, resolve } from "./extension/resolve.ts";
export type { Fault } from "./extension/fault.ts";
export type { Wake } from "./extension/trace.ts";
export type { Holding } from "./registry/scope.ts";
export type { PluginHooks } from "./install.ts";
export { runningExtension } from "./hooks/guarded.ts";
export { hookNames, hookTable } from "./hooks/table.ts";
export { readNamedPolicy, readPolicy } from "./package/policy.ts";
export { type Governed, blockedBy } from "./package/policy-blocks.ts";
export { syncFolder, writeNewFile, writing } from "./package/durable.ts";
export { exclusively, isStagingInUse, openStaging } from "./package/exclusive.ts";
export { codeless, type LoadableExtension, type Loader, openLoader } from "./package/integrity.ts";
export { type Grant, type Grantable, type Grants, commitGrants, grantKeyOf, readGrants } from "./package/grants.ts";
export { type Generation, type LockEntry, type LockedSignature, commit, nameOfKey, projectKeyOf } from "./package/lock.ts";
export { reseal } from "./package/reseal.ts";
export { commitSealed, readSealed } from "./package/sealed-document.ts";
export { type StoreLocation, unsealed } from "./package/seal.ts";
export { type InstalledExtension, type Store, folderNameOf, openStore, packagesOf } from "./package/store.ts";
export { type StrictOptions, canonicalJson, parseStrict } from "./package/strict-json.ts";
export { type PublisherTrust, type Revocation, type Trust, combineTrust, commitTrust, readTrust, revocationOf, tierOf } from "./package/trust.ts";
export { type TrustedFolder, type TrustedFolders, commitFolders, readFolders } from "./package/folders.ts";
