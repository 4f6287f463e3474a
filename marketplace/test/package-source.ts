import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { join } from "node:path";
import type { StoreLocation } from "@claw/kernel/host";
import { packFiles } from "../src/archive/pack.ts";
import type { ArchiveFile } from "../src/archive/tree-digest.ts";
import type { PackageSource } from "../src/client/admit.ts";
import { signArtifact } from "../src/signature/sign.ts";
import { fileOf } from "./archive-forgery.ts";
import { temporaryFolder } from "./temporary-folder.ts";

export const newKey = (): KeyObject => generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;

export const manifestOf = (name: string, version: string, more: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> => ({
  name,
  version,
  engines: { claw: "^1.0.0" },
  main: "./dist/index.mjs",
  permissions: {},
  provides: { view: { count: { description: "Counts" } } },
  ...more,
});

/** The files of a small extension. */
export const filesOf = (manifest: unknown, body = "export default { api: 1, activate() {} };\n"): readonly ArchiveFile[] => [
  fileOf("extension.json", typeof manifest === "string" ? manifest : JSON.stringify(manifest)),
  fileOf("dist/index.mjs", body),
  fileOf("README.md", "# It\n"),
];

/** A signed archive as a marketplace would offer it. */
export function sourceOf(files: readonly ArchiveFile[], key: KeyObject, more: Partial<PackageSource> = {}): PackageSource {
  const { archive } = packFiles(files);
  const pem = createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
  return {
    archive,
    bundle: Buffer.from(signArtifact(archive, key)),
    publishers: [{ kind: "key", pem }],
    marketplace: "https://ext.acme.example",
    resolved: "acme/a/a.tgz",
    tier: "trusted",
    requestedBy: ["user"],
    ...more,
  };
}

export interface TemporaryStore extends Disposable {
  readonly root: string;
  readonly at: StoreLocation & { readonly kind: "user" };
}

export function temporaryStore(): TemporaryStore {
  const folder = temporaryFolder();
  const { path: root } = folder;
  return { root, at: { kind: "user", folder: join(root, "ext"), sealKeyFile: join(root, "state/seal.key") }, [Symbol.dispose]: () => folder[Symbol.dispose]() };
}
