import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ClawError, type ProjectLock, writeNewFile, writing } from "@claw/kernel/host";
import { checkPath } from "../archive/paths.ts";
import { digestOf, searchPathOf } from "../documents/pins.ts";
import { mostDocumentBytes } from "../documents/read.ts";
import { rootPathOf } from "../documents/root-rules.ts";
import type { Transport } from "../transport/transport.ts";
import { admit } from "./admit.ts";
import { sourceOf } from "./carry-out.ts";
import type { Offer } from "./catalogue.ts";
import { clawCatalogue } from "./claw-catalogue.ts";
import type { ClientContext } from "./context.ts";
import { refresh } from "./refresh.ts";
import { type KnownMarketplace, readState, seenOf } from "./state.ts";

/** A name and the longest file in its folder fit easily. */
export const mostPathBytes = 400;

export interface MirrorOptions {
  /** Names, or a lock, of which only the packages are copied; everything that is offered when absent. */
  readonly only?: readonly string[] | ProjectLock;
}

export interface Mirrored {
  readonly marketplace: string;
  /** The files that were written, relative to the folder. */
  readonly files: readonly string[];
  readonly packages: readonly { readonly name: string; readonly version: string }[];
}

/**
 * Copies a marketplace into a folder, byte for byte, so that every signature still holds: roots, index, the documents it pins, archives and
 * their signatures. All of it is verified on the way. The index comes last, so a reader of the folder never finds what is not there yet.
 */
export async function mirror(known: KnownMarketplace, folder: string, { only }: MirrorOptions, context: ClientContext, signal: AbortSignal): Promise<Mirrored> {
  if (known.format !== "claw")
    throw new ClawError("E_FOREIGN", `${known.id} is not in claw's own format, and nothing would prove that a copy is one`, { source: known.url });
  const documents = await refresh(known, context, signal);
  const copy = copying(documents.transport, folder, known);
  const catalogue = clawCatalogue({ known, remembers: false, ...documents, transport: copy.transport }, { ...context, cache: join(folder, ".cache") });
  const packages: Mirrored["packages"][number][] = [];
  try {
    for (const name of namesIn(only) ?? catalogue.names) {
      const offers = await catalogue.offers(name, signal);
      const locked = lockedIn(only, name);
      if (locked !== undefined && locked.marketplace !== catalogue.id) continue;
      const versions = (offers?.versions ?? []).filter((offer) => locked === undefined || offer.version === locked.version);
      if (versions.length === 0)
        throw new ClawError("E_NO_VERSION", `${catalogue.id} does not have ${name} ${locked?.version ?? ""}`.trimEnd(), {
          name,
          range: locked?.version ?? "*",
        });
      for (const offer of versions) {
        signal.throwIfAborted();
        context.progress({ what: "fetch", of: `${name}@${offer.version}`, ...(offer.size === undefined ? {} : { total: offer.size }) });
        await verify(offer, context, signal);
        await copy.flush();
        packages.push({ name, version: offer.version });
      }
    }
    await catalogue.search(signal);
    await copyDocuments(copy, documents.root.version, documents.index.search === undefined ? undefined : searchPathOf(documents.index.search), signal);
    const index = await copy.present("index.json", signal);
    if (digestOf(index) !== seenOf(readState(context.store), known.id)?.index?.digest)
      throw new ClawError(
        "E_META_DIGEST",
        `${known.id} published another index meanwhile`,
        { document: "index.json" },
        { retryable: true, fix: "claw ext mirror" },
      );
    await copy.flush();
  } finally {
    await rm(join(folder, ".cache"), { recursive: true, force: true });
  }
  return { marketplace: catalogue.id, files: copy.written(), packages };
}

const isLock = (only: MirrorOptions["only"]): only is ProjectLock => only !== undefined && "extensions" in only;
const namesIn = (only: MirrorOptions["only"]): readonly string[] | undefined => (isLock(only) ? Object.keys(only.extensions) : only);
const lockedIn = (only: MirrorOptions["only"], name: string): ProjectLock["extensions"][string] | undefined =>
  isLock(only) ? only.extensions[name] : undefined;

/** A package is copied only if it could be installed: a mirror that spreads what nobody accepts helps nobody. */
async function verify(offer: Offer, { now }: ClientContext, signal: AbortSignal): Promise<void> {
  const { name, version, permissions, tier, marketplace } = offer;
  const step = { name, version, publisher: "", marketplace, action: "add", tier, permissions, dependencies: {} } as const;
  await admit(sourceOf({ offer, step, requestedBy: [] }, await offer.fetch(signal)), now());
}

async function copyDocuments(copy: Copying, rootVersion: number, search: string | undefined, signal: AbortSignal): Promise<void> {
  for (let version = 1; version <= rootVersion; version += 1) await copy.transport.get(rootPathOf(version), mostDocumentBytes, signal);
  if (search !== undefined) await copy.present(search, signal);
  await copy.present("root.json", signal);
  await copy.flush();
}

interface Copying {
  /** Hands on what it reads, and keeps it. */
  readonly transport: Transport;
  present(path: string, signal: AbortSignal): Promise<Uint8Array>;
  /** Writes what was read since the last time. */
  flush(): Promise<void>;
  written(): readonly string[];
}

function copying(from: Transport, folder: string, { id }: KnownMarketplace): Copying {
  const kept = new Map<string, Uint8Array>();
  const done = new Set<string>();
  const get = async (path: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array | undefined> => {
    if (/^[a-z][a-z0-9+.-]*:/i.test(path))
      throw new ClawError(
        "E_URL_HOST",
        `${id} has ${path} on another host, which a copy of its folder cannot hold`,
        { url: path },
        { fix: "mirror that host too" },
      );
    checkPath(path, mostPathBytes);
    const bytes = await from.get(path, maxBytes, signal);
    if (bytes !== undefined) kept.set(path, bytes);
    return bytes;
  };
  return {
    transport: { base: from.base, get },
    async present(path, signal) {
      const bytes = await get(path, mostDocumentBytes, signal);
      if (bytes === undefined) throw new ClawError("E_NOT_PUBLISHED", `${from.base}${path} is not there`, { url: `${from.base}${path}` });
      return bytes;
    },
    async flush() {
      await writing(folder, async () => {
        for (const [path, bytes] of kept) {
          await writeFileInto(folder, path, bytes);
          done.add(path);
        }
      });
      kept.clear();
    },
    written: () => [...done].sort(),
  };
}

/** Replaces a file of a copy, whole. */
async function writeFileInto(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  const target = join(folder, path);
  const fresh = `${target}.${process.pid}`;
  await mkdir(dirname(target), { recursive: true });
  await rm(fresh, { force: true });
  await writeNewFile(fresh, bytes, 0o644);
  await rename(fresh, target);
}
