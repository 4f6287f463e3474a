import type { KeyObject } from "node:crypto";
import { ClawError, type MarketplaceRoot, type Role } from "@claw/kernel/host";
import { type DocumentSigner, verifyThreshold } from "../documents/envelope.ts";
import { readRoot } from "../documents/read.ts";
import { fingerprintOf } from "../documents/root-rules.ts";
import { editionOf, publishEdition } from "./edition.ts";
import { keySigners, roleOf, rootExpiry, rootFiles, signedRoot } from "./init.ts";
import { changing, type MarketplaceFolder, openMarketplaceFolder } from "./marketplace-folder.ts";
import { placeFiles } from "./placing.ts";

interface Rotation {
  /** Enough of the keys that sign the root now. */
  readonly rootKeys: readonly KeyObject[];
  /** How many days the new root is good for; 365 when absent. */
  readonly rootDays?: number;
  readonly now: Date;
  /** Signs and judges, and writes nothing. */
  readonly dryRun?: boolean;
}

export interface IndexRotation extends Rotation {
  readonly newIndexKeys: readonly KeyObject[];
  readonly indexThreshold?: number;
  readonly indexOidc?: Role["oidc"];
  /** Whoever signs the index from now on. */
  readonly indexSigners: readonly DocumentSigner[];
}

export interface RootRotation extends Rotation {
  readonly newRootKeys: readonly KeyObject[];
  readonly rootThreshold?: number;
}

export interface RotationReport {
  readonly marketplace: string;
  readonly rootVersion: number;
  readonly fingerprint: string;
  readonly indexVersion?: number;
}

/** Alone with the marketplace, unless nothing is to be written. */
const rotating = <T>(folder: string, { dryRun }: Rotation, work: (staging: string) => Promise<T>, signal: AbortSignal): Promise<T> =>
  dryRun === true ? work("") : changing(folder, work, signal);

/** Gives the index to other signers. The root comes first: until the new index is written, which is at once, readers are told that the old one is not signed as it has to be. */
export const rotateIndex = (folder: string, rotation: IndexRotation, signal: AbortSignal): Promise<RotationReport> =>
  rotating(
    folder,
    rotation,
    async (staging) => {
      const { now, newIndexKeys, indexThreshold = 1, indexOidc, indexSigners, dryRun = false } = rotation;
      const published = await openMarketplaceFolder(folder, now);
      const index = roleOf(newIndexKeys, indexThreshold, indexOidc);
      const root = nextRoot(published.root, { ...published.root.roles, index }, rotation);
      const bytes = await signedByBoth(published.root, root, keySigners(rotation.rootKeys), now);
      const renewed: MarketplaceFolder = { ...published, root: readRoot(bytes) };
      // Signed before the root is replaced, so that a signer who cannot leaves everything as it was; written after it.
      const order = new Map(rootFiles(root.version, bytes));
      const next = await publishEdition(renewed, { ...editionOf(published), files: order }, { signers: indexSigners, now, dryRun }, staging, signal);
      return { marketplace: root.marketplace, rootVersion: root.version, fingerprint: fingerprintOf(bytes), indexVersion: next.version };
    },
    signal,
  );

/** Gives the root to other keys, or makes it good for longer. Those that hold it now and those that will both sign it. */
export const rotateRoot = (folder: string, rotation: RootRotation, signal: AbortSignal): Promise<RotationReport> =>
  rotating(
    folder,
    rotation,
    async (staging) => {
      const { now, rootKeys, newRootKeys, rootThreshold = newRootKeys.length } = rotation;
      const { root: old } = await openMarketplaceFolder(folder, now);
      const root = nextRoot(old, { ...old.roles, root: roleOf(newRootKeys, rootThreshold) }, rotation);
      const bytes = await signedByBoth(old, root, keySigners([...rootKeys, ...newRootKeys.filter((key) => !rootKeys.some((known) => known.equals(key)))]), now);
      if (rotation.dryRun !== true) await placeFiles(folder, rootFiles(root.version, bytes), staging, signal);
      return { marketplace: root.marketplace, rootVersion: root.version, fingerprint: fingerprintOf(bytes) };
    },
    signal,
  );

function nextRoot(old: MarketplaceRoot, roles: MarketplaceRoot["roles"], { rootDays, now }: Rotation): Omit<MarketplaceRoot, "signatures"> {
  const { signatures: _, ...rest } = old;
  return { ...rest, version: old.version + 1, roles, expires: rootExpiry(now, rootDays) };
}

async function signedByBoth(
  old: MarketplaceRoot,
  next: Omit<MarketplaceRoot, "signatures">,
  signers: readonly DocumentSigner[],
  now: Date,
): Promise<Uint8Array> {
  const bytes = await signedRoot(next, signers, now);
  try {
    await verifyThreshold("root", readRoot(bytes), old.roles.root, { now, what: `root ${next.version} by root ${old.version}` });
  } catch (cause) {
    if (!ClawError.is(cause, "E_SIG_THRESHOLD")) throw cause;
    const needed = `${old.roles.root.threshold} of ${Object.keys(old.roles.root.keys).length}`;
    throw new ClawError("E_SIG_THRESHOLD", `root ${next.version} has to be signed with ${needed} keys of root ${old.version}`, cause.data, {
      cause,
      fix: "--root-key FILE for each of them",
    });
  }
  return bytes;
}
