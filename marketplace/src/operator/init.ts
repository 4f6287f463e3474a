import type { KeyObject } from "node:crypto";
import { createPublicKey } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ClawError, type MarketplaceRoot, type Role, writing } from "@claw/kernel/host";
import { type DocumentSigner, signDocument, type Unsigned } from "../documents/envelope.ts";
import { documentText, readRoot } from "../documents/read.ts";
import { checkOwnSignatures, fingerprintOf, rootPathOf } from "../documents/root-rules.ts";
import { keyIdOf } from "../signature/keys.ts";
import { withPublisher, type Publisher } from "./changes.ts";
import { type Edition, editionOf, prepareEdition } from "./edition.ts";
import { publicPemOf } from "./key-files.ts";
import type { MarketplaceFolder } from "./marketplace-folder.ts";
import { placeFiles, timeOf, whileAlone } from "./placing.ts";

export interface NewMarketplace {
  readonly folder: string;
  /** Its name: the URL at which it will be, or any that is its operator's. */
  readonly id: string;
  readonly rootKeys: readonly KeyObject[];
  readonly rootThreshold?: number;
  readonly indexKeys: readonly KeyObject[];
  readonly indexThreshold?: number;
  /** Workflows that may sign the index keyless. */
  readonly indexOidc?: Role["oidc"];
  readonly indexSigners?: readonly DocumentSigner[];
  /** How many days the root is good for; 365 when absent. */
  readonly rootDays?: number;
  /** How many days an index may be good for; 14 when absent. */
  readonly maxIndexAgeDays?: number;
  /** The trusted root of a private sigstore, as JSON. */
  readonly trustedRoot?: Readonly<Record<string, unknown>>;
  readonly mirrors?: readonly string[];
  /** Who may publish under which scope from the beginning. */
  readonly publishers?: readonly { readonly scope: string; readonly publisher: Publisher }[];
  /** Puts what has to outlast the marketplace where it belongs, once nothing else can be refused: its keys. */
  readonly before?: () => Promise<void>;
  readonly now: Date;
}

export interface InitReport {
  readonly marketplace: string;
  /** What people compare, and give to `claw ext marketplace add --root`. */
  readonly fingerprint: string;
  readonly expires: string;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Makes a folder a marketplace: its first root, and an index of nothing. Everything is signed and judged before any of it is written. */
export async function initMarketplace(options: NewMarketplace, signal: AbortSignal): Promise<InitReport> {
  const { folder, id, rootKeys, indexKeys, now, publishers = [], before } = options;
  refuseMarketplace(folder);
  const unsigned: Unsigned<"root"> = {
    kind: "claw.root/1",
    marketplace: id,
    version: 1,
    expires: rootExpiry(now, options.rootDays),
    roles: {
      root: roleOf(rootKeys, options.rootThreshold ?? rootKeys.length),
      index: roleOf(indexKeys, options.indexThreshold ?? 1, options.indexOidc),
    },
    ...(options.trustedRoot === undefined ? {} : { sigstore: { trustedRoot: options.trustedRoot } }),
    ...(options.mirrors === undefined || options.mirrors.length === 0 ? {} : { mirrors: options.mirrors }),
    maxIndexAgeDays: options.maxIndexAgeDays ?? 14,
  };
  const bytes = await signedRoot(unsigned, keySigners(rootKeys), now);
  const nothing: MarketplaceFolder = {
    folder,
    root: readRoot(bytes),
    index: undefined,
    indexBytes: undefined,
    search: {},
    manifestOf: () => Promise.resolve(undefined),
  };
  const first: Edition = { ...editionOf(nothing), files: new Map(rootFiles(1, bytes)) };
  const edition = publishers.reduce((current, { scope, publisher }) => withPublisher(scope, publisher, { now })(current), first);
  const { files } = await prepareEdition(nothing, edition, { signers: options.indexSigners ?? keySigners(indexKeys), now });
  await writing(folder, () => mkdir(folder, { recursive: true }));
  await whileAlone(
    folder,
    async (staging) => {
      refuseMarketplace(folder);
      await before?.();
      await placeFiles(folder, files, staging, signal);
    },
    signal,
  );
  return { marketplace: id, fingerprint: fingerprintOf(bytes), expires: unsigned.expires };
}

export function refuseMarketplace(folder: string): void {
  if (existsSync(join(folder, "root.json")))
    throw new ClawError(
      "PATH_UNWRITABLE",
      `${folder} is a marketplace already`,
      { path: join(folder, "root.json") },
      { fix: "claw ext marketplace rotate-root changes its root" },
    );
}

/** Until when a root is good. One that has expired already would lock everybody out, its operator too. */
export function rootExpiry(now: Date, days: number = 365): string {
  if (days >= 1 && days <= mostRootDays) return timeOf(new Date(now.getTime() + days * dayMs));
  throw new ClawError("USAGE", `a root is good for 1 to ${mostRootDays} days, not ${days}`, {}, { fix: "--root-days 365" });
}

/** A root that outlives everybody who knows its keys is none. */
const mostRootDays = 3650;

export const keySigners = (keys: readonly KeyObject[]): readonly DocumentSigner[] => keys.map((key) => ({ kind: "key", key }));

/** A role held by keys. */
export function roleOf(keys: readonly KeyObject[], threshold: number, oidc?: Role["oidc"]): Role {
  const held = Object.fromEntries(keys.map((key) => [keyIdOf(createPublicKey(key)), publicPemOf(key)]));
  const most = Object.keys(held).length + (oidc?.length ?? 0);
  if (threshold < 1 || threshold > most)
    throw new ClawError("USAGE", `${threshold} of ${most} signers cannot be asked for`, {}, { fix: "a threshold from 1 to the number of signers" });
  return { threshold, keys: held, ...(oidc === undefined || oidc.length === 0 ? {} : { oidc }) };
}

/** Signs a root and reads it as everybody will. */
export async function signedRoot(unsigned: Unsigned<"root">, signers: readonly DocumentSigner[], now: Date): Promise<Uint8Array> {
  const bytes = Buffer.from(documentText(await signDocument("root", unsigned, signers)));
  await checkOwnSignatures(readRoot(bytes), now);
  return bytes;
}

/** A root is in the chain before it is the newest. */
export const rootFiles = (version: MarketplaceRoot["version"], bytes: Uint8Array): readonly (readonly [string, Uint8Array])[] => [
  [rootPathOf(version), bytes],
  ["root.json", bytes],
];
