/** The marketplace's door: what makes, signs, verifies and installs packages. */
export { type PackedArchive, packFiles, packFolder } from "./archive/pack.ts";
export { readArchive } from "./archive/read.ts";
export { type ArchiveFile, integrityOf, treeDigest } from "./archive/tree-digest.ts";
export { type BundleOptions, bundleExtension } from "./author/bundle.ts";
export type { Admitted, PackageSource } from "./client/admit.ts";
export { collectPackages, collectStaging } from "./client/garbage.ts";
export { type InstallOptions, install, remove } from "./client/install.ts";
export { keyIdOf, publisherOfKey } from "./signature/keys.ts";
export type { KeyPublisher, PublisherPolicy, VerifiedSignature } from "./signature/policy.ts";
export { signArtifact } from "./signature/sign.ts";
export { type SignedArtifact, verifyArtifact } from "./signature/verify.ts";
