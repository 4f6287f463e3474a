import type { KeyObject } from "node:crypto";
import { createPublicKey } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ClawError, type MarketplaceRoot, type Role } from "@claw/kernel/host";
import { type DocumentSigner, signDocument, type Unsigned } from "../documents/envelope.ts";
import { documentText, readRoot } from "../documents/read.ts";
import { checkOwnSignatures, fingerprintOf, rootPathOf } from "../documents/root-rules.ts";
import { keyIdOf } from "../signature/keys.ts";
import { withPublisher, type Publisher } from "./changes.ts";
import { editionOf, publishEdition } from "./edition.ts";
import { publicPemOf } from "./key-files.ts";
import { openMarketplaceFolder } from "./marketplace-folder.ts";
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
  readonly now: Date;
}

export interface InitReport {
  readonly marketplace: string;
  /** What people compare, and give to `claw ext marketplace add --root`. */
  readonly fingerprint: string;
  readonly expires: string;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Makes a folder a marketplace: its first root, and an index of nothing. */
export async function initMarketplace(options: NewMarketplace, signal: AbortSignal): Promise<InitReport> {
  const { folder, id, rootKeys, indexKeys, now, publishers = [] } = options;
  if (existsSync(join(folder, "root.json")))
    throw new ClawError(
      "PATH_UNWRITABLE",
      `${folder} is a marketplace already`,
      { path: join(folder, "root.json") },
      { fix: "claw ext marketplace rotate-root changes its root" },
    );
  await mkdir(folder, { recursive: true });
  return whileAlone(
    folder,
    async (staging) => {
      const unsigned: Unsigned<"root"> = {
        kind: "claw.root/1",
        marketplace: id,
        version: 1,
        expires: timeOf(new Date(now.getTime() + (options.rootDays ?? 365) * dayMs)),
        roles: {
          root: roleOf(rootKeys, options.rootThreshold ?? rootKeys.length),
          index: roleOf(indexKeys, options.indexThreshold ?? 1, options.indexOidc),
        },
        ...(options.trustedRoot === undefined ? {} : { sigstore: { trustedRoot: options.trustedRoot } }),
        ...(options.mirrors === undefined || options.mirrors.length === 0 ? {} : { mirrors: options.mirrors }),
        maxIndexAgeDays: options.maxIndexAgeDays ?? 14,
      };
      const bytes = await signedRoot(unsigned, keySigners(rootKeys), now);
      await placeFiles(folder, rootFiles(1, bytes), staging, signal);
      const published = await openMarketplaceFolder(folder, now);
      const edition = publishers.reduce((current, { scope, publisher }) => withPublisher(scope, publisher, { now })(current), editionOf(published));
      await publishEdition(published, edition, { signers: options.indexSigners ?? keySigners(indexKeys), now }, staging, signal);
      return { marketplace: id, fingerprint: fingerprintOf(bytes), expires: unsigned.expires };
    },
    signal,
  );
}

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
