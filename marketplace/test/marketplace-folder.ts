import { createPublicKey, type KeyObject } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { MarketplaceIndex, MarketplaceManifest, MarketplaceRoot, PublishedVersion, Role } from "@claw/kernel/host";
import { packFiles } from "../src/archive/pack.ts";
import type { ArchiveFile } from "../src/archive/tree-digest.ts";
import { type DocumentSigner, signDocument, type Unsigned } from "../src/documents/envelope.ts";
import { digestOf, manifestPathOf, pinOf, searchPathOf } from "../src/documents/pins.ts";
import { documentText } from "../src/documents/read.ts";
import { fingerprintOf } from "../src/documents/root-rules.ts";
import { baseOf, scopeOf } from "../src/names.ts";
import { keyIdOf } from "../src/signature/keys.ts";
import { signArtifact } from "../src/signature/sign.ts";
import { filesOf, manifestOf, newKey } from "./package-source.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export const pemOf = (key: KeyObject): string => createPublicKey(key).export({ type: "spki", format: "pem" }).toString();

/** A role that these keys have. */
export const roleOf = (keys: readonly KeyObject[], threshold = 1): Role => ({
  threshold,
  keys: Object.fromEntries(keys.map((key) => [keyIdOf(createPublicKey(key)), pemOf(key)])),
});

export const signersOf = (...keys: readonly KeyObject[]): readonly DocumentSigner[] => keys.map((key) => ({ kind: "key", key }));

export interface FolderOptions {
  readonly id?: string;
  /** When its first documents are from. */
  readonly now?: Date;
  readonly root?: Partial<Unsigned<"root">>;
}

export interface PublishOptions {
  /** More for its `extension.json`. */
  readonly manifest?: Readonly<Record<string, unknown>>;
  /** Instead of the usual files. */
  readonly files?: readonly ArchiveFile[];
  /** More for what the marketplace says of the version. */
  readonly published?: Partial<PublishedVersion>;
  readonly key?: KeyObject;
}

export interface RotateOptions {
  readonly rootKey?: KeyObject;
  readonly indexKey?: KeyObject;
  readonly change?: Partial<Unsigned<"root">>;
  /** Instead of the old and the new root key. */
  readonly signers?: readonly KeyObject[];
}

export type IndexChange = (index: Unsigned<"index">) => Unsigned<"index">;

/** A small marketplace in a temporary folder, and the keys to go on with it. */
export interface MarketplaceFolder extends Disposable {
  readonly path: string;
  /** `file:` */
  readonly url: string;
  readonly id: string;
  /** Of its first root. */
  readonly fingerprint: string;
  readonly publisherKey: KeyObject;
  /** The newest documents. */
  root(): MarketplaceRoot;
  index(): MarketplaceIndex;
  /** Adds a version; the next `release` tells of it. */
  publish(name: string, version: string, options?: PublishOptions): void;
  /** Writes every manifest, and the next index, good for a week. `change` is made to it before it is signed. */
  release(at?: Date, change?: IndexChange, signers?: readonly KeyObject[]): Promise<MarketplaceIndex>;
  /** Writes the next root. */
  rotate(options?: RotateOptions): Promise<MarketplaceRoot>;
  write(path: string, content: string | Uint8Array): void;
}

const weekMs = 7 * 24 * 60 * 60 * 1000;
const isoOf = (date: Date): string => date.toISOString();

/** Makes a marketplace with a root and an index that lists nothing. */
export async function marketplaceFolder({
  id = "https://ext.acme.example",
  now = new Date("2026-11-22T08:00:00Z"),
  root: more = {},
}: FolderOptions = {}): Promise<MarketplaceFolder> {
  const folder = temporaryFolder();
  const publisherKey = newKey();
  let [rootKey, indexKey] = [newKey(), newKey()];
  const manifests = new Map<string, MarketplaceManifest>();
  const write = (path: string, content: string | Uint8Array): void => {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    writeFileSync(join(folder.path, path), content);
  };
  const writeRoot = (document: MarketplaceRoot): void => {
    write(`${document.version}.root.json`, documentText(document));
    write("root.json", documentText(document));
  };
  const firstRoot: Unsigned<"root"> = {
    kind: "claw.root/1",
    marketplace: id,
    version: 1,
    expires: isoOf(new Date(now.getTime() + 52 * weekMs)),
    roles: { root: roleOf([rootKey]), index: roleOf([indexKey]) },
    ...more,
  };
  let root = await signDocument("root", firstRoot, signersOf(rootKey));
  writeRoot(root);
  const fingerprint = fingerprintOf(Buffer.from(documentText(root)));
  let index: MarketplaceIndex | undefined;

  const release: MarketplaceFolder["release"] = async (at = now, change = (same) => same, signers = [indexKey]) => {
    const extensions = [...manifests].map(([name, manifest]) => {
      const text = documentText(manifest);
      const pin = pinOf(Buffer.from(text));
      write(manifestPathOf(name, pin), text);
      write(`${name}/manifest.json`, text);
      return [name, { latest: Object.keys(manifest.versions).at(-1) ?? "", manifest: pin }] as const;
    });
    const search = documentText(Object.fromEntries([...manifests].map(([name, { description = "" }]) => [name, [description, []]])));
    const searchPin = pinOf(Buffer.from(search));
    write(searchPathOf(searchPin), search);
    const next: Unsigned<"index"> = {
      kind: "claw.index/1",
      version: (index?.version ?? 0) + 1,
      marketplace: id,
      issued: isoOf(at),
      expires: isoOf(new Date(at.getTime() + weekMs)),
      ...(index === undefined ? {} : { previous: digestOf(Buffer.from(documentText(index))) }),
      rootVersion: root.version,
      namespaces: Object.fromEntries([...manifests.keys()].map((name) => [scopeOf(name), { publishers: [{ kind: "key", pem: pemOf(publisherKey) }] }])),
      extensions: Object.fromEntries(extensions),
      search: searchPin,
      ...(index?.removed === undefined ? {} : { removed: index.removed }),
      ...(index?.revoked === undefined ? {} : { revoked: index.revoked }),
    };
    index = await signDocument("index", change(next), signersOf(...signers));
    write("index.json", documentText(index));
    return index;
  };

  await release();
  return {
    path: folder.path,
    url: `${pathToFileURL(folder.path).href}/`,
    id,
    fingerprint,
    publisherKey,
    root: () => root,
    index: () => index as MarketplaceIndex,
    release,
    write,
    publish(name, version, { manifest = {}, files, published = {}, key = publisherKey } = {}) {
      const extension = manifestOf(name, version, manifest) as Readonly<Record<string, never>>;
      const { archive, tree } = packFiles(files ?? filesOf(extension));
      const tarball = `${baseOf(name)}-${version}.tgz`;
      write(`${name}/${tarball}`, archive);
      write(`${name}/${tarball}.sigstore.json`, signArtifact(archive, key));
      const before = manifests.get(name) ?? { kind: "claw.manifest/1", name, description: `The extension ${name}`, versions: {} };
      const entry: PublishedVersion = {
        published: isoOf(new Date(now.getTime() - weekMs)),
        tarball,
        size: archive.length,
        sha256: pinOf(archive).sha256,
        tree,
        signature: `${tarball}.sigstore.json`,
        engines: extension["engines"] ?? { claw: "^1.0.0" },
        permissions: extension["permissions"] ?? {},
        dependencies: extension["dependencies"] ?? {},
        contributes: Object.keys(extension["provides"] ?? {}).sort(),
        tier: extension["main"] === undefined ? "declarative" : "trusted",
        ...published,
      };
      manifests.set(name, { ...before, versions: { ...before.versions, [version]: entry } });
    },
    async rotate({ rootKey: nextRootKey = rootKey, indexKey: nextIndexKey = indexKey, change = {}, signers } = {}) {
      const { signatures: _, ...old } = root;
      const next: Unsigned<"root"> = { ...old, version: old.version + 1, roles: { root: roleOf([nextRootKey]), index: roleOf([nextIndexKey]) }, ...change };
      root = await signDocument("root", next, signersOf(...(signers ?? new Set([rootKey, nextRootKey]))));
      [rootKey, indexKey] = [nextRootKey, nextIndexKey];
      writeRoot(root);
      return root;
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}
